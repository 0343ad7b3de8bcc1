"""Writing findings: opened, seen again, ended. A fixed number of queries, whatever their number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from core.common import clock
from core.models import Advertiser
from optimization.models import Decision, WorkerFinding

Kind, Outcome = WorkerFinding.Kind, WorkerFinding.Outcome
NOT_FOUND_AGAIN = "The newest run no longer found it."
_ENDS = frozenset({Outcome.ACTION, Outcome.PROPOSAL})
_BATCH = 500
_UPDATED = [
    "kind",
    "decision",
    "title",
    "text",
    "url",
    "last_at",
    "times",
    "occasion",
    "outcome",
    "outcome_text",
    "outcome_at",
    "closed_at",
]


@dataclass(frozen=True)
class Ending:
    """How a finding ended; `text` is a sentence."""

    outcome: WorkerFinding.Outcome
    text: str = ""


@dataclass(frozen=True)
class Found:
    """One finding of a run. `is_checked` is False where the run could not look at it: then it is
    not counted as found again."""

    key: str
    kind: WorkerFinding.Kind
    title: str
    ending: Ending
    text: str = ""
    url: str = ""
    campaign_id: int | None = None
    ad_id: int | None = None
    decision_id: int | None = None
    is_checked: bool = True


@dataclass(frozen=True)
class Scope:
    """Whose findings are written. `occasion` names the slot: one slot counts a finding once, so a
    run that is repeated, or that a person requests, does not count it again."""

    advertiser: Advertiser
    worker: str
    occasion: str

    def open_rows(self) -> Q:
        return Q(advertiser=self.advertiser, worker=self.worker, closed_at=None)


def save_findings(
    scope: Scope,
    found: Iterable[Found],
    known: Iterable[WorkerFinding],
    endings: Mapping[int, Ending] | None = None,
) -> None:
    """Open or update what was found, and end the open ones of `known` that were not. `endings` are
    by the finding's id; without an entry it was not found again. What the run could not look at
    opens nothing new, but for an action that was made."""
    by_key = {row.key: row for row in known if row.is_open}
    seen = {one.key: one for one in found}
    new = [_new(scope, one) for key, one in seen.items() if key not in by_key and _opens(one)]
    for key, row in by_key.items():
        if key in seen:
            _see_again(row, seen[key], scope.occasion)
        else:
            _end(row, (endings or {}).get(row.pk, Ending(Outcome.REASON, NOT_FOUND_AGAIN)))
    if new:
        WorkerFinding.objects.bulk_create(new, batch_size=_BATCH, ignore_conflicts=True)
    update_findings(by_key.values())


def update_findings(rows: Collection[WorkerFinding]) -> None:
    """An insert that meets the rows: one statement for each 500."""
    if rows:
        WorkerFinding.objects.bulk_create(
            sorted(rows, key=lambda row: row.pk),
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=_UPDATED,
        )


def end_findings(rows: Collection[WorkerFinding], endings: Mapping[int, Ending]) -> None:
    """End open findings, each as its entry says."""
    for row in rows:
        _end(row, endings[row.pk])
    update_findings(rows)


def decision_ending(decision: Decision) -> Ending | None:
    """How the decision on a finding ended it; None while it is open."""
    by = f", by {decision.decided_by}" if decision.decided_by else ""
    what = decision.get_action_display().capitalize()
    if decision.state == Decision.State.DONE:
        return Ending(Outcome.ACTION, f"{what}{by}.")
    if decision.state == Decision.State.UNDONE:
        return Ending(Outcome.ACTION, f"{what}; undone{by}.")
    if decision.state == Decision.State.DISMISSED:
        return Ending(Outcome.REASON, f"The proposal was dismissed{by}.")
    if decision.state == Decision.State.EXPIRED:
        return Ending(Outcome.REASON, "Newer figures no longer support it.")
    return None


def _opens(one: Found) -> bool:
    return one.is_checked or one.ending.outcome == Outcome.ACTION


def _new(scope: Scope, one: Found) -> WorkerFinding:
    now = clock.market_now()
    row = WorkerFinding(
        advertiser=scope.advertiser,
        worker=scope.worker,
        key=one.key,
        campaign_id=one.campaign_id,
        ad_id=one.ad_id,
        first_at=now,
        outcome_at=now,
    )
    _see_again(row, one, scope.occasion)
    if one.ending.outcome == Outcome.ACTION:
        row.closed_at = now
    return row


def _see_again(row: WorkerFinding, one: Found, occasion: str) -> None:
    row.kind, row.title, row.text = one.kind, one.title[:200], one.text[:500]
    row.url, row.decision_id = one.url[:200], one.decision_id
    if one.ending.outcome in _ENDS:
        row.times = 0
    elif one.is_checked and row.occasion != occasion:
        row.times += 1
    if one.is_checked:
        row.last_at, row.occasion = clock.market_now(), occasion
    _set_outcome(row, one.ending)
    if one.ending.outcome == Outcome.ACTION:
        row.closed_at = clock.market_now()


def _set_outcome(row: WorkerFinding, ending: Ending) -> None:
    """An alert stays one while the same reason returns; a new outcome has a new date."""
    outcome = ending.outcome
    if row.outcome == Outcome.ALERT and outcome == Outcome.REASON:
        outcome = Outcome.ALERT
    if row.outcome != outcome:
        row.outcome_at = clock.market_now()
    row.outcome, row.outcome_text = outcome, ending.text[:300]


def _end(row: WorkerFinding, ending: Ending) -> None:
    now = clock.market_now()
    row.outcome, row.outcome_text = ending.outcome, ending.text[:300]
    row.outcome_at = row.closed_at = now
