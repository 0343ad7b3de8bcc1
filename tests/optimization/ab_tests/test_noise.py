"""What is known of the noise of an advertiser's ads, and where it is read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Ad, Campaign, DailyMetric
from core.models import Actor, ActorKind, Advertiser
from optimization import services
from optimization.ab_tests import noise
from optimization.ab_tests.noise import KnownNoise, known_noise
from optimization.models import ABTest
from optimization.stats.ab.history import learn_noise
from platforms.models import AdAccount
from tests.campaigns.page_rows import YESTERDAY, deliver, make_account, make_ad, make_campaign

pytestmark = pytest.mark.usefixtures("noon")

ACTOR = Actor(ActorKind.PERSON, "ann")
NOTHING = KnownNoise(None, 0.0, 0.0, 0.0)


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return make_account(advertiser, "google")


def filled(account: AdAccount, name: str, ads: int = 2, days: int = 16, step: int = 0) -> Campaign:
    """Ads with 58 to 64 clicks a day, which differ by ad and day."""
    campaign = make_campaign(account, name=name)
    for number in range(ads):
        ad = make_ad(campaign, f"{name} {number}")
        for back in range(days):
            clicks = 58 + (3 * back + 5 * number + 2 * number * back + step) % 7
            deliver(ad, YESTERDAY - timedelta(days=back), clicks=clicks)
    return campaign


def several(account: AdAccount, number: int, **more: Any) -> list[Campaign]:
    return [filled(account, f"C{i}", step=i, **more) for i in range(number)]


def started(campaign: Campaign) -> ABTest:
    test = services.create_test(actor=ACTOR, campaign=campaign)
    services.analyse_test(test)
    return test


def test_twenty_campaigns_without_a_test_make_the_noise_known(
    account: AdAccount, advertiser: Advertiser
) -> None:
    several(account, 19)
    assert known_noise(advertiser, "ctr") == NOTHING
    filled(account, "C19", step=19)
    found = known_noise(advertiser, "ctr")
    assert found.v0 > 0
    assert found.s0 is not None
    assert found.lag_weight > 0


def test_tests_and_campaigns_count_together(account: AdAccount, advertiser: Advertiser) -> None:
    campaigns = several(account, 20)
    for campaign in campaigns[:5]:
        services.stop_test(actor=ACTOR, test=started(campaign))
    assert known_noise(advertiser, "ctr").v0 > 0


def test_a_running_test_is_no_prior_knowledge_of_itself(
    account: AdAccount, advertiser: Advertiser
) -> None:
    campaigns = several(account, 20)
    started(campaigns[0])
    assert known_noise(advertiser, "ctr") == NOTHING


def test_the_analysis_stores_what_was_known(account: AdAccount, advertiser: Advertiser) -> None:
    several(account, 20)
    test = started(filled(account, "Next"))
    known, settings = known_noise(advertiser, "ctr"), test.analyses.latest().settings
    assert {name: settings[name] for name in ("s0", "v0", "lag0", "lag_weight")} == {
        "s0": known.s0,
        "v0": known.v0,
        "lag0": known.lag0,
        "lag_weight": known.lag_weight,
    }
    assert settings["boundary"] == "daily"


def test_without_history_the_settings_are_the_usual_ones(account: AdAccount) -> None:
    settings = started(filled(account, "Only")).analyses.latest().settings
    assert (settings["s0"], settings["v0"], settings["boundary"]) == (None, 0.0, "any_time")


def test_one_ad_few_days_and_broken_days_say_nothing(
    account: AdAccount, advertiser: Advertiser
) -> None:
    several(account, 20)
    known = known_noise(advertiser, "ctr")
    for campaign in (
        filled(account, "One ad", ads=1),
        filled(account, "Few days", days=noise.LEAST_DAYS - 1),
        filled(account, "Broken"),
    ):
        if campaign.name == "Broken":
            DailyMetric.objects.filter(campaign=campaign).update(clicks=10**9)
    assert known_noise(advertiser, "ctr") == known


def test_another_advertisers_campaigns_stay_out(account: AdAccount) -> None:
    several(account, 20)
    other = Advertiser.objects.create(name="Other", time_zone="UTC", currency="USD")
    assert known_noise(other, "ctr") == NOTHING


def test_only_the_largest_ads_of_the_newest_days_are_read(
    account: AdAccount, advertiser: Advertiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    several(account, 20, ads=3)
    monkeypatch.setattr(noise, "MOST_ADS", 2)
    for ad in Ad.objects.filter(name__endswith=" 0"):
        DailyMetric.objects.filter(ad=ad).update(impressions=10**6)
    read: list[Any] = []

    def remember(histories: Any, metric: str) -> Any:
        read.extend(histories)
        return learn_noise(histories, metric)

    monkeypatch.setattr("optimization.ab_tests.noise.learn_noise", remember)
    known_noise(advertiser, "ctr")
    assert {rows.shape for rows in read} == {(2, noise.CAMPAIGN_DAYS, 5)}
    assert all(rows[0, :, 0].tolist() == [10**6] * noise.CAMPAIGN_DAYS for rows in read)


def test_the_number_of_queries_does_not_grow_with_the_campaigns(
    account: AdAccount, advertiser: Advertiser
) -> None:
    several(account, 20)
    with CaptureQueriesContext(
        connection,
    ) as few:
        known_noise(advertiser, "ctr")
    for i in range(20, 30):
        filled(account, f"C{i}", step=i)
    with CaptureQueriesContext(connection) as more:
        known_noise(advertiser, "ctr")
    assert len(more) == len(few)


def test_days_that_are_not_complete_stay_out(account: AdAccount, advertiser: Advertiser) -> None:
    several(account, 20)
    known = known_noise(advertiser, "ctr")
    newest: date = YESTERDAY
    DailyMetric.objects.filter(day=newest).update(clicks=3)
    assert known_noise(advertiser, "ctr") == known
