"""A worker's findings as the pages print them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from core.common import clock
from core.models import Advertiser
from optimization.models import WorkerFinding
from optimization.worker_runs.worker_summary import WINDOW

Kind, Outcome = WorkerFinding.Kind, WorkerFinding.Outcome
_OUTCOMES: dict[str, tuple[str, str]] = {
    Outcome.ACTION: ("Changed", "good"),
    Outcome.PROPOSAL: ("Proposed", "wait"),
    Outcome.ALERT: ("Incident", "bad"),
    Outcome.REASON: ("Left alone", "off"),
}
_OVER = ("Over", "off")


@dataclass(frozen=True)
class FindingLine:
    row: WorkerFinding

    @property
    def kind(self) -> str:
        return self.row.get_kind_display().capitalize()

    @property
    def word(self) -> str:
        return self._label[0]

    @property
    def tone(self) -> str:
        return self._label[1]

    @property
    def times(self) -> str:
        """How often in a row; empty where an action or a proposal ended it."""
        return f"{self.row.times:,} time{'' if self.row.times == 1 else 's'}" * bool(self.row.times)

    @property
    def _label(self) -> tuple[str, str]:
        if not self.row.is_open and self.row.outcome != Outcome.ACTION:
            return _OVER
        return _OUTCOMES[self.row.outcome]


def findings_of(advertiser: Advertiser, worker: str, *, ended: bool) -> QuerySet[WorkerFinding]:
    """The open ones, the oldest first; or those that ended in fourteen days, the newest first."""
    rows = WorkerFinding.objects.filter(advertiser=advertiser, worker=worker)
    if ended:
        return rows.filter(closed_at__gte=clock.market_now() - WINDOW).order_by("-closed_at", "-pk")
    return rows.filter(closed_at=None).order_by("first_at", "pk")
