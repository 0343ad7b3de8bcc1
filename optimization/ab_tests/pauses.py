"""Pausing what a test has proven worse: proposed, applied, undone."""

from __future__ import annotations

from django.db import transaction

from campaigns.models import Ad, AdGroup, Campaign, PublishRequest, Wanted
from campaigns.services import set_ad_group_status, set_ad_status, set_status
from core.common.errors import InvalidMove
from core.models import ActionType, Actor
from optimization.ab_tests.running import WITH_PARENTS, is_running
from optimization.decisions import (
    MADE,
    OPEN,
    claim_decision,
    create_unless_exists,
    expire,
    open_or_done,
    proposed_state,
)
from optimization.models import ABTest, Analysis, Arm, Decision
from optimization.presentation.labels import with_arm_names
from optimization.stats.ab.report import lead_in
from optimization.stats.ab.sentences import ahead_text
from optimization.stats.budget.optimizer import Verb
from optimization.stats.common.metrics import metric_named
from optimization.stored_results.budgets import BudgetView, Evidence

State = Decision.State


def propose_pauses(
    test: ABTest,
    latest: Analysis,
    ids: set[int] | None = None,
    *,
    known: list[Decision] | None = None,
) -> list[Decision]:
    """A decision for each arm that the newest analysis would pause (or that `ids` names) and that
    still runs. Earlier proposals that the newest analysis no longer supports expire.

    One arm always stays: a test never pauses all of its arms. `known` are the test's decisions so
    far, where the caller has read them.
    """
    known = list(test.decisions.all()) if known is None else known
    wanted = set(latest.stored_result.pause_ids) if ids is None else ids
    running = {arm.subject_id for arm in test.arms.all() if is_running(arm.subject)}
    if ids is None:
        _expire(known, (wanted | set(test.standing.losing_ids)) & running)
    if not running - wanted:
        return []
    chosen = [arm.subject for arm in test.arms.all() if arm.subject_id in wanted & running]
    made = [_propose(test, subject, latest, known) for subject in chosen]
    return [decision for decision in made if decision is not None]


def _expire(known: list[Decision], supported: set[int]) -> None:
    waiting = [d for d in known if d.is_pause and d.state in OPEN]
    expire([d for d in waiting if (d.ad_id or d.ad_group_id) not in supported])


def _mode(test: ABTest) -> str:
    return test.campaign.account.advertiser.mode_for(ActionType.PAUSE)


def _propose(
    test: ABTest, subject: Ad | AdGroup, latest: Analysis, known: list[Decision]
) -> Decision | None:
    """None where this was decided already: proposed, done, undone or dismissed by a person, or
    only noted while the mode is still watch."""
    is_ad = isinstance(subject, Ad)
    part = {"ad": subject} if is_ad else {"ad_group": subject}
    action = Decision.Action.PAUSE_AD if is_ad else Decision.Action.PAUSE_GROUP
    column = "ad_id" if is_ad else "ad_group_id"
    earlier = [d for d in known if d.action == action and getattr(d, column) == subject.pk]
    if open_or_done(earlier, mode=_mode(test)):
        return None
    expire([d for d in earlier if d.state == State.NOTED])
    return create_unless_exists(
        campaign=test.campaign,
        test=test,
        action=action,
        state=proposed_state(test.campaign, ActionType.PAUSE),
        reason=_reason(test, subject, latest)[:500],
        evidence=Evidence(
            look=latest.pk,
            input_hash=latest.input_hash,
            is_waste=not _is_loser(test, subject, latest),
        ).to_json(),
        **part,
    )


def _is_loser(test: ABTest, subject: Ad | AdGroup, latest: Analysis) -> bool:
    """Whether it lost the test; else it spends without return."""
    return subject.pk in {*latest.stored_result.losing_ids, *test.standing.losing_ids}


def _reason(test: ABTest, subject: Ad | AdGroup, latest: Analysis) -> str:
    if _is_loser(test, subject, latest):
        return f"Loses the test “{test.name}”{_behind(test, subject, latest)}."
    return (
        f"“{subject}” spends without return: it is proven below the target return, or has spent "
        f"six target costs without a conversion. Seen in the test “{test.name}”."
    )


