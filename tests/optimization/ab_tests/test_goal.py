"""A test is decided by what the advertiser wants of the campaign."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaigns.models import Campaign
from core.models import Actor, ActorKind, Advertiser
from optimization import services
from optimization.ab_tests.goals.goal import goal_of
from optimization.models import Analysis
from platforms.models import AdAccount
from tests.campaigns.page_rows import YESTERDAY, deliver, make_account, make_ad, make_campaign

pytestmark = pytest.mark.usefixtures("noon")

ACTOR = Actor(ActorKind.PERSON, "ann")


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return make_account(advertiser)


def sold(account: AdAccount, *days_of: dict[str, Any], days: int = 9, **more: Any) -> Campaign:
    """A campaign with one ad for each set of figures, the same every day."""
    campaign = make_campaign(account, **more)
    for number, figures in enumerate(days_of):
        ad = make_ad(campaign, f"Ad {'ABC'[number]}")
        for back in range(days):
            deliver(ad, YESTERDAY - timedelta(days=back), **figures)
    return campaign


def wanting(advertiser: Advertiser, **targets: Any) -> None:
    for name, value in targets.items():
        setattr(advertiser, name, value)
    advertiser.save()


def analysed(campaign: Campaign, **more: Any) -> Analysis:
    test = services.create_test(actor=ACTOR, campaign=campaign, **more)
    return services.analyse_test(test)


@pytest.mark.parametrize(
    ("targets", "objective", "revenue", "metric", "guards"),
    [
        ({}, "traffic", 300, "ctr", ("cpa", "roas")),
        ({"target_roas": Decimal(2)}, "traffic", 300, "rpm", ("roas",)),
        ({"target_roas": Decimal(2)}, "traffic", 0, "cpa", ()),
        ({"target_cpa_micros": 20_000_000}, "traffic", 300, "cpa", ()),
        (
            {"target_roas": Decimal(2), "target_cpa_micros": 20_000_000},
            "traffic",
            0,
            "cpa",
            ("roas",),
        ),
        ({}, "conversions", 300, "rpm", ("roas",)),
        ({}, "leads", 0, "cpa", ()),
    ],
)
def test_targets_then_the_objective_say_what_decides(
    account: AdAccount,
    targets: dict[str, Any],
    objective: str,
    revenue: int,
    metric: str,
    guards: tuple[str, ...],
) -> None:
    wanting(account.advertiser, **targets)
    campaign = sold(account, {"revenue": revenue}, objective=objective)
    goal = goal_of(campaign)
    assert (goal.metric, goal.guard_metrics) == (metric, guards)


def test_a_target_cost_in_another_currency_is_no_target(account: AdAccount) -> None:
    wanting(account.advertiser, target_cpa_micros=20_000_000)
    account.currency = "EUR" if account.currency != "EUR" else "USD"
    account.save()
    assert goal_of(sold(account, {"revenue": 0})).metric == "ctr"


def test_a_given_metric_and_no_guards_are_taken_as_they_are(account: AdAccount) -> None:
    campaign = sold(account, {}, {})
    test = services.create_test(actor=ACTOR, campaign=campaign, metric="cvr", guard_metrics=())
    assert (test.metric, test.guard_metrics) == ("cvr", [])


# ---- the return guard --------------------------------------------------------------------


def test_without_a_target_an_ad_below_its_own_cost_is_paused(account: AdAccount) -> None:
    campaign = sold(
        account,
        {"clicks": 50, "conversions": "20", "spend": 100, "revenue": 300},
        {"clicks": 50, "conversions": "20", "spend": 100, "revenue": 40},
    )
    found = analysed(campaign)
    second = campaign.ad_groups.get().ads.get(name="Ad B").pk
    assert found.settings["roas_floor"] == 1.0
    assert found.settings["target_roas"] is None
    assert found.stored_result.pause_ids == (second,)
    assert found.stored_result.scale_ids == ()


def test_without_values_no_ad_is_paused_for_its_return(account: AdAccount) -> None:
    same = {"clicks": 50, "conversions": "20", "spend": 100, "revenue": 0}
    found = analysed(sold(account, same, same))
    assert found.settings["roas_floor"] is None
    assert found.stored_result.pause_ids == ()


def test_an_ad_whose_own_conversions_carry_no_value_is_not_held_against_its_cost(
    account: AdAccount,
) -> None:
    campaign = sold(
        account,
        {"clicks": 50, "conversions": "20", "spend": 100, "revenue": 300},
        {"clicks": 50, "conversions": "20", "spend": 100, "revenue": 0},
    )
    assert analysed(campaign).stored_result.pause_ids == ()


def test_an_ad_that_is_better_on_the_target_is_not_paused_for_its_clicks(
    account: AdAccount,
) -> None:
    wanting(account.advertiser, target_roas=Decimal("1.5"))
    campaign = sold(
        account,
        {"clicks": 90, "conversions": "10", "spend": 100, "revenue": 206},
        {"clicks": 40, "conversions": "30", "spend": 100, "revenue": 600},
    )
    found = analysed(campaign, metric="ctr", guard_metrics=())
    second = campaign.ad_groups.get().ads.get(name="Ad B").pk
    result = found.stored_result.result
    assert result is not None
    assert result.losing_ids == (second,)
    assert result.protected_ids == (second,)
    assert result.pause_ids == ()
    assert any("better on ROAS" in text for text in result.warnings)


def test_an_ad_that_is_level_on_the_target_is_paused_for_its_clicks(account: AdAccount) -> None:
    wanting(account.advertiser, target_roas=Decimal("1.5"))
    even = {"conversions": "10", "spend": 100, "revenue": 206}
    campaign = sold(account, {"clicks": 90, **even}, {"clicks": 40, **even})
    found = analysed(campaign, metric="ctr", guard_metrics=())
    assert found.stored_result.pause_ids == (campaign.ad_groups.get().ads.get(name="Ad B").pk,)
