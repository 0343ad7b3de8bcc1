"""Everything in an import before the merge: read, recognise, check, stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.text import slugify

from campaigns.importing import conflicts
from campaigns.importing.parsing import reading, table
from campaigns.importing.parsing.advice import other_account
from campaigns.importing.parsing.headers import LABELS
from campaigns.importing.parsing.layout import Layout, find_layout
from campaigns.importing.parsing.mapping import check_mapping
from campaigns.importing.parsing.problems import FileRefused, Problem
from campaigns.importing.parsing.survey import Survey, survey
from campaigns.importing.staging import Staged, stage
from core.common import dates
from core.common.errors import InvalidInput
from core.common.money import minor_digits
from core.models import Advertiser
from platforms.models import AdAccount, Platform

MAX_STORED = 2**63 - 1
_MAX_CONVERSIONS = 10**12
_LONGEST_ID = 64


@dataclass(frozen=True)
class ImportOptions:
    """The validated options of an import."""

    advertiser: Advertiser
    mapping: Mapping[str, str]
    currency: str | None
    account_name: str | None
    time_zone: str | None

    @property
    def zone(self) -> str:
        return self.time_zone or self.advertiser.time_zone


@dataclass(frozen=True)
class Examined:
    """How far a file could be read; `problems` are those of the file as a whole."""

    currency: str
    problems: tuple[Problem, ...] = ()
    layout: Layout | None = None
    found: Survey | None = None
    staged: Staged | None = None


def check_options(
    advertiser: Advertiser,
    mapping: Mapping[str, str] | None,
    currency: str | None,
    account_name: str | None,
    time_zone: str | None,
) -> ImportOptions:
    """Raises InvalidInput on `mapping`, `currency`, `account_name` or `time_zone`."""
    if currency:
        minor_digits(currency)
    if time_zone:
        dates.zone(time_zone)
    name = (account_name or "").strip() or None
    if name and not account_key(name):
        raise InvalidInput(
            f"{name!r} has no letter or digit. Name the account like the shop or the platform.",
            field="account_name",
        )
    return ImportOptions(advertiser, check_mapping(mapping), currency or None, name, time_zone)


def account_key(name: str) -> str:
    """The id of an import account, by which later reports find it."""
    return slugify(name, allow_unicode=True)[:_LONGEST_ID]


def account_of(options: ImportOptions, kind: str) -> AdAccount | None:
    """The account of earlier reports of that name or kind, if there is one."""
    return (
        AdAccount.objects.filter(
            advertiser=options.advertiser,
            platform=Platform.IMPORT,
            external_id=account_key(options.account_name or kind),
        )
        .exclude(state=AdAccount.State.DISCONNECTED)
        .order_by("pk")
        .first()
    )


def examine(file: BinaryIO, options: ImportOptions) -> Examined:
    """Read the file as far as possible. Raises InvalidInput for a map that no file could have."""
    layout: Layout | None = None
    found: Survey | None = None
    currency = options.currency or options.advertiser.currency
    try:
        encoding = reading.detect_encoding(file)
        layout = find_layout(file, encoding, options.mapping)
        if layout.problems:
            raise FileRefused(*layout.problems)
        found = survey(file, layout)
        account = account_of(options, layout.kind)
        currency = _currency(options, found, account)
        _check_zone(options, account)
        zone = account.time_zone if account else options.zone
        staged = stage(file, layout, found, currency=currency, today=dates.today(zone))
        conflicts.refuse_repeats(staged)
        conflicts.refuse_crossing(staged, layout)
        _check_sums(staged, currency)
    except FileRefused as refusal:
        return Examined(currency, tuple(refusal.problems), layout, found)
    return Examined(currency, (), layout, found, staged)


def notes(options: ImportOptions, examined: Examined) -> tuple[str, ...]:
    """How the file was read, in sentences."""
    layout, found = examined.layout, examined.found
    if layout is None:
        return ()
    sentences = [
        f"{LABELS[layout.kind]}, {reading.encoding_name(layout.encoding)}, "
        f"separated by {table.SEPARATORS[layout.separator]}."
    ]
    if layout.encoding == "cp1252":
        sentences.append("If names look wrong, save the file as UTF-8.")
    if found is not None:
        sentences += _notes_of(found, examined.currency, options)
    if "ad_group" in layout.columns and "ad" not in layout.columns:
        sentences.append("Rows of ad groups are summed per campaign and day.")
    return tuple(sentences)


def _notes_of(found: Survey, currency: str, options: ImportOptions) -> list[str]:
    sentences = []
    if found.number_style == "comma":
        sentences.append("Numbers are read with a decimal comma.")
    if found.date_order:
        order = "day" if found.date_order == "dm" else "month"
        sentences.append(f"Dates are read with the {order} first.")
    if found.totals:
        sentences.append(f"Lines of totals left out: {found.totals}.")
    if not (found.currency or options.currency):
        sentences.append(f"The file names no currency: amounts are read as {currency}.")
    return sentences


def _currency(options: ImportOptions, found: Survey, account: AdAccount | None) -> str:
    if found.currency and options.currency and found.currency != options.currency:
        raise _file_refusal(
            f"The file is in {found.currency}, but {options.currency} was given. Give "
            f"{found.currency}, or no currency."
        )
    currency = found.currency or options.currency
    if account is None:
        return currency or options.advertiser.currency
    if currency and currency != account.currency:
        raise _file_refusal(
            other_account(
                f"The account {account.name!r} holds {account.currency}, this report is in "
                f"{currency}."
            )
        )
    return account.currency


def _check_zone(options: ImportOptions, account: AdAccount | None) -> None:
    if account and options.time_zone and options.time_zone != account.time_zone:
        raise _file_refusal(
            other_account(f"The account {account.name!r} has days of {account.time_zone}."),
            "time_zone",
        )


def _check_sums(staged: Staged, currency: str) -> None:
    totals = staged.totals(currency)
    largest = max(totals.impressions, totals.spend.micros, totals.revenue.micros)
    if largest > MAX_STORED or totals.conversions >= _MAX_CONVERSIONS:
        raise _file_refusal("The sum of a column is too large to be true. Correct the file.", "")


def _file_refusal(reason: str, field: str = "currency") -> FileRefused:
    return FileRefused(Problem(0, field, reason))
