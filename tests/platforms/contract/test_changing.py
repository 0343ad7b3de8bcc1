"""All three clients change a campaign alike."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from core.common.money import Money
from platforms.common.references import strip_reference
from platforms.errors import Rejected, RemoteObjectMissing, UnsupportedFeature
from platforms.types import CampaignChange, RemoteRef
from tests.platforms.contract.side import Made, Side

pytestmark = pytest.mark.usefixtures("market_clock")


def test_status_is_switched_and_switched_again(side: Side, made: Made) -> None:
    _, refs = made
    side.client.set_status(refs[0], "active")
    side.client.set_status(refs[0], "active")
    assert side.read(refs[0]).status == "active"
    for ref in refs[1:]:
        side.client.set_status(ref, "paused")
    group = side.read(refs[0]).ad_groups[0]
    assert group.status == "paused"
    assert {ad.status for ad in group.ads} == {"paused"}
    side.client.set_status(refs[0], "paused")
    assert side.read(refs[0]).status == "paused"


def test_archived_campaign_is_gone(side: Side, made: Made) -> None:
    spec, refs = made
    side.client.set_status(refs[0], "archived")
    assert side.client.read_campaign(refs[0].remote_id) is None
    assert side.campaigns_named(spec) == []
    assert side.client.find_by_reference("campaign", spec.reference) == []


def test_daily_budget_is_changed(side: Side, made: Made) -> None:
    _, refs = made
    wanted = Money(Decimal("231.50"), "USD")
    side.client.set_daily_budget(refs[0], wanted)
    side.client.set_daily_budget(refs[0], wanted)
    assert side.read(refs[0]).daily_budget == wanted


def test_budget_below_the_minimum_is_refused_and_stays(side: Side, made: Made) -> None:
    spec, refs = made
    with pytest.raises(Rejected) as raised:
        side.client.set_daily_budget(refs[0], Money(Decimal("0.01"), "USD"))
    assert raised.value.field == "daily_budget"
    assert raised.value.vendor_message
    assert side.read(refs[0]).daily_budget == spec.budget.amount


def test_name_is_changed_and_keeps_the_reference(side: Side, made: Made) -> None:
    spec, refs = made
    side.client.update_campaign(refs[0], CampaignChange(name="Autumn sale"))
    assert strip_reference(side.read(refs[0]).name) == ("Autumn sale", spec.reference)


def test_end_is_changed_where_the_platform_can(side: Side, made: Made) -> None:
    spec, refs = made
    change = CampaignChange(end=spec.schedule.start + timedelta(days=40))
    if not side.can.update_schedule:
        with pytest.raises(UnsupportedFeature):
            side.client.update_campaign(refs[0], change)
        assert side.read(refs[0]).end is None
        return
    side.client.update_campaign(refs[0], change)
    assert side.read(refs[0]).end == change.end


def test_change_of_an_unknown_campaign_is_missing(side: Side) -> None:
    nobody = RemoteRef("campaign", "999999999")
    with pytest.raises(RemoteObjectMissing):
        side.client.set_daily_budget(nobody, Money(Decimal("100"), "USD"))
    assert side.client.read_campaign("999999999") is None
