"""No two pages of a test say different things, in any of its states."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from campaigns.models import Ad
from core.common import clock
from core.models import Advertiser
from optimization import services
from optimization.models import ABTest
from platforms.models import AdAccount
from tests.campaigns.page_rows import NOW, YESTERDAY, deliver
from tests.optimization.pages.ab_rows import ACTOR, campaign_with_ads, look_at
from tests.optimization.pages.contradictions import all_contradictions, contradictions

pytestmark = pytest.mark.usefixtures("noon")


def later_days(test: ABTest, clicks: int, days: int = 5) -> None:
    """All ads of the test get the same clicks for some days, and it is analysed each day."""
    for ahead in range(1, days + 1):
        with clock.freeze(NOW + timedelta(days=ahead)):
            for arm in test.arms.all():
                assert arm.ad is not None
                deliver(arm.ad, YESTERDAY + timedelta(days=ahead), clicks=clicks + ahead % 3)
            services.analyse_test(test)


@pytest.fixture
def tests(account: AdAccount) -> list[ABTest]:
    decided = look_at(campaign_with_ads(account, 80, 60, 40, name="Decided"))
    faded = look_at(campaign_with_ads(account, 80, 50, name="Faded"))
    later_days(faded, 60)
    paused = look_at(campaign_with_ads(account, 80, 40, name="Paused"))
    services.propose_pauses(paused, paused.analyses.latest())
    services.pause_losers(actor=ACTOR, test=paused)
    open_test = look_at(campaign_with_ads(account, 50, 49, name="Open", days=5))
    young = look_at(campaign_with_ads(account, 3, 2, name="Young", days=2))
    over = look_at(campaign_with_ads(account, 50, 49, name="Over"))
    later_days(over, 50, days=9)
    services.stop_test(actor=ACTOR, test=over)
    return [decided, faded, paused, open_test, young, over]


def test_pages_list_and_api_tell_one_story(
    admin: Client, advertiser: Advertiser, tests: list[ABTest]
) -> None:
    statuses = {test.campaign.name: ABTest.objects.get(pk=test.pk).status for test in tests}
    assert statuses == {
        "Decided": "winner",
        "Faded": "winner",
        "Paused": "winner",
        "Open": "collecting",
        "Young": "insufficient_data",
        "Over": "inconclusive",
    }
    assert all_contradictions(admin, advertiser) == []


def test_a_page_that_told_another_story_would_be_found(
    admin: Client, advertiser: Advertiser, tests: list[ABTest]
) -> None:
    first = ABTest.objects.get(pk=tests[0].pk)
    ads = Ad.objects.filter(ad_group__campaign=first.campaign)
    other = next(ad for ad in ads if ad.pk != first.winner_id)
    ABTest.objects.filter(pk=first.pk).update(winner=other)
    found = contradictions(admin, advertiser.slug, [ABTest.objects.get(pk=first.pk)])
    assert found == ["Decided: which ad is better?: the table has another winner"]
