"""Which campaigns are told of when a review ended, for how long, and with what words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Ad, AdGroup, Campaign, DailyMetric
from campaigns.sync import review_ended, reviews
from core.common import clock
from core.models import Advertiser, AuditEntry, Incident
from platforms.models import AdAccount

NOW = datetime(2026, 5, 4, 15, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with clock.freeze(NOW):
        yield


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return AdAccount.objects.create(
        advertiser=advertiser,
        platform="meta",
        external_id="act_1",
        currency="USD",
        time_zone="America/New_York",
    )


def make(account: AdAccount, *states: str, **values: object) -> Campaign:
    """A running campaign with an ad for each of the states."""
    campaign = Campaign.objects.create(
        account=account,
        name="Boots",
        wanted="active",
        remote="active",
        start=TODAY,
        daily_budget_micros=45_000_000,
        **values,
    )
    group = AdGroup.objects.create(
        campaign=campaign, name="All", wanted="active", remote="active", remote_id="g1"
    )
    for n, state in enumerate(states):
        Ad.objects.create(
            ad_group=group, name=f"Ad {n}", wanted="active", remote=state, remote_id=f"a{n}"
        )
    return campaign


def read(campaign: Campaign, *states: str) -> None:
    """A sync that finds the ads in these states."""
    before = reviews.in_review(campaign.account)
    ads = Ad.objects.filter(ad_group__campaign=campaign).order_by("pk")
    for ad, state in zip(ads, states, strict=True):
        Ad.objects.filter(pk=ad.pk).update(remote=state)
    reviews.report(campaign.account, [], before)


def spend(campaign: Campaign, day: date) -> None:
    DailyMetric.objects.create(
        account=campaign.account,
        campaign=campaign,
        level="campaign",
        entity_id=campaign.pk,
        day=day,
        spend_micros=1,
    )


def titles() -> list[str]:
    found = Incident.objects.filter(resolved_at=None).order_by("pk")
    return [title.removeprefix("Boots") for title in found.values_list("title", flat=True)]


def ends() -> list[dict[str, int]]:
    found = AuditEntry.objects.filter(action="review ended").order_by("pk")
    return list(found.values_list("after", flat=True))


def test_an_approval_beside_an_earlier_refusal_is_told_by_the_refusal_alone(
    account: AdAccount,
) -> None:
    campaign = make(account, "in_review", "in_review", "in_review")
    read(campaign, "rejected", "in_review", "in_review")
    read(campaign, "rejected", "active", "active")
    assert titles() == [": 1 of 3 ads disapproved by Meta"]
    assert ends() == [{"approved": 2, "disapproved": 1}]


def test_ads_approved_one_after_the_other_are_counted_together(account: AdAccount) -> None:
    campaign = make(account, "in_review", "in_review", "in_review")
    read(campaign, "active", "active", "in_review")
    assert titles() == []
    read(campaign, "active", "active", "active")
    assert titles() == [": Meta approved all 3 ads"]


def test_an_ad_that_is_switched_off_there_is_not_called_approved(account: AdAccount) -> None:
    campaign = make(account, "paused", "in_review")
    read(campaign, "paused", "active")
    [incident] = Incident.objects.filter(key__startswith="review-ended")
    assert incident.title == "Boots: Meta approved 1 of 2 ads"
    assert incident.detail == (
        "Meta's review ended: 1 approved, none disapproved. 1 not running there."
    )


def test_the_end_is_told_where_the_last_ad_in_review_was_deleted(account: AdAccount) -> None:
    campaign = make(account, "in_review", "in_review")
    read(campaign, "active", "in_review")
    read(campaign, "active", "absent")
    assert titles() == [": Meta approved its ad"]
    assert ends() == [{"approved": 1, "disapproved": 0}]


@pytest.mark.parametrize("later", ["rejected", "paused", "absent"])
def test_it_closes_when_no_approved_ad_is_left(account: AdAccount, later: str) -> None:
    campaign = make(account, "in_review")
    read(campaign, "active")
    assert titles() == [": Meta approved its ad"]
    read(campaign, later)
    assert [title for title in titles() if "approved its" in title] == []


def test_it_closes_when_one_ad_is_disapproved_later(account: AdAccount) -> None:
    campaign = make(account, "in_review", "in_review")
    read(campaign, "active", "active")
    read(campaign, "active", "rejected")
    assert titles() == [": 1 of 2 ads disapproved by Meta"]


@pytest.mark.parametrize("side", ["wanted", "remote"])
def test_it_is_neither_opened_nor_kept_where_the_ad_groups_are_paused(
    account: AdAccount, side: str
) -> None:
    campaign = make(account, "in_review")
    AdGroup.objects.update(**{side: "paused"})
    read(campaign, "active")
    assert [title for title in titles() if "approved" in title] == []
    assert ends() == [{"approved": 1, "disapproved": 0}]
    AdGroup.objects.update(**{side: "active"})
    read(campaign, "in_review")
    read(campaign, "active")
    assert len(titles()) == 1
    AdGroup.objects.update(**{side: "paused"})
    read(campaign, "active")
    assert [title for title in titles() if "approved" in title] == []


def test_it_is_neither_opened_nor_kept_after_the_last_day(account: AdAccount) -> None:
    campaign = make(account, "in_review", end=TODAY)
    read(campaign, "active")
    assert len(titles()) == 1
    with clock.freeze(NOW + timedelta(days=1)):
        read(campaign, "active")
        assert titles() == []
        read(campaign, "in_review")
        read(campaign, "active")
        assert titles() == []


def test_spend_of_before_the_review_does_not_close_it(account: AdAccount) -> None:
    campaign = make(account, "active", "in_review")
    spend(campaign, TODAY - timedelta(days=1))
    spend(campaign, TODAY)
    read(campaign, "active", "active")
    review_ended.close_those_that_spend(account)
    assert titles() == [": Meta approved all 2 ads"]
    spend(campaign, TODAY + timedelta(days=1))
    review_ended.close_those_that_spend(account)
    assert titles() == []


def test_the_first_spend_closes_it_on_the_day_itself(account: AdAccount) -> None:
    campaign = make(account, "in_review")
    read(campaign, "active")
    spend(campaign, TODAY)
    review_ended.close_those_that_spend(account)
    assert titles() == []


def test_a_campaign_that_spends_nothing_for_a_day_is_told_of_as_such(account: AdAccount) -> None:
    campaign = make(account, "in_review")
    read(campaign, "active")
    with clock.freeze(NOW + timedelta(hours=23)):
        review_ended.close_those_that_spend(account)
        assert titles() == [": Meta approved its ad"]
    with clock.freeze(NOW + timedelta(hours=25)):
        review_ended.close_those_that_spend(account)
        assert titles() == [": approved by Meta, and spends nothing"]
        spend(campaign, TODAY + timedelta(days=1))
        review_ended.close_those_that_spend(account)
        assert titles() == []


def test_a_shared_budget_is_told_as_such(account: AdAccount) -> None:
    read(make(account, "in_review", budget_on="shared"), "active")
    [incident] = Incident.objects.all()
    assert incident.at_stake == "It may spend its part of the $45.00 a day that it shares now."


def test_a_budget_for_the_flight_is_told_with_its_amount(account: AdAccount) -> None:
    read(make(account, "in_review", total_budget_micros=900_000_000), "active")
    [incident] = Incident.objects.all()
    assert incident.at_stake == "It may spend $900.00 over its flight now."


def test_a_hundred_open_ones_need_no_more_reads_than_one(account: AdAccount) -> None:
    def reads() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            review_ended.report(account, {})
            review_ended.close_those_that_spend(account)
        return len(queries)

    read(make(account, "in_review"), "active")
    one = reads()
    for _ in range(20):
        read(make(account, "in_review"), "active")
    assert len(titles()) == 21
    assert reads() == one


def test_an_ad_that_is_switched_off_in_review_ends_no_review_again_and_again(
    account: AdAccount,
) -> None:
    campaign = make(account, "in_review", "in_review")
    Ad.objects.filter(remote_id="a1").update(wanted="paused")
    read(campaign, "active", "in_review")
    for _ in range(3):
        read(campaign, "active", "in_review")
    assert ends() == [{"approved": 1, "disapproved": 0}]
