"""What the pass does for a batch of campaigns: start and look at tests, pause, scale."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from django.db.models import prefetch_related_objects

from campaigns.models import Ad, Campaign, Wanted
from core.common.errors import AdsEngineError, InvalidInput
from core.models import ActionType, Actor, ActorKind, Advertiser, Mode
from optimization.ab_tests.actions import apply_decision, propose_actions
from optimization.ab_tests.analyses import analyse_tests
from optimization.ab_tests.lifecycle import create_test, stop_test
from optimization.budgets.budget_holds import stale_figures
from optimization.decisions import OPEN, refuse
from optimization.models import MAX_ARMS, MIN_ARMS, ABTest, Analysis, Decision, RunOutcome
from optimization.stats.budget.budget_holds import MAX_DATA_AGE_HOURS
from platforms.models import AdAccount

OPTIMIZER = Actor(ActorKind.WORKER, "optimiser")
State = RunOutcome.State


class CampaignOutcome(NamedTuple):
    """One campaign's outcome."""

    state: RunOutcome.State
    text: str


def optimize_campaigns(campaigns: list[Campaign]) -> dict[int, CampaignOutcome]:
    """Campaign id to what was done, or why it was skipped or failed."""
    outcomes = {campaign.pk: _skipped(campaign) for campaign in campaigns}
    usable = [c for c in campaigns if outcomes[c.pk] is None]
    tested = ABTest.objects.filter(campaign__in=usable, state=ABTest.State.RUNNING)
    running = set(tested.values_list("campaign_id", flat=True))
    ads = _running_ads([campaign for campaign in usable if campaign.pk not in running])
    started = _start_tests(usable, ads)
    said: dict[int, list[CampaignOutcome]] = defaultdict(list)
    for test, analysis, proposed in _analyses(usable):
        said[test.campaign_id].append(_said(test, analysis, proposed))
    return {
        pk: outcome or _joined(said[pk], pk in started, len(ads[pk]))
        for pk, outcome in outcomes.items()
    }


def _skipped(campaign: Campaign) -> CampaignOutcome | None:
    """Why nothing can be said of it now."""
    account = campaign.account
    if account.state != AdAccount.State.CONNECTED:
        return CampaignOutcome(State.SKIPPED, f"the account {account.get_state_display()}")
    if campaign.held_out:
        return CampaignOutcome(State.SKIPPED, "left alone, so that the gain can be proven")
    if stale_figures([campaign]):
        return CampaignOutcome(
            State.SKIPPED, f"the figures are older than {MAX_DATA_AGE_HOURS:.0f} hours"
        )
    return None


def _joined(said: list[CampaignOutcome], started: bool, ads: int) -> CampaignOutcome:
    if not said:
        return CampaignOutcome(State.SKIPPED, _untested(ads))
    state = State.FAILED if any(one.state == State.FAILED for one in said) else State.DONE
    text = "; ".join(sorted(one.text for one in said))
    return CampaignOutcome(state, f"{text}, test started" if started else text)


def _untested(ads: int) -> str:
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
    """Two or more ads side by side are a test, whether anyone asked for it or not."""
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


def _analyses(campaigns: list[Campaign]) -> list[tuple[ABTest, Analysis, list[Decision]]]:
    """Each running test with its new look and the proposals that are open after it."""
    tests = ABTest.objects.filter(campaign__in=campaigns, state=ABTest.State.RUNNING)
    related = tests.select_related("winner", "winner_group", "deciding")
    by_id = {campaign.pk: campaign for campaign in campaigns}
    found = list(related)
    for test in found:
        test.campaign = by_id[test.campaign_id]
    analyses = analyse_tests(found)
    waiting = _with_proposals(found)
    named = [k for k in analyses if k.is_usable and (k.test_id in waiting or _names(k))]
    prefetch_related_objects(
        [analysis.test for analysis in named], "arms__ad__ad_group", "arms__ad_group", "decisions"
    )
    proposed = {analysis.test_id: _proposals(analysis) for analysis in named}
    return [(analysis.test, analysis, proposed.get(analysis.test_id, [])) for analysis in analyses]


def _with_proposals(tests: list[ABTest]) -> set[int]:
    """Tests that somebody has to decide on already."""
    still = Decision.objects.filter(test__in=tests, state__in=OPEN)
    return {pk for pk in still.values_list("test_id", flat=True) if pk is not None}


def _names(analysis: Analysis) -> bool:
    return bool(analysis.stored_result.pause_ids or analysis.stored_result.scale_ids)


def _proposals(analysis: Analysis) -> list[Decision]:
    """What the look proposes. In mode act what a person's look proposed since is taken up too."""
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


def _said(test: ABTest, analysis: Analysis, proposed: list[Decision]) -> CampaignOutcome:
    if not analysis.is_usable:
        return CampaignOutcome(State.FAILED, analysis.stored_result.summary)
    pauses = [decision for decision in proposed if decision.is_pause]
    raises = [decision for decision in proposed if not decision.is_pause]
    text = (
        analysis.status
        + _act(test, ActionType.PAUSE, pauses)
        + _act(test, ActionType.SCALE, raises)
    )
    if analysis.status == ABTest.Status.INCONCLUSIVE and test.status != ABTest.Status.WINNER:
        stop_test(actor=OPTIMIZER, test=test)
        text += ", the planned days are over: test ended"
    return CampaignOutcome(State.DONE, text)


_WORDS = {
    ActionType.PAUSE: ("losing ads paused", "pauses proposed", "losing ads noted"),
    ActionType.SCALE: ("winners scaled", "raises proposed", "raises noted"),
}


def _act(test: ABTest, action: ActionType, proposed: list[Decision]) -> str:
    """In mode act losers are paused and winners scaled; in suggest these wait for a person; in
    watch they are only noted."""
    if not proposed:
        return ""
    mode = _mode_now(test, action)
    acted, suggested, noted = _WORDS[action]
    if mode == Mode.ACT:
        return f", {_apply(proposed)} {acted}"
    return f", {len(proposed)} {suggested if mode == Mode.SUGGEST else noted}"


def _mode_now(test: ABTest, action: ActionType) -> str:
    """Read afresh: a person may have taken the reins since the batch was read."""
    return Advertiser.objects.get(pk=test.campaign.account.advertiser_id).mode_for(action)


def _apply(proposed: list[Decision]) -> int:
    done = 0
    for decision in proposed:
        try:
            apply_decision(actor=OPTIMIZER, decision=decision)
            done += 1
        except AdsEngineError as err:
            refuse(decision, err)
    return done
