"""A hold that begins, or a plan that goes over, between a proposal and its application."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from campaigns.models import Campaign, LearningEdit, PublishRequest
from core.common import clock
from core.models import Actor, Advertiser
from optimization import services
from optimization.budgets.cut_to_total import propose_cut
from optimization.models import Decision, PacingPlan, Rebalance
from platforms.models import AdAccount
from tests.fixtures.clients import text
from tests.optimization.holds.test_learning import plan_of
from tests.optimization.live import WORKER, fill, make_campaign


def propose(advertiser: Advertiser, actor: Actor = WORKER) -> Rebalance:
    return services.propose_rebalance(actor=actor, advertiser=advertiser, currency="USD")


def budgets() -> list[int]:
    found = Campaign.objects.order_by("pk").values_list("daily_budget_micros", flat=True)
    return [(micros or 0) // 1_000_000 for micros in found]


def proposed(rebalance: Rebalance) -> dict[int, int]:
    """Campaign id to its proposed budget."""
    return dict(rebalance.changes.values_list("campaign_id", "new_micros"))


def answered(rebalance: Rebalance) -> None:
    PublishRequest.objects.filter(state="waiting").update(state="done")
    assert services.resume(rebalance)


def edited(campaign: Campaign) -> str:
    """An ad is added now; returns until when its hold lasts, in the account's time."""
    edit = LearningEdit.objects.create(campaign=campaign, cause="creative")
    zone = ZoneInfo(campaign.account.time_zone)
    return f"{(edit.market_at + timedelta(hours=72)).astimezone(zone):%-d %b %H:%M}"


