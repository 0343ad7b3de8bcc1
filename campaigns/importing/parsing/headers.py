"""The report exports that are recognised by their header row (English interface)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.common.measures import MEASURES
from core.common.money import currencies

FIELDS = (
    "campaign",
    "ad_group",
    "ad",
    "date",
    "period",
    "first",
    "last",
    *MEASURES,
    "currency",
)
_CURRENCIES = frozenset(currencies())
_IN_BRACKETS = re.compile(r"\s*\(([A-Za-z]{3})\)$")


@dataclass(frozen=True)
class Column:
    """Where a field stands in the file; `spare` is read where the first cell is blank."""

    index: int
    header: str
    spare: int | None = None
    format: str = ""


@dataclass(frozen=True)
class Export:
    """One vendor's export: header names per field, the preferred first; `*` ends a beginning."""

    kind: str
    label: str
    names: Mapping[str, tuple[str, ...]]


EXPORTS = (
    Export(
        "google",
        "Google Ads export",
        {
            "campaign": ("campaign",),
            "ad_group": ("ad group", "ad group name"),
            "ad": ("ad name", "ad id", "ad"),
            "date": ("day",),
            "impressions": ("impr.", "impressions"),
            "clicks": ("clicks",),
            "conversions": ("conversions",),
            "spend": ("cost",),
            "revenue": ("conv. value", "conversion value", "total conv. value"),
            "currency": ("currency code", "currency"),
        },
    ),
    Export(
        "meta",
        "Meta Ads Manager export",
        {
            "campaign": ("campaign name",),
            "ad_group": ("ad set name",),
            "ad": ("ad name", "ad id"),
            "date": ("day",),
            "first": ("reporting starts",),
            "last": ("reporting ends",),
            "impressions": ("impressions",),
            "clicks": ("link clicks", "clicks (all)", "clicks"),
            "conversions": ("purchases", "website purchases", "results"),
            "spend": ("amount spent",),
            "revenue": ("purchases conversion value", "website purchases conversion value"),
            "currency": ("currency",),
        },
    ),
    Export(
        "tiktok",
        "TikTok Ads Manager export",
        {
            "campaign": ("campaign name",),
            "ad_group": ("ad group name",),
            "ad": ("ad name", "ad id"),
            "date": ("by day", "date", "day"),
            "impressions": ("impressions", "impression"),
            "clicks": ("clicks (destination)", "clicks", "clicks (all)"),
            "conversions": ("conversions", "conversion"),
            "spend": ("cost", "total cost"),
            "revenue": (
                "total purchase value*",
                "total complete payment value*",
                "complete payment value*",
            ),
            "currency": ("currency",),
        },
    ),
    Export(
        "plain",
        "Report with our own column names",
        {name: (name,) for name in FIELDS if name != "period"},
    ),
)
LABELS = {export.kind: export.label for export in EXPORTS} | {
    "mapped": "Report with mapped columns"
}


def clean(header: str) -> str:
    """A header as it is compared: no case, single spaces, no currency in brackets."""
    name = " ".join(header.replace("\ufeff", "").split()).casefold()
    return name if currency_in(header) is None else _IN_BRACKETS.sub("", name)


def currency_in(header: str) -> str | None:
    """USD for 'Amount spent (USD)'."""
    found = _IN_BRACKETS.search(header.strip())
    code = found[1].upper() if found else ""
    return code if code in _CURRENCIES else None


def find_columns(export: Export, headers: Sequence[str]) -> dict[str, Column]:
    """The fields of this export that the header row has."""
    cleaned = [clean(header) for header in headers]
    found: dict[str, Column] = {}
    for field, names in export.names.items():
        places = [i for name in names for i, header in enumerate(cleaned) if _is(header, name)]
        if places:
            spare = places[1] if field == "ad" and len(places) > 1 else None
            found[field] = Column(places[0], headers[places[0]].strip(), spare)
    if "date" in found:
        found.pop("first", None)
        found.pop("last", None)
    return found


def missing_fields(found: Mapping[str, Column]) -> list[str]:
    """What an import cannot do without, in words."""
    missing = [] if "campaign" in found else ["campaign"]
    if not ("date" in found or "period" in found or {"first", "last"} <= found.keys()):
        missing.append("date")
    if not any(field in found for field in MEASURES):
        missing.append("impressions")
    return missing


def recognise(headers: Sequence[str]) -> tuple[str, dict[str, Column]] | None:
    """The export whose columns fit best, if one has all that is needed."""
    fits = [(export.kind, find_columns(export, headers)) for export in EXPORTS]
    whole = [fit for fit in fits if not missing_fields(fit[1])]
    return max(whole, key=lambda fit: len(fit[1]), default=None)


def _is(header: str, name: str) -> bool:
    return header.startswith(name[:-1]) if name.endswith("*") else header == name
