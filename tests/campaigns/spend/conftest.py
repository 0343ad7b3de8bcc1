"""A flight whose spend is approved, at a known moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from campaigns.models import Campaign
from core.common import clock
from core.models import Advertiser
from tests.campaigns.page_rows import make_account, make_campaign
from tests.campaigns.publishing.launched import approved
from tests.campaigns.spend.flights import DEC_29, NOV_30, NOW


@pytest.fixture
def saturday() -> Iterator[None]:
    with clock.freeze(NOW):
        yield


@pytest.fixture
def flight(advertiser: Advertiser, saturday: None) -> Campaign:
    """50.00 a day from 30 November to 29 December on Google, approved and not started yet."""
    account = make_account(advertiser, "google", name="Shop")
    campaign = make_campaign(
        account,
        start=NOV_30,
        end=DEC_29,
        daily_budget_micros=50_000_000,
        remote_daily_budget_micros=50_000_000,
    )
    approved(campaign)
    return campaign
