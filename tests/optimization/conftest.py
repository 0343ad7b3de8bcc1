"""An account with a campaign, and a pool of three, all live for weeks."""

from __future__ import annotations

import pytest

from campaigns.models import Campaign
from core.common import clock
from core.models import Advertiser
from platforms.models import AdAccount
from tests.optimization.live import fill, make_campaign


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return AdAccount.objects.create(
        advertiser=advertiser,
        platform="meta",
        external_id="1",
        name="Shop",
        currency="USD",
        time_zone="America/New_York",
        min_daily_budget_micros=5_000_000,
        synced_market_at=clock.market_now(),
    )


@pytest.fixture
def campaign(account: AdAccount) -> Campaign:
    made = make_campaign(account, 1)
    fill(made, [200, 100])
    return made


@pytest.fixture
def pool(account: AdAccount) -> list[Campaign]:
    """Three campaigns of 100.00 a day that earn 4, 2 and 1 times their spend."""
    campaigns = [make_campaign(account, n, ads=1) for n in (1, 2, 3)]
    for campaign, revenue in zip(campaigns, (400, 200, 100), strict=True):
        fill(campaign, [300], revenue)
    return campaigns
