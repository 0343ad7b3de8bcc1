"""What a run does for a batch of campaigns: start and analyse tests, pause, scale."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from django.db.models import Prefetch, prefetch_related_objects

from campaigns.models import Ad, Campaign, Wanted
from core.common import dates
from core.common.errors import AdsEngineError, InvalidInput
from core.models import ActionType, Actor, ActorKind, Advertiser, Mode
from optimization.ab_tests.actions import apply_decision, propose_actions
from optimization.ab_tests.analyses import analyse_tests
from optimization.ab_tests.endings import end_if_over, end_if_over_now
from optimization.ab_tests.lifecycle import create_test
from optimization.ab_tests.running import WITH_PARENTS, is_running, running_arms
from optimization.budgets.budget_holds import stale_data_holds
from optimization.decisions import OPEN, refuse
from optimization.findings.store import Found
from optimization.models import MAX_ARMS, MIN_ARMS, ABTest, Analysis, Arm, Decision, RunOutcome
from optimization.stats.budget.budget_holds import MAX_DATA_AGE_HOURS
from optimization.worker_runs.unproposed import unproposed_finding
from platforms.models import AdAccount

OPTIMIZER = Actor(ActorKind.WORKER, "optimiser")
State = RunOutcome.State


class CampaignOutcome(NamedTuple):
    """One campaign's outcome; `changed` where an ad was paused or a budget raised, `unproposed`
    what should be paused and nothing proposes."""

    state: RunOutcome.State
    text: str
    changed: bool = False
    unproposed: tuple[Found, ...] = ()


def optimize_campaigns(campaigns: list[Campaign]) -> dict[int, CampaignOutcome]:
    """Campaign id to what was done, or why it was skipped or failed."""
    outcomes = {campaign.pk: _skip_reason(campaign) for campaign in campaigns}
    usable = [c for c in campaigns if outcomes[c.pk] is None]
    tested = ABTest.objects.filter(campaign__in=usable, state=ABTest.State.RUNNING)
    running = set(tested.values_list("campaign_id", flat=True))
    ads = _running_ads([campaign for campaign in usable if campaign.pk not in running])
    started = _start_tests(usable, ads)
    by_test: dict[int, list[CampaignOutcome]] = defaultdict(list)
    for found in _analyses(usable):
        by_test[found.test.campaign_id].append(_test_outcome(found))
    ended = _ended_today([campaign for campaign in usable if not by_test[campaign.pk]])
    return {
        pk: outcome or ended.get(pk) or _join_outcomes(by_test[pk], pk in started, len(ads[pk]))
        for pk, outcome in outcomes.items()
    }


def _ended_today(campaigns: list[Campaign]) -> dict[int, CampaignOutcome]:
    """Campaign id to the outcome of a test that ended today: a run that was killed after the last
    pause finds it ended."""
    ended = ABTest.objects.filter(campaign__in=campaigns, state=ABTest.State.STOPPED)
    today = {c.pk: dates.today(c.account.time_zone) for c in campaigns}
    return {
        pk: CampaignOutcome(State.DONE, "its test ended today")
        for pk, day in ended.values_list("campaign_id", "ended_on")
        if day == today[pk]
    }


def _skip_reason(campaign: Campaign) -> CampaignOutcome | None:
    """Why the campaign cannot be analysed now; None where it can."""
    account = campaign.account
    if account.state != AdAccount.State.CONNECTED:
        return CampaignOutcome(State.SKIPPED, f"the account {account.get_state_display()}")
    if campaign.held_out:
        return CampaignOutcome(State.SKIPPED, "kept out as a control group")
    if stale_data_holds([campaign]):
        return CampaignOutcome(
            State.SKIPPED, f"the figures are older than {MAX_DATA_AGE_HOURS:.0f} hours"
        )
    return None


def _join_outcomes(tests: list[CampaignOutcome], started: bool, ads: int) -> CampaignOutcome:
    if not tests:
        return CampaignOutcome(State.SKIPPED, _no_test_reason(ads))
    state = State.FAILED if any(one.state == State.FAILED for one in tests) else State.DONE
    text = "; ".join(sorted(one.text for one in tests))
    changed = any(one.changed for one in tests)
    unproposed = tuple(found for one in tests for found in one.unproposed)
    return CampaignOutcome(state, f"{text}, test started" if started else text, changed, unproposed)


def _no_test_reason(ads: int) -> str:
    if ads < MIN_ARMS:
        return "fewer than two ads, nothing to test"
    if ads > MAX_ARMS:
        return f"{ads} ads: a test compares at most {MAX_ARMS}; start one on some of them"
    return "its test has ended; start another one for new ads"


# ---- tests -------------------------------------------------------------------------------


def _running_ads(campaigns: list[Campaign]) -> dict[int, list[Ad]]:
    """Campaign id to its ads that are on."""
    found: dict[int, list[Ad]] = defaultdict(list)
    ads = Ad.objects.filter(ad_group__campaign__in=campaigns, wanted=Wanted.ACTIVE)
    for ad in ads.select_related("ad_group").order_by("pk"):
        found[ad.ad_group.campaign_id].append(ad)
    return found


def _start_tests(campaigns: list[Campaign], ads: dict[int, list[Ad]]) -> set[int]:
    """Start a test in every campaign that has two or more active ads and had no test yet."""
    tested = ABTest.objects.filter(campaign__in=campaigns).values_list("campaign_id", flat=True)
    new = [c for c in campaigns if MIN_ARMS <= len(ads[c.pk]) <= MAX_ARMS]
    started = set()
    for campaign in [c for c in new if c.pk not in set(tested)]:
        try:
            create_test(actor=OPTIMIZER, campaign=campaign, ads=ads[campaign.pk])
            started.add(campaign.pk)
        except InvalidInput:  # a person started one at this moment
            continue
    return started


class _Analysed(NamedTuple):
    """A running test with its new analysis, the proposals that are open after it, and how many of
    its arms ran before these."""

    test: ABTest
    analysis: Analysis
    proposed: list[Decision]
    running: int


def _analyses(campaigns: list[Campaign]) -> list[_Analysed]:
    """Each running test, analysed anew."""
    tests = ABTest.objects.filter(campaign__in=campaigns, state=ABTest.State.RUNNING)
    related = tests.select_related("winner", "winner_group", "deciding")
    by_id = {campaign.pk: campaign for campaign in campaigns}
    found = list(related)
    for test in found:
        test.campaign = by_id[test.campaign_id]
    analyses = analyse_tests(found)
    running = running_arms([analysis.test for analysis in analyses])
    prefetch_related_objects([analysis.test for analysis in analyses], "decisions")
    named = [k for k in analyses if k.is_usable and (_has_open(k.test) or _chosen(k))]
    # Joined: SQLite takes no query that names a thousand ads one by one.
    arms = Arm.objects.select_related(*WITH_PARENTS)
    prefetch_related_objects([one.test for one in named], Prefetch("arms", arms))
    proposed = {one.test_id: _proposals(one) for one in named}
    return [
        _Analysed(one.test, one, proposed.get(one.test_id, []), running[one.test_id])
        for one in analyses
    ]


def _has_open(test: ABTest) -> bool:
    return any(decision.state in OPEN for decision in test.decisions.all())


def _chosen(analysis: Analysis) -> bool:
    """Whether the analysis names an arm that is to be paused or raised, or that lost."""
    stored = analysis.stored_result
    return bool(stored.pause_ids or stored.scale_ids or stored.losing_ids)


def _proposals(analysis: Analysis) -> list[Decision]:
    """What the analysis proposes. In mode act also what an analysis that a person requested has
    proposed since."""
    test, known = analysis.test, list(analysis.test.decisions.all())
    made = propose_actions(test, analysis, known)
    ids = [decision.pk for decision in known if _acts(test, decision)]
    earlier = Decision.objects.filter(pk__in=ids, state=Decision.State.PROPOSED) if ids else []
    return [*made, *earlier]


# ---- acting ------------------------------------------------------------------------------


def _action(decision: Decision) -> ActionType:
    return ActionType.PAUSE if decision.is_pause else ActionType.SCALE


def _acts(test: ABTest, decision: Decision) -> bool:
    return test.campaign.account.advertiser.mode_for(_action(decision)) == Mode.ACT


def _test_outcome(found: _Analysed) -> CampaignOutcome:
    test, analysis, proposed, running = found
    if not analysis.is_usable:
        return CampaignOutcome(State.FAILED, analysis.stored_result.summary)
    pauses = [decision for decision in proposed if decision.is_pause]
    raises = [decision for decision in proposed if not decision.is_pause]
    acts = [_act(test, ActionType.PAUSE, pauses), _act(test, ActionType.SCALE, raises)]
    text = analysis.status + "".join(act.text for act in acts)
    if proposed:  # what was read before is out of date
        why = end_if_over_now(actor=OPTIMIZER, test=test)
    else:
        why = end_if_over(actor=OPTIMIZER, test=test, newest=analysis, running=running)
    text += f", {why}: test ended" if why else ""
    changed = any(act.applied for act in acts)
    return CampaignOutcome(State.DONE, text, changed, _unproposed(test, analysis, proposed))


def _unproposed(test: ABTest, analysis: Analysis, proposed: list[Decision]) -> tuple[Found, ...]:
    """Running arms that should be paused and that no proposal names: all arms that run are among
    them, and one always stays; or they lost, and the split is off, so that nothing follows."""
    stored = analysis.stored_result
    is_off = stored.is_split_off
    chosen = set(stored.losing_ids if is_off else stored.pause_ids)
    if not chosen:
        return ()
    pauses = [d for d in (*test.decisions.all(), *proposed) if d.is_pause]
    decided = {d.ad_id or d.ad_group_id for d in pauses if d.state != Decision.State.EXPIRED}
    arms = [arm for arm in test.arms.all() if arm.subject_id in chosen - decided]
    lost = {*stored.losing_ids, *test.standing.losing_ids}
    return tuple(
        unproposed_finding(test, arm, is_loser=arm.subject_id in lost, is_off=is_off)
        for arm in arms
        if is_running(arm.subject)
    )


class _Act(NamedTuple):
    """What was done about the proposals of one kind, and how many were applied."""

    text: str = ""
    applied: int = 0


_ACT_LABELS = {
    ActionType.PAUSE: ("losing ads paused", "pauses proposed", "losing ads noted"),
    ActionType.SCALE: ("winners scaled", "raises proposed", "raises noted"),
}


def _act(test: ABTest, action: ActionType, proposed: list[Decision]) -> _Act:
    """In mode act losers are paused and winners scaled; in suggest these wait for a person; in
    watch they are only recorded."""
    if not proposed:
        return _Act()
    mode = _current_mode(test, action)
    acted, suggested, noted = _ACT_LABELS[action]
    if mode == Mode.ACT:
        applied = _apply(proposed)
        refused = len(proposed) - applied
        return _Act(f", {applied} {acted}{f', {refused} refused' if refused else ''}", applied)
    return _Act(f", {len(proposed)} {suggested if mode == Mode.SUGGEST else noted}")


def _current_mode(test: ABTest, action: ActionType) -> str:
    """Read again, because a person may have changed it since the batch was read."""
    return Advertiser.objects.get(pk=test.campaign.account.advertiser_id).mode_for(action)


def _apply(proposed: list[Decision]) -> int:
    """How many of them were applied; the others keep the refusal."""
    applied = 0
    for decision in proposed:
        try:
            apply_decision(actor=OPTIMIZER, decision=decision)
            applied += 1
        except AdsEngineError as err:
            refuse(decision, err)
    return applied
