"""One large order, or values that stop, turn no verdict silently."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from campaigns.models import Ad, AdGroup, Campaign, DailyMetric
from core.models import Actor, ActorKind, Advertiser
from optimization import services
from optimization.ab_tests.goals.order_values import (
    arms_without_values,
    capped_days,
    carries_values,
    values_stopped_on,
    with_capped_orders,
)
from optimization.models import ABTest
from optimization.stats.ab.rows import ArmDays
from platforms.models import AdAccount
from tests.campaigns.page_rows import YESTERDAY, deliver, make_account, make_ad, make_campaign

ACTOR = Actor(ActorKind.PERSON, "ann")
FIRST = date(2026, 3, 1)


def arm(pk: int, *revenue: float, conversions: float = 5.0) -> dict[str, Any]:
    """Daily rows with that revenue, of `conversions` orders a day."""
    days = [FIRST + timedelta(days=at) for at in range(len(revenue))]
    values = np.array([[1000.0, 50.0, conversions, 100.0, each] for each in revenue])
    return {"id": pk, "daily": ArmDays(days, [True] * len(days), values)}


def test_one_order_of_a_hundred_times_the_usual_value_is_bounded() -> None:
    arms = [arm(1, *[250.0] * 7), arm(2, *[250.0] * 6, 250.0 + 5000.0)]
    found = with_capped_orders(arms)
    (capped,) = capped_days(found)
    # Five orders at the usual 50.00, and one of twenty times that.
    assert (capped.arm, capped.day) == (2, FIRST + timedelta(days=6))
    assert (capped.reported, capped.counted) == (5250.0, 1250.0)
    assert found[1]["daily"].values[6, 4] == 1250.0
    assert arms[1]["daily"].values[6, 4] == 5250.0
    assert found[0] is arms[0]


def test_usual_days_and_few_days_are_taken_as_they_are() -> None:
    spread = [arm(1, 100.0, 700.0, 250.0, 180.0, 900.0), arm(2, 60.0, 250.0, 400.0, 90.0, 1100.0)]
    assert not list(capped_days(with_capped_orders(spread)))
    assert not list(capped_days(with_capped_orders([arm(1, 250.0, 99_000.0)])))


@pytest.mark.parametrize(
    ("revenue", "stopped"),
    [
        ([250.0] * 8 + [0.0] * 3, FIRST + timedelta(days=8)),
        ([250.0] * 8 + [0.0], None),  # one day may be chance
        ([0.0] * 9, None),  # there never were any
        ([250.0, 0.0] * 5 + [0.0] * 3, None),  # half of the days have none anyway
    ],
)
def test_values_that_stop_are_told_from_chance(revenue: list[float], stopped: date | None) -> None:
    assert values_stopped_on([arm(1, *revenue)]) == stopped


def test_values_of_any_arm_are_values() -> None:
    assert carries_values([arm(1, 0.0, 0.0), arm(2, 0.0, 10.0)])
    assert not carries_values([arm(1, 0.0, 0.0), arm(2, 0.0, 10.0, conversions=0.0)])


# ---- through the service -----------------------------------------------------------------


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    advertiser.target_roas = Decimal(2)
    advertiser.save()
    return make_account(advertiser)


def selling(account: AdAccount, days: int = 12) -> Campaign:
    campaign = make_campaign(account)
    for name, revenue in (("A", 300), ("B", 320)):
        ad = make_ad(campaign, name)
        for back in range(days):
            deliver(ad, YESTERDAY - timedelta(days=back), revenue=revenue + back % 3)
    return campaign


def started(campaign: Campaign) -> ABTest:
    test = services.create_test(actor=ACTOR, campaign=campaign, started_on=date(2026, 3, 3))
    services.analyse_test(test)
    return test


@pytest.mark.usefixtures("noon")
def test_one_large_order_names_no_winner_and_is_said(account: AdAccount) -> None:
    campaign = selling(account)
    row = DailyMetric.objects.filter(campaign=campaign, ad__name="A", day=date(2026, 3, 8))
    row.update(revenue_micros=30_000_000_000)
    test = started(campaign)
    result = test.analyses.latest().stored_result
    assert test.metric == "rpm"
    assert result.winner_ids == ()
    assert result.pause_ids == ()
    (note,) = [text for text in result.warnings if "usual order" in text]
    assert "30,000.00 of revenue on 8 Mar 2026" in note


@pytest.mark.usefixtures("noon")
def test_values_that_stop_pause_nothing_and_are_said(account: AdAccount) -> None:
    campaign = selling(account)
    rows = DailyMetric.objects.filter(campaign=campaign, day__gte=date(2026, 3, 9))
    rows.update(revenue_micros=0)
    test = started(campaign)
    latest = test.analyses.latest()
    assert latest.settings["target_roas"] is None
    assert latest.settings["roas_floor"] is None
    assert latest.stored_result.pause_ids == ()
    assert any("Since 9 Mar 2026" in text for text in latest.stored_result.warnings)
    assert latest.stored_result.elapsed_days == 6


# ---- values that one ad group never has -------------------------------------------------


def in_group(pk: int, group: int, *revenue: float) -> dict[str, Any]:
    return arm(pk, *revenue) | {"group": group}


def test_an_ad_group_that_never_carries_values_is_told_from_chance() -> None:
    valued = in_group(1, 1, *[250.0] * 8)
    assert arms_without_values([valued, in_group(2, 2, *[0.0] * 8)]) == [2]
    assert arms_without_values([valued, in_group(2, 2, 0.0)]) == []  # one day may be chance
    assert arms_without_values([valued, in_group(2, 1, *[0.0] * 8)]) == []  # of the same ad group
    assert arms_without_values([in_group(1, 1, 0.0), in_group(2, 2, *[0.0] * 8)]) == []


def two_groups(account: AdAccount) -> Campaign:
    """Two ad groups that deliver alike; the second's conversions carry no value."""
    campaign = make_campaign(account)
    for name, revenue in (("A", 300), ("B", 0)):
        group = AdGroup.objects.create(campaign=campaign, name=name, wanted="active")
        ad = make_ad(campaign, name)
        Ad.objects.filter(pk=ad.pk).update(ad_group=group)
        for back in range(12):
            deliver(ad, YESTERDAY - timedelta(days=back), revenue=revenue)
    AdGroup.objects.filter(campaign=campaign, name="Everyone").delete()
    return campaign


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize("subject", ["ad", "ad_group"])
def test_revenue_compares_no_ad_group_whose_conversions_carry_no_value(
    account: AdAccount, subject: str
) -> None:
    campaign = two_groups(account)
    test = services.create_test(
        actor=ACTOR, campaign=campaign, subject=subject, metric="rpm", started_on=date(2026, 3, 3)
    )
    latest = services.analyse_test(test)
    assert (latest.is_usable, latest.stored_result.pause_ids) == (False, ())
    assert "conversions without a value" in latest.stored_result.summary
    test.refresh_from_db()
    assert test.winner_subject_id is None


@pytest.mark.usefixtures("noon")
def test_an_ad_group_without_values_is_not_held_against_the_target_return(
    account: AdAccount,
) -> None:
    test = services.create_test(
        actor=ACTOR,
        campaign=two_groups(account),
        subject="ad_group",
        metric="ctr",
        started_on=date(2026, 3, 3),
    )
    latest = services.analyse_test(test)
    assert latest.settings["target_roas"] == 2.0
    assert latest.stored_result.pause_ids == ()
    assert any("their return is not judged" in text for text in latest.stored_result.warnings)
