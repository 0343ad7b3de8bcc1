"""Import a performance report, or see beforehand what an import would take."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, BinaryIO

from django.db import transaction

from campaigns.importing import conflicts
from campaigns.importing.examining import (
    Examined,
    ImportOptions,
    account_key,
    account_of,
    check_options,
    examine,
    notes,
)
from campaigns.importing.merging import Merged, merge
from campaigns.importing.parsing import reading
from campaigns.importing.parsing.headers import LABELS
from campaigns.importing.parsing.problems import MAX_KEPT
from campaigns.importing.results import ImportPreview, ImportResult
from campaigns.importing.staging import Staged
from campaigns.models import ReportImport
from core.common import clock
from core.common.errors import InvalidMove
from core.common.measures import MEASURES
from core.models import Actor, Advertiser, AuditAction, record
from platforms.models import AdAccount, Platform


def import_report(
    *,
    actor: Actor,
    advertiser: Advertiser,
    file: BinaryIO,
    file_name: str,
    mapping: Mapping[str, str] | None = None,
    currency: str | None = None,
    skip_bad_rows: bool = False,
    account_name: str | None = None,
    time_zone: str | None = None,
) -> ImportResult:
    """Take a report file into the advertiser's import account of that name or kind.

    `file` is seekable and stays open. `mapping` is field to "column" or "column:format". Nothing
    is taken if any row is bad, unless `skip_bad_rows`. A ReportImport row is kept either way, and
    the result's problems say what is wrong. Raises InvalidInput for wrong arguments, or
    InvalidMove if another import made the account in another currency meanwhile; then nothing is
    kept.
    """
    options = check_options(advertiser, mapping, currency, account_name, time_zone)
    sha256 = reading.fingerprint(file)
    examined = examine(file, options)
    with transaction.atomic():
        _lock_advertiser(advertiser)
        account, known = _check_known(options, examined)
        staged = _importable_rows(examined, skip_bad_rows=skip_bad_rows)
        merged = Merged(0, 0, 0)
        if staged is not None:
            account = account or _new_account(options, examined)
            absent = _absent(examined)
            merged = merge(account, staged, known, seen_at=clock.market_now(), absent=absent)
        report = _report(actor, options, examined, merged, file_name, sha256)
        if staged is not None:
            _settle(actor, report, account)
    return ImportResult(
        **_outcome(options, examined),
        taken=merged.taken,
        merged=merged.merged,
        restated=merged.restated,
        report=report,
    )


def preview_report(
    *,
    advertiser: Advertiser,
    file: BinaryIO,
    mapping: Mapping[str, str] | None = None,
    currency: str | None = None,
    account_name: str | None = None,
    time_zone: str | None = None,
) -> ImportPreview:
    """Everything that an import does, but nothing is written. Raises InvalidInput likewise."""
    options = check_options(advertiser, mapping, currency, account_name, time_zone)
    examined = examine(file, options)
    _check_known(options, examined)
    return ImportPreview(**_outcome(options, examined))


def _lock_advertiser(advertiser: Advertiser) -> None:
    # Campaigns are found by name, which no constraint guards: two imports would make each twice.
    rows = Advertiser.objects.select_for_update(no_key=True).filter(pk=advertiser.pk)
    list(rows.values_list("pk"))


def _check_known(
    options: ImportOptions, examined: Examined
) -> tuple[AdAccount | None, conflicts.Known]:
    """What the account has already; rows that contradict it are refused."""
    layout, staged = examined.layout, examined.staged
    if layout is None or staged is None:
        return None, conflicts.Known()
    account = account_of(options, layout.kind)
    if account is not None and account.currency != examined.currency:
        raise InvalidMove(
            f"The account {account.name!r} was made in {account.currency} meanwhile. "
            "Import the file again.",
            field="currency",
        )
    known = conflicts.look_up(account, staged)
    conflicts.refuse_known_crossing(staged, layout, known)
    conflicts.refuse_campaign_beside_ads(staged, account, known)
    return account, known


def _importable_rows(examined: Examined, *, skip_bad_rows: bool) -> Staged | None:
    staged = examined.staged
    if staged is None or len(staged.refused) == len(staged.line):
        return None
    return staged if skip_bad_rows or not staged.refused_count else None


def _new_account(options: ImportOptions, examined: Examined) -> AdAccount:
    kind = examined.layout.kind if examined.layout else ""
    return AdAccount.objects.create(
        advertiser=options.advertiser,
        platform=Platform.IMPORT,
        external_id=account_key(options.account_name or kind),
        name=(options.account_name or LABELS[kind])[:200],
        currency=examined.currency,
        time_zone=options.zone,
        can_deliver=False,
    )


def _report(
    actor: Actor,
    options: ImportOptions,
    examined: Examined,
    merged: Merged,
    file_name: str,
    sha256: str,
) -> ReportImport:
    outcome = _outcome(options, examined)
    return ReportImport.objects.create(
        advertiser=options.advertiser,
        file_name=PurePath(file_name).name[:255],
        sha256=sha256,
        source=outcome["kind"] or "unknown",
        taken=merged.taken,
        merged=merged.merged,
        refused=outcome["refused"],
        problems=[problem._asdict() for problem in outcome["problems"]],
        actor_name=actor.name[:150],
    )


def _settle(actor: Actor, report: ReportImport, account: AdAccount | None) -> None:
    report.account, report.done = account, True
    report.save(update_fields=["account", "done"])
    counts = {"taken": report.taken, "merged": report.merged, "refused": report.refused}
    record(
        actor,
        AuditAction.IMPORT_REPORT,
        report,
        advertiser=report.advertiser,
        after={**counts, "source": report.source, "account": str(account)},
        evidence={"sha256": report.sha256},
    )


def _outcome(options: ImportOptions, examined: Examined) -> dict[str, Any]:
    """The fields that a preview and an import share."""
    layout, staged = examined.layout, examined.staged
    staged = staged or Staged(has_ads=False)
    row_problems = sorted(staged.problems.kept)
    span = staged.span() or (None, None)
    entities = {staged.entity[row] for row in staged.rows}
    return {
        "kind": layout.kind if layout else "",
        "mapping": {f: c.header for f, c in layout.columns.items()} if layout else {},
        "missing": layout.missing if layout else (),
        "headers": layout.headers if layout else (),
        "notes": notes(options, examined),
        "rows": len(staged.line) + staged.unreadable,
        "refused": staged.refused_count,
        "problems": (*examined.problems, *row_problems)[:MAX_KEPT],
        "campaigns": len({staged.campaign_of[entity] for entity in entities}),
        "ads": len(entities) if staged.has_ads else 0,
        "first_day": span[0],
        "last_day": span[1],
        "totals": staged.totals(examined.currency),
    }


def _absent(examined: Examined) -> tuple[str, ...]:
    """The measures that the file has no column for."""
    layout = examined.layout
    return tuple(name for name in MEASURES if layout is None or name not in layout.columns)
