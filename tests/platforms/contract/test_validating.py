"""Validate-only: the platform checks what would be created, and creates nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.common.money import Money
from platforms.errors import PlatformUnavailable, Rejected
from platforms.spec.campaign import CampaignSpec
from tests.fixtures.specs import MEDIA, changed, in_countries
from tests.platforms.contract.side import Side

pytestmark = pytest.mark.usefixtures("market_clock")

VALIDATING = ["google", "meta"]


def objects(side: Side) -> list[int]:
    """How many campaigns, ad groups and ads are there."""
    campaigns = side.client.read_structure()
    groups = [group for campaign in campaigns for group in campaign.ad_groups]
    return [len(campaigns), len(groups), sum(len(group.ads) for group in groups)]


def with_ad(spec: CampaignSpec, **changes: Any) -> CampaignSpec:
    groups = tuple(
        changed(group, ads=tuple(changed(ad, **changes) for ad in group.ads))
        for group in spec.ad_groups
    )
    return changed(spec, ad_groups=groups)


def with_targeting(spec: CampaignSpec, **changes: Any) -> CampaignSpec:
    groups = tuple(
        changed(group, targeting=changed(group.targeting, **changes)) for group in spec.ad_groups
    )
    return changed(spec, ad_groups=groups)


@pytest.mark.parametrize("side", VALIDATING, indirect=True)
def test_a_good_campaign_passes_and_nothing_is_created(side: Side) -> None:
    before = objects(side)
    side.client.validate_campaign(side.spec())
    assert objects(side) == before


@pytest.mark.parametrize("side", VALIDATING, indirect=True)
def test_what_the_platform_refuses_is_refused_with_its_sentence(side: Side) -> None:
    before = objects(side)
    low = changed(side.spec(), daily_budget=Money.parse("0.10", "USD"))
    with pytest.raises(Rejected) as refused:
        side.client.validate_campaign(low)
    assert refused.value.field == "daily_budget"
    assert refused.value.vendor_message
    assert objects(side) == before


@pytest.mark.parametrize("side", VALIDATING, indirect=True)
def test_a_check_that_gets_no_answer_is_no_unknown_write(side: Side) -> None:
    """Nothing was to be created, so asking again does no harm."""
    operation = {"google": "*.ValidateMutate", "meta": "campaigns.validate"}[side.name]
    side.fault(operation, "timeout_before", times=9)
    with pytest.raises(PlatformUnavailable):
        side.client.validate_campaign(side.spec())


@pytest.mark.parametrize("side", VALIDATING, indirect=True)
def test_a_checked_campaign_can_be_created_afterwards(side: Side) -> None:
    spec = side.spec()
    side.client.validate_campaign(spec)
    side.create(spec)
    assert len(side.campaigns_named(spec)) == 1


@pytest.mark.parametrize("side", ["meta"], indirect=True)
def test_children_are_validated_below_their_paused_campaign(side: Side) -> None:
    spec = side.spec()
    [campaign] = side.client.create_campaign(spec)
    before, group = objects(side), spec.ad_groups[0]
    side.client.validate_ad_group(campaign, group, spec)
    side.client.validate_creative(group.ads[0], MEDIA)
    nowhere = in_countries(spec, "KP").ad_groups[0]
    with pytest.raises(Rejected):
        side.client.validate_ad_group(campaign, nowhere, spec)
    with pytest.raises(Rejected):
        side.client.validate_creative(changed(group.ads[0], call_to_action="DANCE"), MEDIA)
    assert objects(side) == before


def test_countries_that_are_not_served_are_named(side: Side) -> None:
    assert side.client.unserved_countries(["US", "CU", "DE", "KP"]) == ["CU", "KP"]


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda spec: with_targeting(spec, keywords=("shoes!",)), "keywords"),
        (lambda spec: with_targeting(spec, keywords=("running, shoes",)), "keywords"),
        (lambda spec: with_targeting(spec, keywords=("boots (men)",)), "keywords"),
        (lambda spec: with_ad(spec, headlines=("靴" * 16, "Boots", "More")), "headlines"),
        (
            lambda spec: with_ad(
                spec, headlines=("One", "Two", "Same"), descriptions=("Same", "x")
            ),
            "descriptions",
        ),
        (lambda spec: with_ad(spec, landing_url="http://localhost/shop"), "landing_url"),
    ],
)
@pytest.mark.parametrize("side", ["google"], indirect=True)
def test_the_client_sends_nothing_that_the_review_would_refuse(
    spoil: Callable[[CampaignSpec], CampaignSpec], field: str, side: Side
) -> None:
    before = objects(side)
    for send in (side.client.create_campaign, side.client.validate_campaign):
        with pytest.raises(Rejected) as refused:
            send(spoil(side.spec()))
        assert (refused.value.field, refused.value.vendor_code) == (field, "")
    assert objects(side) == before
