"""Which arms run: one rule for the workers, for the numbers and for the page."""

from __future__ import annotations

import pytest

from campaigns.models import Ad, AdGroup, Campaign
from optimization import services
from optimization.ab_tests.page.reading import ABTestReport
from optimization.ab_tests.running import is_running, running_arms
from optimization.models import ABTest, Arm
from tests.optimization.live import WORKER

OFF = [
    ("ad", {"wanted": "paused"}, "Paused"),
    ("ad", {"remote": "paused"}, "Paused on the platform"),
    ("ad", {"remote": "rejected"}, "Rejected"),
    ("ad", {"remote": "ended"}, "Ended"),
    ("ad", {"remote": "absent"}, "Removed on the platform"),
    ("group", {"wanted": "paused"}, "Its ad group is paused"),
    ("group", {"remote": "paused"}, "Its ad group is paused on the platform"),
    ("group", {"remote": "rejected"}, "Its ad group is rejected"),
    ("group", {"remote": "absent"}, "Its ad group is removed on the platform"),
    ("campaign", {"remote": "rejected"}, "Its campaign is rejected"),
    ("campaign", {"remote": "ended"}, "Its campaign is ended"),
    ("campaign", {"remote": "absent"}, "Its campaign is removed on the platform"),
]
ON = [
    ("ad", {"remote": "in_review"}),
    ("ad", {"remote": "unknown"}),
    ("ad", {"remote": "absent", "remote_id": ""}),
    ("group", {"remote": "absent", "remote_id": ""}),
    ("campaign", {"wanted": "paused", "remote": "paused"}),
]


@pytest.fixture
def test(campaign: Campaign) -> ABTest:
    return services.create_test(actor=WORKER, campaign=campaign)


def put(campaign: Campaign, part: str, values: dict[str, str]) -> None:
    """The values of the first ad, of an ad group of its own, or of the campaign."""
    ad = Ad.objects.order_by("pk")[0]
    if part == "ad":
        Ad.objects.filter(pk=ad.pk).update(**values)
    elif part == "group":
        usual = {"wanted": "active", "remote": "active", "remote_id": "g9"}
        group = AdGroup.objects.create(campaign=campaign, name="Own", **{**usual, **values})
        Ad.objects.filter(pk=ad.pk).update(ad_group=group)
    else:
        Campaign.objects.filter(pk=campaign.pk).update(**values)


def states(test: ABTest) -> list[str]:
    """By the page, in the order of the arms."""
    arms = list(Arm.objects.filter(test=test).order_by("ad"))
    report = ABTestReport(test, arms, [], [])
    return [line.state for line in report.lines]


@pytest.mark.parametrize(("part", "values", "state"), OFF)
def test_an_arm_that_is_off_is_off_for_workers_numbers_and_page(
    campaign: Campaign, test: ABTest, part: str, values: dict[str, str], state: str
) -> None:
    put(campaign, part, values)
    both = part == "campaign"
    assert states(test) == [state, state if both else "On"]
    assert running_arms([test])[test.pk] == (0 if both else 1)
    assert not is_running(Ad.objects.order_by("pk")[0])


@pytest.mark.parametrize(("part", "values"), ON)
def test_an_arm_that_is_not_known_to_be_off_runs(
    campaign: Campaign, test: ABTest, part: str, values: dict[str, str]
) -> None:
    put(campaign, part, values)
    assert states(test) == ["On", "On"]
    assert running_arms([test])[test.pk] == 2
    assert is_running(Ad.objects.order_by("pk")[0])


@pytest.mark.parametrize(("values", "running"), [({"remote": "rejected"}, 1), ({}, 2)])
def test_ad_groups_run_by_the_same_rule(
    campaign: Campaign, values: dict[str, str], running: int
) -> None:
    first = AdGroup.objects.get()
    second = AdGroup.objects.create(
        campaign=campaign, name="B", remote_id="g8", wanted="active", remote="active"
    )
    Ad.objects.filter(name="Ad 1").update(ad_group=second)
    test = services.create_test(actor=WORKER, campaign=campaign, subject="ad_group")
    AdGroup.objects.filter(pk=first.pk).update(**{"wanted": "active", **values})
    assert running_arms([test])[test.pk] == running
    assert is_running(AdGroup.objects.get(pk=first.pk)) == (running == 2)
