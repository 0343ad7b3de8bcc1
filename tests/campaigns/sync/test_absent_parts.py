"""An ad group that the platform lists no more counts for no budget; its figures stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from campaigns.models import AdGroup, Campaign, PublishRequest
from campaigns.spend.group_budgets import groups_with_daily_budgets
from campaigns.spend.terms import spend_so_far, wanted_terms
from campaigns.sync.structure_sync import store_structure
from core.common import clock
from core.common.money import Money
from core.models import Advertiser
from platforms.models import AdAccount
from platforms.types import RemoteAdGroup, RemoteCampaign


def remote_with(*units: int) -> RemoteCampaign:
    """A campaign with its daily budgets on these ad groups."""
    groups = tuple(
        RemoteAdGroup(f"g{i}", f"Group {i}", "active", daily_budget=Money.parse(amount, "USD"))
        for i, amount in enumerate(units)
    )
    budget = Money.parse(sum(units), "USD")
    return RemoteCampaign(
        "1", "Adopted", "active", "traffic", budget, "ad_group", None, None, groups
    )


def account_of(advertiser: Advertiser) -> AdAccount:
    return AdAccount.objects.create(
        advertiser=advertiser,
        platform="meta",
        external_id="1",
        name="Shop",
        currency="USD",
        time_zone="UTC",
    )


def budgets(campaign: Campaign) -> list[str]:
    return sorted(group.remote_id for group in groups_with_daily_budgets(campaign))


def test_group_that_is_gone_counts_for_no_budget(advertiser: Advertiser) -> None:
    account = account_of(advertiser)
    whole = remote_with(30, 20)
    store_structure(account, [whole])
    campaign = Campaign.objects.get(account=account)
    assert budgets(campaign) == ["g0", "g1"]
    store_structure(account, [replace(whole, ad_groups=whole.ad_groups[:1])])
    assert budgets(campaign) == ["g0"]
    assert AdGroup.objects.get(remote_id="g1").remote == "absent"


def test_parts_of_a_campaign_with_an_open_change_are_left_alone(advertiser: Advertiser) -> None:
    account = account_of(advertiser)
    whole = remote_with(30, 20)
    store_structure(account, [whole])
    campaign = Campaign.objects.get(account=account)
    PublishRequest.objects.create(
        account=account,
        campaign=campaign,
        operation="set_status",
        target_type="campaign",
        target_id=campaign.pk,
        state="waiting",
    )
    later = clock.real_now() + timedelta(hours=1)
    store_structure(account, [replace(whole, ad_groups=whole.ad_groups[:1])], read_at=later)
    assert AdGroup.objects.get(remote_id="g1").remote == "active"


def test_what_may_be_spent_counts_no_ad_group_that_is_gone(advertiser: Advertiser) -> None:
    account = account_of(advertiser)
    whole = remote_with(60, 40)
    store_structure(account, [whole])
    left = replace(whole, ad_groups=whole.ad_groups[:1], daily_budget=Money.parse(60, "USD"))
    store_structure(account, [left])
    campaign = Campaign.objects.get(account=account)
    so_far = spend_so_far(campaign)
    assert wanted_terms(campaign).figures(so_far).per_day == 60_000_000
    assert wanted_terms(campaign).with_daily(90_000_000).figures(so_far).per_day == 90_000_000
