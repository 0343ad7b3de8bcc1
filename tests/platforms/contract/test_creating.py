"""All three clients read an account and create a tree alike."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from core.common.money import Money
from platforms.common.references import new_reference, strip_reference
from platforms.errors import Rejected, UnsupportedFeature
from tests.fixtures.specs import changed, in_countries
from tests.platforms.contract.side import Made, Side

pytestmark = pytest.mark.usefixtures("market_clock")


# Reading the account


def test_verify_tells_what_the_account_is(side: Side) -> None:
    info = side.client.verify()
    config = side.client.config
    assert (info.external_id, info.currency, info.time_zone) == (
        config.account_id,
        config.currency,
        config.time_zone,
    )
    assert info.name
    assert info.problems == ()
    assert info.can_deliver


def test_campaigns_made_elsewhere_are_listed_without_reference(side: Side) -> None:
    outside = [c for c in side.client.read_structure() if not c.reference]
    assert outside
    assert all(c.name and c.daily_budget for c in outside)


# Creating


def test_tree_is_created_paused_and_reads_back(side: Side) -> None:
    spec = side.spec()
    refs = side.create(spec)
    group = spec.ad_groups[0]
    assert [(ref.kind, ref.reference) for ref in refs] == [
        ("campaign", spec.reference),
        ("ad_group", group.reference),
        *[("ad", ad.reference) for ad in group.ads],
    ]
    campaign = side.read(refs[0])
    assert campaign.status == "paused"
    assert strip_reference(campaign.name) == (spec.name, spec.reference)
    assert campaign.objective == "traffic"
    assert campaign.daily_budget == spec.budget.amount
    assert campaign.budget_on == "campaign"
    assert campaign.end is None
    read_group = campaign.ad_groups[0]
    assert (read_group.remote_id, read_group.reference) == (refs[1].remote_id, group.reference)
    assert read_group.status == "active"
    assert {(ad.remote_id, ad.reference) for ad in read_group.ads} == {
        (ref.remote_id, ref.reference) for ref in refs[2:]
    }
    assert all(ad.body or ad.headline for ad in read_group.ads)


def test_structure_holds_the_tree_too(side: Side, made: Made) -> None:
    spec, refs = made
    assert side.campaigns_named(spec) == [side.read(refs[0])]


def test_dates_are_days_of_the_account(side: Side) -> None:
    spec = side.spec(start_in=3)
    spec = changed(spec, end=spec.schedule.start + timedelta(days=20))
    campaign = side.read(side.create(spec)[0])
    assert (campaign.start, campaign.end) == (spec.schedule.start, spec.schedule.end)


def test_every_kind_is_found_by_its_reference(side: Side, made: Made) -> None:
    spec, refs = made
    for ref in refs:
        found = side.client.find_by_reference(ref.kind, ref.reference, ref.parent_id)
        assert (found[0].kind, found[0].remote_id) == (ref.kind, ref.remote_id)
        if ref.kind != "campaign":
            assert len(found) == 1
            assert found[0].parent_id == ref.parent_id
    tree = side.client.find_by_reference("campaign", spec.reference)
    expected = refs if side.can.atomic_tree else refs[:1]
    assert {(r.kind, r.remote_id, r.reference) for r in tree} == {
        (r.kind, r.remote_id, r.reference) for r in expected
    }
    assert side.client.find_by_reference("campaign", new_reference()) == []


def test_resuming_reuses_what_exists(side: Side, made: Made) -> None:
    spec, refs = made
    again = side.create(spec, resuming=True)
    assert {r.remote_id for r in again} == {r.remote_id for r in refs}
    assert len(side.campaigns_named(spec)) == 1
    assert [len(g.ads) for g in side.read(refs[0]).ad_groups] == [2]


def test_unknown_country_is_refused_and_nothing_is_targeted_there(side: Side) -> None:
    spec = in_countries(side.spec(), "KP")
    with pytest.raises(Rejected) as raised:
        side.create(spec)
    assert raised.value.field == "countries"
    group = spec.ad_groups[0]
    assert side.client.find_by_reference("ad_group", group.reference) == []


def test_objective_that_is_not_offered_is_refused(side: Side) -> None:
    spec = changed(side.spec(), objective="awareness")
    with pytest.raises(UnsupportedFeature):
        side.client.create_campaign(spec)
    assert side.campaigns_named(spec) == []


def test_budget_in_a_foreign_currency_is_refused(side: Side) -> None:
    spec = changed(side.spec(), daily_budget=Money(Decimal("200"), "EUR"))
    with pytest.raises(Rejected) as raised:
        side.client.create_campaign(spec)
    assert raised.value.field == "daily_budget"
    assert side.campaigns_named(spec) == []
