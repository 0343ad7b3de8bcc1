"""Refusals of an import that end with what to do: on the page, in the command or in the API."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Self

from core.common.measures import MEASURES


class Caller(StrEnum):
    """Who reads the refusal, and so which controls there are."""

    PAGE = "page"
    COMMAND = "command"
    API = "api"


FIELD_LABELS = {
    "campaign": "Campaign",
    "ad_group": "Ad group",
    "ad": "Ad",
    "date": "Day",
    "period": "Year and week",
    "first": "First day of a period",
    "last": "Last day of a period",
    **{name: name.capitalize() for name in MEASURES},
    "currency": "Currency",
}


class Advice(str):
    """What is wrong and what to do. The text itself is the page's; it is the one stored."""

    _texts: dict[Caller, str]

    def __new__(cls, problem: str, *, page: str, command: str, api: str, more: str = "") -> Self:
        parts = {Caller.PAGE: page, Caller.COMMAND: command, Caller.API: api}
        texts = {to: " ".join(filter(None, (problem, part, more))) for to, part in parts.items()}
        advice = super().__new__(cls, texts[Caller.PAGE])
        advice._texts = texts
        return advice

    def text(self, caller: Caller) -> str:
        return self._texts[caller]


def text_for(reason: str, caller: Caller) -> str:
    """A refusal in the words of the caller; one that names no control is the same for all."""
    return reason.text(caller) if isinstance(reason, Advice) else reason


def set_format(problem: str, field: str, header: str, formats: Sequence[str]) -> Advice:
    """`formats` are alternatives, such as DD/MM/YYYY and MM/DD/YYYY."""
    pairs = [f"{field}={header}:{form}" for form in formats]
    return Advice(
        problem,
        page=f"Under Columns, type {' or '.join(formats)} as the format of {FIELD_LABELS[field]}.",
        command=f"Give {' or '.join(f'--map {pair!r}' for pair in pairs)}.",
        api=f"Send map with {' or '.join(pairs)}.",
    )


def map_column(problem: str, *fields: str, more: str = "") -> Advice:
    """Name the column of a field, or of one of several fields."""
    pairs = [f"{field}=COLUMN" for field in fields]
    return Advice(
        problem,
        page=f"Under Columns, choose the column of "
        f"{' or '.join(FIELD_LABELS[field] for field in fields)}.",
        command=f"Give {' or '.join(f'--map {pair}' for pair in pairs)}.",
        api=f"Send map with {' or '.join(pairs)}.",
        more=more,
    )


def set_currency(problem: str) -> Advice:
    return Advice(
        problem,
        page="Choose the file's currency under Currency, or split a file of several currencies.",
        command="Give it with --currency, or split a file of several currencies.",
        api="Send it as currency, or split a file of several currencies.",
    )


def other_account(problem: str) -> Advice:
    """The API has no field for the account's name."""
    return Advice(
        problem,
        page="Type another name under Account.",
        command="Give another account name with --platform-name.",
        api="Import it on the page Import, under another account name.",
    )
