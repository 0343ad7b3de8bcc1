"""The workers' passes. Each leaves a Run with an outcome for every campaign."""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import datetime, time, timedelta

from adsengine.common import clock, dates
from adsengine.common.errors import AdsEngineError
from adsengine.models import Actor, Advertiser, Mode
from campaigns.lifecycle import IS_OPTIMISED
from campaigns.models import Ad, Campaign, Wanted
from optimization.models import ABTest, Decision, Look, Rebalance, Run
from optimization.pool import pool_currencies
from optimization.services.ab_tests import MAX_ARMS, MIN_ARMS, create_test
from optimization.services.actions import apply_decision, propose_actions
from optimization.services.decisions import refuse
from optimization.services.looks import look_many
from optimization.services.rebalance import apply_rebalance, propose_rebalance
from platforms.models import AdAccount

log = logging.getLogger(__name__)
OPTIMIZER = Actor("worker", "optimiser")
OPTIMIZE_HOURS = 4
REBALANCE_AT = time(3, 0)


def optimize_slot(at: datetime) -> str:
    """The four-hour slot of market time."""
    return f"{at:%Y-%m-%d}T{at.hour // OPTIMIZE_HOURS * OPTIMIZE_HOURS:02d}"


def rebalance_slot(advertiser: Advertiser, at: datetime) -> str | None:
    """The advertiser's day, once it is three o'clock there; before that none is due."""
    local = at.astimezone(dates.zone(advertiser.time_zone))
    return local.date().isoformat() if local.time() >= REBALANCE_AT else None


def optimize_advertiser(advertiser: Advertiser, slot: str) -> Run:
    """Tests of every optimised campaign: start, look, pause losers by mode. Once per slot."""
    run, _ = Run.objects.get_or_create(advertiser=advertiser, kind=Run.Kind.OPTIMIZE, slot=slot)
    if run.finished_at is not None:
        return run
    campaigns = Campaign.objects.filter(IS_OPTIMISED, account__advertiser=advertiser)
    campaigns = campaigns.select_related("account__advertiser").order_by("pk")
    run.outcomes = {str(pk): text for pk, text in optimize_campaigns(list(campaigns)).items()}
    run.finished_at = clock.wall()
    run.save(update_fields=["outcomes", "finished_at"])
    return run


def optimize_campaigns(campaigns: list[Campaign]) -> dict[int, str]:
    """Campaign id to what was done, or why it was skipped or failed."""
    outcomes: dict[int, str] = {}
    usable = [c for c in campaigns if _usable(c, outcomes)]
    for campaign in usable:
        _start_test(campaign, outcomes)
    tests = ABTest.objects.filter(campaign__in=usable, state=ABTest.State.RUNNING)
    tests = tests.select_related(
        "campaign__account__advertiser", "winner", "winner_group", "deciding"
    )
    said: dict[int, list[str]] = defaultdict(list)
    for look in look_many(tests.prefetch_related("arms__ad", "arms__ad_group")):
        said[look.test.campaign_id].append(_looked(look))
    return outcomes | {pk: "; ".join(sorted(lines)) for pk, lines in said.items()}


def _looked(look: Look) -> str:
    if not look.is_usable:
        return f"failed: {look.result['summary']}"
    proposed = propose_actions(look.test, look)
    if look.test.campaign.account.advertiser.mode == Mode.ACT:
        # What a person's look proposed since the last pass is taken up too.
        open_ones = look.test.decisions.filter(state=Decision.State.PROPOSED).order_by("pk")
        proposed = list(open_ones.select_related("campaign", "ad", "ad_group"))
    return f"done: {look.status}" + _act(look.test, proposed)


def _usable(campaign: Campaign, outcomes: dict[int, str]) -> bool:
    account = campaign.account
    if account.state != AdAccount.State.CONNECTED:
        outcomes[campaign.pk] = f"skipped: the account {account.get_state_display()}"
        return False
    synced = account.synced_market_at
    if synced is None or clock.now() - synced > timedelta(hours=26):
        outcomes[campaign.pk] = "skipped: the figures are older than 26 hours"
        return False
    outcomes[campaign.pk] = "skipped: fewer than two ads, nothing to test"
    return True


def _start_test(campaign: Campaign, outcomes: dict[int, str]) -> None:
    """Two or more ads side by side are a test, whether anyone asked for it or not."""
    if ABTest.objects.filter(campaign=campaign).exists():
        return
    ads = list(Ad.objects.filter(ad_group__campaign=campaign, wanted=Wanted.ACTIVE))
    if MIN_ARMS <= len(ads) <= MAX_ARMS:
        create_test(actor=OPTIMIZER, campaign=campaign, ads=ads)
        outcomes[campaign.pk] = "done: test started"


def _act(test: ABTest, proposed: list[Decision]) -> str:
    """In mode act losers are paused and winners scaled; in suggest these wait for a person; in
    watch they are only noted."""
    mode = test.campaign.account.advertiser.mode
    pauses = [decision for decision in proposed if decision.is_pause]
    raises = [decision for decision in proposed if not decision.is_pause]
    if mode == Mode.ACT:
        said = {"losing ads paused": _apply(pauses), "winners scaled": _apply(raises)}
    elif mode == Mode.SUGGEST:
        said = {"pauses proposed": len(pauses), "raises proposed": len(raises)}
    else:
        said = {"losing ads noted": len(pauses), "raises noted": len(raises)}
    asked = {"losing ads paused": len(pauses), "winners scaled": len(raises)}
    return "".join(f", {n} {what}" for what, n in said.items() if n or asked.get(what))


def _apply(proposed: list[Decision]) -> int:
    done = 0
    for decision in proposed:
        try:
            apply_decision(actor=OPTIMIZER, decision=decision)
            done += 1
        except AdsEngineError as err:
            refuse(decision, err)
    return done


def rebalance_advertiser(advertiser: Advertiser, slot: str) -> Run:
    """Propose the day's rebalance of each pool, and apply it in mode act. Once per slot."""
    run, _ = Run.objects.get_or_create(advertiser=advertiser, kind=Run.Kind.REBALANCE, slot=slot)
    if run.finished_at is not None:
        return run
    for currency in pool_currencies(advertiser):
        run.outcomes[currency] = _rebalance_pool(advertiser, currency, slot)
    run.finished_at = clock.wall()
    run.save(update_fields=["outcomes", "finished_at"])
    return run


def _rebalance_pool(advertiser: Advertiser, currency: str, slot: str) -> str:
    made = Rebalance.objects.filter(advertiser=advertiser, currency=currency, slot=slot).first()
    try:
        rebalance = made or propose_rebalance(
            actor=OPTIMIZER, advertiser=advertiser, currency=currency, slot=slot
        )
        if rebalance is None:
            return "skipped: nothing to move"
        if advertiser.mode != Mode.ACT:
            return f"done: proposal {rebalance.pk}"
        if rebalance.state == Rebalance.State.PROPOSED:
            apply_rebalance(actor=OPTIMIZER, rebalance=rebalance)
    except AdsEngineError as err:
        log.warning("rebalance of %s failed: %s", advertiser, err)
        return f"failed: {err.user_message}"
    return f"done: applies rebalance {rebalance.pk}"
