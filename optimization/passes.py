"""The workers' passes. Each leaves a Run with an outcome for every campaign."""

from __future__ import annotations

import logging
from datetime import datetime, time, timedelta

from adsengine.common import clock, dates
from adsengine.common.errors import AdsEngineError
from adsengine.models import Actor, Advertiser, Mode
from campaigns.lifecycle import IS_OPTIMISED
from campaigns.models import Ad, Campaign, Wanted
from optimization.models import ABTest, Decision, Rebalance, Run
from optimization.pool import pool_currencies
from optimization.services.ab_tests import (
    MAX_ARMS,
    MIN_ARMS,
    apply_pause,
    create_test,
    look_many,
    propose_pauses,
    refuse,
)
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
    tests = tests.select_related("campaign__account__advertiser").prefetch_related("arms__ad")
    for look in look_many(tests):
        test = look.test
        outcomes[test.campaign_id] = f"done: {look.status}" + _act(test, propose_pauses(test, look))
    return outcomes


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
    """In mode act losers are paused; in suggest they wait; in watch they are only noted."""
    mode = test.campaign.account.advertiser.mode
    if not proposed:
        return ""
    if mode == Mode.WATCH:
        Decision.objects.filter(pk__in=[d.pk for d in proposed]).update(state=Decision.State.NOTED)
        return f", {len(proposed)} losing ads noted"
    if mode == Mode.SUGGEST:
        return f", {len(proposed)} pauses proposed"
    return f", {_pause_all(proposed)} losing ads paused"


def _pause_all(proposed: list[Decision]) -> int:
    paused = 0
    for decision in proposed:
        try:
            apply_pause(actor=OPTIMIZER, decision=decision)
            paused += 1
        except AdsEngineError as err:
            refuse(decision, err)
    return paused


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
