"""Campaigns as a launch leaves them: what the platform has in force is what is asked for."""

from __future__ import annotations

from campaigns.models import Campaign
from core.models import Advertiser
from tests.campaigns.page_rows import make_account, make_campaign


def launched(advertiser: Advertiser, *names: str) -> list[Campaign]:
    """Active campaigns of one account, each at 100.00 a day and without a last day."""
    account = make_account(advertiser, name="Shop")
    budget = {"daily_budget_micros": 100_000_000, "remote_daily_budget_micros": 100_000_000}
    return [make_campaign(account, name, end=None, **budget) for name in names]
