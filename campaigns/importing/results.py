"""What an import or its preview answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from campaigns.importing.parsing.problems import Problem
from campaigns.models import ReportImport
from core.common.money import Money


@dataclass(frozen=True)
class Totals:
    """Sums over the rows that are good, in the file's currency."""

    impressions: int
    clicks: int
    conversions: Decimal
    spend: Money
    revenue: Money


@dataclass(frozen=True)
class Outcome:
    """What was found in a file, whether or not it was taken.

    `kind` is google, meta, tiktok, plain or mapped, or "" where the header was not understood;
    `mapping` is field to column header; `notes` say how the file was read. Rows are rows of the
    file; of `problems` there are at most 200. Days are None and totals zero without a good row.
    """

    kind: str
    mapping: Mapping[str, str]
    missing: tuple[str, ...]
    headers: tuple[str, ...]
    notes: tuple[str, ...]
    rows: int
    refused: int
    problems: tuple[Problem, ...]
    campaigns: int
    ads: int
    first_day: date | None
    last_day: date | None
    totals: Totals

    @property
    def is_clean(self) -> bool:
        return self.rows > 0 and not self.problems


@dataclass(frozen=True)
class ImportPreview(Outcome):
    """Validated and staged, nothing written."""


@dataclass(frozen=True)
class ImportResult(Outcome):
    """Rows are taken (new), merged (their key was there already) or refused; `restated` of the
    merged ones had other values. If `done` is False nothing was taken."""

    taken: int
    merged: int
    restated: int
    report: ReportImport

    @property
    def done(self) -> bool:
        return self.report.done
