"""Every second week with the budgets of before: there, and back again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

from campaigns.models import Campaign, PublishRequest
from campaigns.services import set_daily_budget
from core.common import clock
from core.common.money import Money
from core.models import Actor, Advertiser
from optimization import services
from optimization.models import Rebalance, Run
from optimization.worker_runs.rebalance_run import rebalance_advertiser
from platforms.models import AdAccount
from tests.optimization.live import WORKER, fill, make_campaign

# 14 December 2026 begins a week of ours, 21 December a quiet one, 28 December one of ours.
START = date(2026, 12, 14)


@contextmanager
def noon(day: int) -> Iterator[None]:
    """Noon of a day of December in New York."""
    with clock.freeze(datetime(2026, 12, day, 17, tzinfo=UTC)):
        AdAccount.objects.update(synced_market_at=clock.market_now())
        yield


def budgets() -> list[int]:
    return [(c.daily_budget_micros or 0) // 1_000_000 for c in Campaign.objects.order_by("pk")]


def played(advertiser: Advertiser, day: int) -> Run:
    """The day's rebalance, with the platform's answers."""
    run = rebalance_advertiser(advertiser, f"2026-12-{day}")
    for rebalance in Rebalance.objects.filter(state="applying"):
        PublishRequest.objects.filter(state="waiting").update(state="done")
        services.resume(rebalance)
    return run


def test_quiet_weeks_run_with_the_budgets_of_the_start_and_the_others_with_ours(
    acting: Advertiser, account: AdAccount
) -> None:
    acting.proof, acting.proof_since = "weeks", START
    acting.save()
    with noon(16):
        campaigns = [make_campaign(account, number, ads=1) for number in (1, 2, 3)]
        for campaign in campaigns:
            fill(campaign, [300], 200)
        for campaign, amount in zip(campaigns[:2], (130, 70), strict=True):
            set_daily_budget(actor=WORKER, campaign=campaign, budget=Money(Decimal(amount), "USD"))
    assert budgets() == [130, 70, 100]
    with noon(21):
        run = played(acting, 21)
        assert run.said["USD"].startswith("done: applies the rebalance of")
    assert budgets() == [100, 100, 100]
    with noon(22):
        assert played(acting, 22).said == {
            "USD": "skipped: This week is kept as a control week to measure the gain."
        }
    with noon(28):
        played(acting, 28)
    assert budgets() == [130, 70, 100]
    assert Rebalance.objects.filter(kind="alternation").count() == 2


def test_without_this_proof_no_week_is_special(
    advertiser: Advertiser, account: AdAccount, actor: Actor
) -> None:
    advertiser.proof, advertiser.proof_since = "campaigns", START
    advertiser.save()
    with noon(16):
        campaign = make_campaign(account, 1, ads=1)
        fill(campaign, [300], 200)
        set_daily_budget(actor=actor, campaign=campaign, budget=Money(Decimal(130), "USD"))
    for day in (21, 28):
        with noon(day):
            made = services.propose_switchback(
                actor=actor, advertiser=advertiser, currency="USD", slot=f"2026-12-{day}"
            )
            assert made is None
    assert not Rebalance.objects.exists()


def test_what_a_person_decided_since_stands_in_a_quiet_week(
    acting: Advertiser, account: AdAccount, actor: Actor
) -> None:
    acting.proof, acting.proof_since = "weeks", START
    acting.save()
    with noon(16):
        campaigns = [make_campaign(account, number, ads=1) for number in (1, 2, 3)]
        for campaign in campaigns:
            fill(campaign, [300], 200)
        by_hand, ours, _ = campaigns
        set_daily_budget(actor=actor, campaign=by_hand, budget=Money(Decimal(30), "USD"))
        set_daily_budget(actor=WORKER, campaign=ours, budget=Money(Decimal(130), "USD"))
    with noon(21):
        played(acting, 21)
    assert budgets()[0] == 30


def test_in_its_first_days_a_quiet_week_is_only_noted(
    acting: Advertiser, account: AdAccount
) -> None:
    acting.proof, acting.proof_since = "weeks", START
    acting.save()
    with noon(16):
        campaigns = [make_campaign(account, number, ads=1) for number in (1, 2, 3)]
        for campaign in campaigns:
            fill(campaign, [300], 200)
        for campaign, amount in zip(campaigns[:2], (130, 70), strict=True):
            set_daily_budget(actor=WORKER, campaign=campaign, budget=Money(Decimal(amount), "USD"))
    acting.shadow_until = date(2027, 1, 1)
    acting.save()
    with noon(21):
        played(acting, 21)
    assert (Rebalance.objects.get().state, budgets()) == ("shadow", [130, 70, 100])
