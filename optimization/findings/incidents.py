"""Findings that return go to a person: one incident each, closed once the finding is gone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q, Sum
from django.urls import reverse

from campaigns.models import DailyMetric, Level
from core.common import clock, dates
from core.models import Advertiser, Incident
from optimization.findings.store import update_findings
from optimization.models import Decision, WorkerFinding
from optimization.models.findings import FAILING

Kind, Outcome = WorkerFinding.Kind, WorkerFinding.Outcome
RETURNS = 3
"""Found in so many runs in a row without an action or a proposal, it goes to a person."""
ONE_BY_ONE = 20
"""So many findings have an incident each; more of them share one."""
SPEND_DAYS = 7
_PREFIX = "finding:"
_NEXT: dict[str, str] = {
    Kind.LOSER: "Pause it yourself, or end the test.",
    Kind.WASTE: "Pause it yourself, or lower its budget.",
    Kind.REFUSAL: "Read why it was refused, change that, or make the change yourself.",
    Kind.FAILURE: "Read the reason. If it does not help, tell support.",
    Kind.IDLE: "Read what it found and why nothing followed; change limits or modes, or let it "
    "only suggest.",
}
_NEXT_WATCHED = "Decide on them, or let workers suggest or act under Automation."


def sync_incidents(advertiser: Advertiser) -> None:
    """Open an incident for each finding that goes to a person, and close those of findings that
    ended. Pacing plans have incidents of their own."""
    rows = _escalated(advertiser)
    watched = [row for row in rows if _is_watched(row)]
    others = [row for row in rows if not _is_watched(row)]
    spend = _spend(others[:ONE_BY_ONE])
    keys = {_open_one(row, spend.get(row.pk, "")) for row in others[:ONE_BY_ONE]}
    if rest := others[ONE_BY_ONE:]:
        keys.add(_open_shared(advertiser, "rest", rest, "Look at each of them."))
    if watched:
        keys.add(_open_shared(advertiser, "watched", watched, _NEXT_WATCHED))
    _close_others(advertiser, keys)
    _note_alerts(rows)


def _escalated(advertiser: Advertiser) -> list[WorkerFinding]:
    """The oldest first."""
    returned = Q(outcome=Outcome.REASON, times__gte=RETURNS) | Q(outcome=Outcome.ALERT)
    rows = WorkerFinding.objects.filter(returned, advertiser=advertiser, closed_at=None)
    found = list(
        rows.exclude(kind=Kind.PACE)
        .select_related("decision", "campaign__account")
        .order_by("first_at", "pk")
    )
    for row in found:
        row.advertiser = advertiser
    failing = {row.worker for row in found if row.key == FAILING}
    return [row for row in found if not _is_covered(row, failing)]


def _is_covered(row: WorkerFinding, failing: set[str]) -> bool:
    """A worker that always fails is one trouble, not one for each campaign."""
    return row.worker in failing and row.kind == Kind.FAILURE and row.key != FAILING


def _is_watched(row: WorkerFinding) -> bool:
    """Nothing is done about it because workers only watch."""
    return row.decision is not None and row.decision.state == Decision.State.NOTED


def _open_one(row: WorkerFinding, at_stake: str) -> str:
    key = f"{_PREFIX}{row.pk}"
    Incident.open(
        row.advertiser,
        key,
        title=_title(row),
        detail=_detail(row),
        at_stake=at_stake,
        next_step=_NEXT[row.kind],
        url=row.url or _page(row.advertiser, row.worker),
    )
    return key


def _title(row: WorkerFinding) -> str:
    return row.title if row.is_about_worker else f"Returns, nothing done: {row.title}"


def _detail(row: WorkerFinding) -> str:
    since = f"Found {row.times} times in a row since {row.first_at:%-d %b %H:%M} UTC."
    parts = [row.text, row.outcome_text, "" if row.is_about_worker else since]
    return " ".join(f"{part.removesuffix('.')}." for part in parts if part)


def _open_shared(
    advertiser: Advertiser, name: str, rows: list[WorkerFinding], next_step: str
) -> str:
    key = f"{_PREFIX}{name}"
    number = f"{len(rows):,} finding{'' if len(rows) == 1 else 's'}"
    shown = [row.title for row in rows[:5]]
    more = [f"And {len(rows) - 5:,} more."] if len(rows) > 5 else []
    Incident.open(
        advertiser,
        key,
        title=f"{number} of the workers return{'s' if len(rows) == 1 else ''}, nothing done",
        detail="\n".join([*shown, *more]),
        next_step=next_step,
        url=_page(advertiser, rows[0].worker),
    )
    return key


def _page(advertiser: Advertiser, worker: str) -> str:
    return reverse("worker", args=[advertiser.slug, worker])


def _close_others(advertiser: Advertiser, keys: set[str]) -> None:
    mine = Incident.objects.filter(advertiser=advertiser, key__startswith=_PREFIX, resolved_at=None)
    mine.exclude(key__in=keys).update(resolved_at=clock.real_now())


def _note_alerts(rows: Iterable[WorkerFinding]) -> None:
    new = [row for row in rows if row.outcome != Outcome.ALERT]
    for row in new:
        row.outcome, row.outcome_at = Outcome.ALERT, clock.market_now()
    update_findings(new)


def _spend(rows: list[WorkerFinding]) -> dict[int, str]:
    """Finding id to what its ad, or its campaign, spent in seven days; one query."""
    if not rows:
        return {}
    since = dates.today(rows[0].advertiser.time_zone) - timedelta(days=SPEND_DAYS)
    days = DailyMetric.objects.filter(
        Q(level=Level.AD, entity_id__in=[row.ad_id for row in rows if row.ad_id])
        | Q(
            level=Level.CAMPAIGN,
            entity_id__in=[row.campaign_id for row in rows if row.campaign_id and not row.ad_id],
        ),
        day__gte=since,
    )
    grouped = days.order_by().values_list("level", "entity_id").annotate(n=Sum("spend_micros"))
    spent = {(level, pk): micros for level, pk, micros in grouped}
    found = {}
    for row in rows:
        of = (Level.AD, row.ad_id) if row.ad_id else (Level.CAMPAIGN, row.campaign_id)
        if row.campaign is not None and (micros := spent.get((of[0].value, of[1]))):
            money = row.campaign.account.money(micros)
            found[row.pk] = f"It spent {money} since {since:%-d %b}."
    return found
