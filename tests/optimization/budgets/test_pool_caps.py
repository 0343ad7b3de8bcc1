"""Caps bind the campaigns of one account, told apart by what they bind and not by their names."""

from __future__ import annotations

from decimal import Decimal

from campaigns.models import Campaign
from core.models import Advertiser
from optimization.budgets.pool_caps import _groups
from platforms.models import AdAccount
from tests.campaigns.page_rows import make_campaign


def test_accounts_of_one_name_are_bound_apart(advertiser: Advertiser) -> None:
    caps = (150_000_000, 400_000_000)
    accounts = [
        AdAccount.objects.create(
            advertiser=advertiser,
            platform="meta",
            external_id=str(number),
            name="Shop",
            currency="USD",
            time_zone="UTC",
            daily_cap_micros=cap,
        )
        for number, cap in enumerate(caps)
    ]
    for account in accounts:
        make_campaign(account, daily_budget_micros=100_000_000, end=None)
    found = list(Campaign.objects.select_related("account__advertiser").order_by("pk"))
    assert sorted(_groups(found), key=lambda group: group[1]) == [
        ({found[0].pk}, Decimal(50)),
        ({found[1].pk}, Decimal(300)),
    ]