def test_a_cut_whose_hold_began_since_the_proposal_is_refused_and_its_raise_shrinks(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    made = propose(acting)
    assert proposed(made) == {
        pool[0].pk: 119_000_000,
        pool[1].pk: 100_000_000,
        pool[2].pk: 81_000_000,
    }
    until = edited(pool[2])
    services.apply_rebalance(actor=WORKER, rebalance=made)
    answered(made)
    held = made.changes.get(campaign=pool[2])
    assert (held.state, held.error) == (
        "refused",
        f"Not changed: an ad was added; it is left alone until {until}.",
    )
    assert budgets()[2] == 100
    assert not PublishRequest.objects.exists()
    assert not Decision.objects.exists()
    assert made.changes.get(campaign=pool[0]).state == "kept"
    assert budgets() == [100, 100, 100]


def test_a_cut_is_not_made_for_a_raise_whose_hold_began_since_the_proposal(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    made = propose(acting)
    until = edited(pool[0])
    services.apply_rebalance(actor=WORKER, rebalance=made)
    answered(made)
    cut, held = (made.changes.get(campaign=pool[at]) for at in (2, 0))
    assert (cut.state, cut.error) == (
        "refused",
        "Not lowered: the budget that it pays for is not raised now.",
    )
    assert held.error == f"Not changed: an ad was added; it is left alone until {until}."
    assert budgets() == [100, 100, 100]
    assert not PublishRequest.objects.exists()


def test_a_month_over_its_plan_is_cut_though_the_raise_is_not_made(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    made = propose(acting)
    plan_of(acting, 1)
    edited(pool[0])
    services.apply_rebalance(actor=WORKER, rebalance=made)
    answered(made)
    assert budgets() == [100, 100, 81]


def test_a_raise_whose_hold_began_while_its_cuts_were_answered_is_refused(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    made = services.apply_rebalance(actor=WORKER, rebalance=propose(acting))
    assert made.state == "applying"
    until = edited(pool[0])
    answered(made)
    held = made.changes.get(campaign=pool[0])
    assert (held.state, held.error) == (
        "refused",
        f"Not changed: an ad was added; it is left alone until {until}.",
    )
    assert (made.state, budgets()[0]) == ("applied", 100)
    assert not PublishRequest.objects.filter(campaign=pool[0]).exists()
    assert budgets() == [100, 100, 81]


def test_a_hold_that_was_over_for_the_proposal_is_over_for_a_clock_that_is_behind(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    edited(pool[2])
    over = clock.market_now() + timedelta(hours=72)
    with clock.freeze(over + timedelta(milliseconds=10)):
        AdAccount.objects.update(synced_market_at=clock.market_now())
        made = propose(acting)
    with clock.freeze(over - timedelta(milliseconds=10)):
        services.apply_rebalance(actor=WORKER, rebalance=made)
    assert budgets() == [100, 100, 81]


def test_a_person_is_told_of_a_hold_that_began_since_and_may_apply_the_change(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor, approver: Client
) -> None:
    made = propose(advertiser, actor)
    until = edited(pool[2])
    sentence = (
        f"“Campaign 3”: an ad was added; it is left alone until {until}. "
        "No worker changes its budget before."
    )
    assert sentence in text(approver.get("/a/acme/optimisation/"))
    answer = approver.get(f"/api/v1/rebalances/{made.pk}/")
    assert answer.json()["notices"] == [sentence]
    new = proposed(made)[pool[2].pk]
    services.apply_rebalance(actor=actor, rebalance=made)
    pool[2].refresh_from_db()
    assert pool[2].daily_budget_micros == new < 100_000_000


@pytest.mark.parametrize("by_worker", [True, False])
def test_what_went_over_its_plan_since_the_proposal_is_only_cut(
    acting: Advertiser, pool: list[Campaign], actor: Actor, by_worker: bool
) -> None:
    who = WORKER if by_worker else actor
    made = propose(acting, who)
    cut = {pk: new for pk, new in proposed(made).items() if new < 100_000_000}
    plan_of(acting, 2_000)
    services.apply_rebalance(actor=who, rebalance=made)
    answered(made)
    raised = made.changes.get(campaign=pool[0])
    assert raised.state == "refused"
    assert raised.error.startswith("Not raised: the plan “Month” is over: ")
    assert budgets()[0] == 100
    now = dict(Campaign.objects.values_list("pk", "daily_budget_micros"))
    assert {pk: now[pk] for pk in cut} == cut != {}


def test_an_undo_brings_budgets_back_although_a_plan_is_over(
    acting: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    made = services.apply_rebalance(actor=actor, rebalance=propose(acting, actor))
    answered(made)
    assert budgets() != [100, 100, 100]
    plan_of(acting, 2_000)
    back = services.undo_rebalance(actor=actor, rebalance=made)
    answered(back)
    assert budgets() == [100, 100, 100]


def test_a_cut_to_what_was_approved_waits_for_no_hold(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    Campaign.objects.filter(pk=pool[1].pk).update(daily_budget_micros=130_000_000)
    made = propose_cut(actor=WORKER, advertiser=acting, currency="USD", slot="2026-03-15")
    assert made is not None
    edited(pool[1])
    services.apply_rebalance(actor=WORKER, rebalance=made)
    assert budgets() == [100, 100, 100]


def test_a_month_over_plan_lets_no_currency_be_raised(
    acting: Advertiser, account: AdAccount, pool: list[Campaign]
) -> None:
    """The monthly budget is that of all platforms: another currency comes on top."""
    abroad = AdAccount.objects.create(
        advertiser=acting,
        platform="google",
        external_id="2",
        name="Laden",
        currency="EUR",
        time_zone="Europe/Berlin",
        min_daily_budget_micros=5_000_000,
        synced_market_at=clock.market_now(),
    )
    acting.monthly_budget_micros = 300_000_000
    acting.save()
    with clock.freeze(clock.market_now().replace(day=20, hour=17)):
        for campaign in pool:
            fill(campaign, [300], 200, days=10)
        for number, revenue in ((8, 400), (9, 100)):
            fill(make_campaign(abroad, number, ads=1), [300], revenue)
        AdAccount.objects.update(synced_market_at=clock.market_now())
        with pytest.raises(services.NothingToMove, match="the month is over plan"):
            services.propose_rebalance(actor=WORKER, advertiser=acting, currency="EUR")


def test_a_plan_that_changes_meanwhile_counts_as_it_is_when_a_budget_is_raised(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    plan = plan_of(acting, 6_300)
    made = propose(acting)
    PacingPlan.objects.filter(pk=plan.pk).update(total_micros=2_000_000_000)
    services.apply_rebalance(actor=WORKER, rebalance=made)
    PacingPlan.objects.filter(pk=plan.pk).update(total_micros=6_300_000_000)
    answered(made)
    assert budgets() == [119, 100, 81]
