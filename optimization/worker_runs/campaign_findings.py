"""The findings of an optimisation run: losers, waste, refusals and failures, and how each ended.

They are read from what the run left: its outcomes and decisions. So a run that was killed and
resumed finds the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q
from django.urls import reverse

from campaigns.models import Campaign
from core.models import ActionType, Advertiser, Mode
from optimization.ab_tests.running import WITH_PARENTS, is_running
from optimization.decisions import OPEN
from optimization.findings.store import (
    Ending,
    Found,
    Scope,
    decision_ending,
    end_findings,
    save_findings,
)
from optimization.models import Decision, Run, RunOutcome, WorkerFinding
from optimization.worker_runs.campaign_run import CampaignOutcome
from optimization.worker_runs.slots import optimize_slot
from optimization.worker_runs.unproposed import subject_key
from platforms.models import AdAccount

Kind, Outcome, State = WorkerFinding.Kind, WorkerFinding.Outcome, Decision.State
NOT_CHECKED = "Its campaign is no longer checked: it is paused, archived or managed elsewhere."
NOT_CONNECTED = "Its account is no longer connected."
NOTED = "Only noted: workers watch here and change nothing."
RUNS_NO_MORE = "It no longer runs."
WAITS = "A proposal waits for a person."
_WITH_DECISION = ("decision__ad__ad_group__campaign", "decision__ad_group__campaign")
_ACTIONS = (*Decision.PAUSES, Decision.Action.SCALE)


def save_campaign_findings(run: Run, outcomes: Mapping[int, CampaignOutcome]) -> None:
    """Findings about these campaigns; two queries, and two more where there are any."""
    scope = Scope(run.advertiser, Run.Kind.OPTIMIZE, optimize_slot(run.market_at))
    known = _known_findings(scope, run, outcomes)
    decisions = _decisions(run, outcomes, known)
    recorded = {row.decision_id for row in known if not row.is_open}
    found = [
        one
        for decision in decisions
        if decision.pk not in recorded
        and (one := _decided(run.advertiser, decision, outcomes[decision.campaign_id]))
    ]
    found += [one for outcome in outcomes.values() for one in outcome.unproposed]
    found += _failures(run, outcomes)
    by_id = {decision.pk: decision for decision in decisions}
    endings = {row.pk: _ending(by_id.get(row.decision_id or 0)) for row in known}
    save_findings(scope, found, known, {pk: end for pk, end in endings.items() if end})


def end_unchecked(run: Run) -> None:
    """End the findings about campaigns that a run over all did not check any more, by what was
    decided on them meanwhile."""
    scope = Scope(run.advertiser, Run.Kind.OPTIMIZE, "")
    rows = WorkerFinding.objects.filter(scope.open_rows(), campaign__isnull=False)
    gone = rows.exclude(campaign__in=run.outcomes.values("campaign"))
    _end(list(gone.select_related(*_WITH_DECISION)), NOT_CHECKED)


def disconnected_advertisers() -> list[Advertiser]:
    """End the findings about campaigns whose account is not connected, and those about workers
    that have no connected account to work on; returns whose they were."""
    rows = WorkerFinding.objects.filter(closed_at=None).exclude(kind=Kind.PACE)
    of_campaigns = rows.filter(campaign__isnull=False)
    gone = of_campaigns.exclude(campaign__account__state=AdAccount.State.CONNECTED)
    idle = rows.filter(campaign=None).exclude(advertiser__accounts__state=AdAccount.State.CONNECTED)
    found = [
        row for part in (gone, idle) for row in part.select_related(*_WITH_DECISION, "advertiser")
    ]
    _end(found, NOT_CONNECTED)
    return list({row.advertiser_id: row.advertiser for row in found}.values())


def _end(rows: list[WorkerFinding], otherwise: str) -> None:
    reason = Ending(Outcome.REASON, otherwise)
    end_findings(rows, {row.pk: _ending(row.decision) or reason for row in rows})


def _known_findings(
    scope: Scope, run: Run, outcomes: Mapping[int, CampaignOutcome]
) -> list[WorkerFinding]:
    """Open ones, and those of decisions that were made since the run started."""
    rows = WorkerFinding.objects.filter(
        Q(closed_at=None) | Q(decision__at__gte=run.started_at),
        advertiser=scope.advertiser,
        worker=scope.worker,
        campaign__in=list(outcomes),
    )
    return list(rows)


def _decisions(
    run: Run, outcomes: Mapping[int, CampaignOutcome], known: list[WorkerFinding]
) -> list[Decision]:
    """Open ones, those made since the run started, and those of open findings; the oldest first,
    so that of two on one ad the newer one counts."""
    mine = [row.decision_id for row in known if row.is_open and row.decision_id]
    rows = Decision.objects.filter(
        Q(state__in=OPEN) | Q(at__gte=run.started_at) | Q(pk__in=mine),
        campaign__in=list(outcomes),
        action__in=_ACTIONS,
    )
    return list(rows.select_related("campaign", *WITH_PARENTS).order_by("pk"))


def _decided(advertiser: Advertiser, decision: Decision, outcome: CampaignOutcome) -> Found | None:
    """The finding behind a decision; None for a raise that nothing stands against, for what
    expired or was dismissed, and for what somebody paused meanwhile."""
    if decision.state in OPEN and _is_off(decision):
        return None
    ending = _open_ending(advertiser, decision)
    refused = ending is not None and ending.outcome == Outcome.REASON and bool(decision.error)
    if not decision.is_pause and not refused:
        return None
    if ending is None:
        ending = decision_ending(decision)
        if ending is None or ending.outcome != Outcome.ACTION:
            return None
    return Found(
        key=_key(decision),
        kind=_kind(decision, refused=refused),
        title=_title(decision),
        text=decision.reason,
        ending=ending,
        url=_page(advertiser, decision),
        campaign_id=decision.campaign_id,
        ad_id=decision.ad_id,
        decision_id=decision.pk,
        is_checked=outcome.state == RunOutcome.State.DONE,
    )


def _title(decision: Decision) -> str:
    """With the campaign, as ads of many campaigns have one name."""
    action = decision.get_action_display().capitalize()
    within = f", in {decision.campaign}" if decision.subject is not None else ""
    return f"{action}: {decision.target}{within}"


def _open_ending(advertiser: Advertiser, decision: Decision) -> Ending | None:
    """How an open proposal stands; None for one that is decided. What the worker tried itself was
    refused: no person is waited for. The pause of a whole campaign is only ever proposed."""
    if decision.state == State.NOTED:
        return Ending(Outcome.REASON, NOTED)
    if decision.state != State.PROPOSED:
        return None
    action = ActionType.PAUSE if decision.is_pause else ActionType.SCALE
    is_tried = decision.action != Decision.Action.PAUSE_CAMPAIGN
    if decision.error and is_tried and advertiser.mode_for(action) == Mode.ACT:
        return Ending(Outcome.REASON, f"Refused: {decision.error}")
    return Ending(Outcome.PROPOSAL, WAITS)


def _is_off(decision: Decision) -> bool:
    return decision.subject is not None and not is_running(decision.subject)


def _kind(decision: Decision, *, refused: bool) -> WorkerFinding.Kind:
    if refused:
        return Kind.REFUSAL
    grounds = decision.grounds
    whole = decision.action == Decision.Action.PAUSE_CAMPAIGN
    return Kind.WASTE if whole or (grounds is not None and grounds.is_waste) else Kind.LOSER


def _key(decision: Decision) -> str:
    if not decision.is_pause:
        return f"raise:{decision.campaign_id}"
    if decision.subject is None:
        return f"campaign:{decision.campaign_id}"
    return subject_key(decision.ad_id, decision.ad_group_id)


def _page(advertiser: Advertiser, decision: Decision) -> str:
    if decision.test_id is not None:
        return reverse("ab_test", args=[advertiser.slug, decision.test_id])
    return reverse("campaign", args=[advertiser.slug, decision.campaign_id])


def _ending(decision: Decision | None) -> Ending | None:
    """How an open finding ended that the run did not find again."""
    if decision is None:
        return None
    if decision.state in OPEN and _is_off(decision):
        return Ending(Outcome.ACTION, RUNS_NO_MORE)
    return decision_ending(decision)


def _failures(run: Run, outcomes: Mapping[int, CampaignOutcome]) -> list[Found]:
    failed = [pk for pk, one in outcomes.items() if one.state == RunOutcome.State.FAILED]
    names = dict(Campaign.objects.filter(pk__in=failed).values_list("pk", "name")) if failed else {}
    return [
        Found(
            key=f"failed:{pk}",
            kind=Kind.FAILURE,
            title=f"Check {name}",
            text="The optimiser fails at this campaign.",
            ending=Ending(Outcome.REASON, outcomes[pk].text),
            url=reverse("campaign", args=[run.advertiser.slug, pk]),
            campaign_id=pk,
        )
        for pk, name in names.items()
    ]