def _behind(test: ABTest, subject: Ad | AdGroup, latest: Analysis) -> str:
    """How far the best one is ahead of it, on how much; empty where that is not measured."""
    result = latest.stored_result.result
    pair = result.pair_with(subject.pk) if result else None
    if result is None or pair is None or pair.lift is None:
        return ""
    names = {arm.subject_id: str(arm.subject) for arm in test.arms.all()}
    said = with_arm_names(
        f"arm {pair.leader_id} is {ahead_text(lead_in(pair))}", names, test.compared
    )
    label = metric_named(test.metric).label
    return f": on {label} {said}, on {result.boundary.elapsed_days} full days"


def apply_pause(*, actor: Actor, decision: Decision) -> Decision:
    """Pause the losing ad or ad group. Raises InvalidMove when it was decided already."""
    with transaction.atomic():
        decision = claim_decision(actor, decision, OPEN, State.DONE)
        _check_one_stays(decision)
        _set(actor, decision, Wanted.PAUSED, decision.reason)
    return decision


def _check_one_stays(decision: Decision) -> None:
    """Proposals of several analyses or tests of a campaign must not pause all that runs.
    The campaign is locked, so that one proposal at a time is decided."""
    campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=decision.campaign_id)
    if campaign.wanted == Wanted.ARCHIVED:
        raise InvalidMove("This campaign is archived.", field="state")
    ads = Ad.objects.filter(ad_group__campaign=campaign).select_related("ad_group__campaign")
    running = [ad for ad in ads if is_running(ad)]
    remaining = [ad for ad in running if not _would_pause(decision, ad)]
    if decision.action != Decision.Action.PAUSE_CAMPAIGN and not remaining:
        raise InvalidMove("This is the last running one of its campaign.", field="state")
    if decision.test_id is not None and not _other_arms(decision):
        raise InvalidMove("This is the last running one of its test.", field="state")


def _would_pause(decision: Decision, ad: Ad) -> bool:
    return ad.pk == decision.ad_id or ad.ad_group_id == decision.ad_group_id


def _other_arms(decision: Decision) -> bool:
    arms = Arm.objects.filter(test=decision.test_id).select_related(*WITH_PARENTS)
    ours = decision.ad_id or decision.ad_group_id
    return any(is_running(arm.subject) for arm in arms if arm.subject_id != ours)


def undo_pause(*, actor: Actor, decision: Decision) -> Decision:
    """Let a paused loser run again."""
    with transaction.atomic():
        decision = claim_decision(actor, decision, MADE, State.UNDONE)
        _set(actor, decision, Wanted.ACTIVE, "Undo of a pause")
    return decision


def _set(actor: Actor, decision: Decision, to: str, reason: str) -> PublishRequest | None:
    evidence = decision.audit_evidence
    if decision.ad is not None:
        return set_ad_status(actor=actor, ad=decision.ad, to=to, reason=reason, evidence=evidence)
    if decision.ad_group is not None:
        return set_ad_group_status(
            actor=actor, ad_group=decision.ad_group, to=to, reason=reason, evidence=evidence
        )
    if decision.action == Decision.Action.PAUSE_CAMPAIGN:
        return set_status(
            actor=actor, campaign=decision.campaign, to=to, reason=reason, evidence=evidence
        )
    raise InvalidMove("What this would pause is no longer there.", field="state")


# ---- whole campaigns ---------------------------------------------------------------------


def propose_campaign_pauses(campaigns: list[Campaign], views: dict[int, BudgetView]) -> int:
    """Where the optimiser is sure that even the smallest budget loses money it proposes a pause,
    which a person decides on in every mode; returns how many are new. Proposals that its newest
    view no longer supports expire; where the pool could not be split there is no newer view."""
    wanted = {pk for pk, view in views.items() if view.verb == Verb.PAUSE}
    unseen = {pk for pk, view in views.items() if view.new is None}
    mine = Decision.objects.filter(campaign__in=campaigns, action=Decision.Action.PAUSE_CAMPAIGN)
    expire(mine.filter(state__in=OPEN).exclude(campaign_id__in=wanted | unseen))
    decided = set(mine.exclude(state=State.EXPIRED).values_list("campaign_id", flat=True))
    new = [c for c in campaigns if c.pk in wanted - decided]
    Decision.objects.bulk_create(
        Decision(
            campaign=campaign,
            action=Decision.Action.PAUSE_CAMPAIGN,
            state=proposed_state(campaign, ActionType.PAUSE),
            reason=views[campaign.pk].reason[:500],
            evidence=Evidence(view=views[campaign.pk]).to_json(),
        )
        for campaign in new
    )
    return len(new)
