"""Days with more clicks than impressions: taken as they came, left out of tests, and said."""

from __future__ import annotations

from datetime import date, timedelta

from campaigns.models import Ad, Campaign, DailyMetric
from optimization import services
from optimization.ab_tests.arm_data import arms_of
from optimization.models import ABTest
from tests.optimization.live import WORKER, today


def odd_day(ad: Ad, back: int) -> date:
    """More clicks than impressions on one day of that ad."""
    day = today(ad.ad_group.campaign.account) - timedelta(days=back)
    DailyMetric.objects.filter(ad=ad, day=day).update(clicks=12_000)
    return day


def test_day_with_more_clicks_than_impressions_is_left_out_for_that_arm(
    campaign: Campaign,
) -> None:
    ads = list(Ad.objects.filter(ad_group__campaign=campaign).order_by("pk"))
    day = odd_day(ads[1], 3)
    test = services.create_test(actor=WORKER, campaign=campaign)
    arms = {arm["id"]: arm["daily"] for arm in arms_of([test])[test.pk]}
    assert len(arms[ads[0].pk].days) == len(arms[ads[1].pk].days) + 1
    assert day in arms[ads[0].pk].days
    assert day not in arms[ads[1].pk].days
    analysis = services.analyse_test(test)
    assert analysis.status == "winner"
    [note] = [text for text in analysis.result["warnings"] if "more clicks than" in text]
    assert str(day) in note
    assert services.reproduce(analysis).holds


def test_arm_whose_every_day_is_odd_has_no_rate_and_breaks_no_test(campaign: Campaign) -> None:
    bad = Ad.objects.filter(ad_group__campaign=campaign).order_by("pk")[1]
    DailyMetric.objects.filter(ad=bad).update(clicks=12_000)
    test = services.create_test(actor=WORKER, campaign=campaign)
    analysis = services.analyse_test(test)
    assert analysis.status == "insufficient_data"
    assert bad.pk not in analysis.stored_result.pause_ids


def test_odd_day_of_a_randomised_split_is_left_out_for_all_arms(campaign: Campaign) -> None:
    """One arm without it would look unevenly served."""
    bad = Ad.objects.filter(ad_group__campaign=campaign).order_by("pk")[1]
    day = odd_day(bad, 3)
    test = services.create_test(actor=WORKER, campaign=campaign)
    ABTest.objects.filter(pk=test.pk).update(design="randomised_split")
    test.refresh_from_db()
    arms = [arm["daily"].days for arm in arms_of([test])[test.pk]]
    assert arms[0] == arms[1]
    assert day not in arms[0]
    result = services.analyse_test(test).stored_result.result
    assert result is not None
    srm = result.srm
    assert srm is not None
    assert not srm.mismatch
