"""Our client of Meta copes with what Meta refuses and leaves out, through the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.campaign import Campaign

from core.common.money import Money
from platforms.errors import (
    CredentialsInvalid,
    PolicyViolation,
    RateLimited,
    Rejected,
    RemoteObjectMissing,
)
from platforms.interface import ClientConfig
from platforms.meta import reading
from platforms.meta.client import MetaClient
from platforms.types import CampaignChange, Level, RemoteRef
from tests.fixtures.sandbox import RunningSandbox
from tests.fixtures.specs import MEDIA, changed, in_countries
from tests.platforms.contract.side import Side
from tests.platforms.once import once
from tests.sandbox.meta.client import Graph, targeting

pytestmark = pytest.mark.usefixtures("market_clock")


@pytest.fixture
def side(running_sandbox: RunningSandbox) -> Iterator[Side]:
    client = running_sandbox.client_for("meta")
    yield Side("meta", running_sandbox, client)
    client.close()
    running_sandbox.clear_faults()


@pytest.fixture
def tree(side: Side) -> list[RemoteRef]:
    """Campaign, ad group and two ads."""
    return side.create(side.spec())


@pytest.mark.parametrize("kind", ["campaign", "ad_group", "ad"])
@pytest.mark.parametrize("how", ["deleted", "archived", "deleted with its campaign"])
def test_what_is_gone_is_missing_and_archiving_it_again_succeeds(
    side: Side, tree: list[RemoteRef], kind: str, how: str
) -> None:
    ref = next(ref for ref in tree if ref.kind == kind)
    gone = tree[0] if how == "deleted with its campaign" else ref
    if how == "archived":
        side.client.set_status(ref, "archived")
    else:
        side.sandbox.delete(gone.kind, gone.remote_id)
    for status in ("active", "paused"):
        with pytest.raises(RemoteObjectMissing) as raised:
            side.client.set_status(ref, status)
        assert raised.value.vendor_message
    side.client.set_status(ref, "archived")


def test_changes_of_a_deleted_campaign_are_missing(side: Side, tree: list[RemoteRef]) -> None:
    side.sandbox.delete("campaign", tree[0].remote_id)
    changes: list[Any] = [
        lambda: side.client.set_daily_budget(tree[0], Money(Decimal(90), "USD")),
        lambda: side.client.update_campaign(tree[0], CampaignChange(name="Back")),
    ]
    for change in changes:
        with pytest.raises(RemoteObjectMissing):
            change()
    assert side.client.read_campaign(tree[0].remote_id) is None


def test_nothing_is_created_below_a_deleted_campaign(side: Side, tree: list[RemoteRef]) -> None:
    spec, other = side.spec(), side.spec().ad_groups[0]
    side.sandbox.delete("campaign", tree[0].remote_id)
    with pytest.raises(Rejected):
        side.client.create_ad_group(tree[0], other, spec)
    with pytest.raises(Rejected):
        side.client.create_ad(tree[1], other.ads[0], MEDIA)
    assert side.client.find_by_reference("ad_group", other.reference) == []
    assert side.client.find_by_reference("ad", other.ads[0].reference) == []


def test_fifth_budget_change_waits_an_hour_and_changes_nothing(
    side: Side, tree: list[RemoteRef]
) -> None:
    for amount in (201, 202, 203, 204):
        side.client.set_daily_budget(tree[0], Money(Decimal(amount), "USD"))
    with pytest.raises(RateLimited) as raised:
        side.client.set_daily_budget(tree[0], Money(Decimal(205), "USD"))
    assert raised.value.retry_after == 3600
    assert raised.value.vendor_subcode == "1487632"
    assert side.read(tree[0]).daily_budget == Money(Decimal(204), "USD")


def test_country_that_meta_does_not_serve_is_refused_and_nothing_is_targeted_there(
    side: Side,
) -> None:
    spec = in_countries(side.spec(), "CU")
    with pytest.raises(Rejected) as raised:
        side.create(spec)
    assert raised.value.field == "countries"
    assert side.client.find_by_reference("ad_group", spec.ad_groups[0].reference) == []


def test_link_to_an_app_store_is_refused_at_the_ad(side: Side, tree: list[RemoteRef]) -> None:
    ad = changed(side.spec().ad_groups[0].ads[0], landing_url="https://play.google.com/store/x")
    with pytest.raises(Rejected) as raised:
        side.client.create_ad(tree[1], ad, MEDIA)
    assert (raised.value.field, raised.value.vendor_subcode) == ("landing_url", "1487810")
    assert side.client.find_by_reference("ad", ad.reference) == []


def test_refused_wording_reads_in_review_first_and_rejected_then(side: Side) -> None:
    spec = side.spec()
    [first, second] = spec.ad_groups[0].ads
    bad = changed(first, descriptions=("A miracle cure for tired feet.",))
    group = changed(spec.ad_groups[0], ads=(bad, second))
    campaign = side.create(changed(spec, ad_groups=(group,)))[0]
    side.client.set_status(campaign, "active")
    statuses = {ad.reference: ad.status for ad in side.read(campaign).ad_groups[0].ads}
    assert statuses == {bad.reference: "in_review", second.reference: "in_review"}
    side.sandbox.advance(days=1)
    statuses = {ad.reference: ad.status for ad in side.read(campaign).ad_groups[0].ads}
    assert statuses == {bad.reference: "rejected", second.reference: "active"}


@pytest.mark.parametrize(("level", "kind"), [("campaign", Campaign), ("ad", Ad)])
def test_insights_are_asked_for_every_status_of_the_official_client(
    level: Level, kind: type[Any]
) -> None:
    statuses = {name: value for name, value in vars(kind.EffectiveStatus).items() if name[0] != "_"}
    asked = reading.EVERY_STATUS[level]
    assert (asked["field"], asked["operator"]) == (f"{level}.effective_status", "IN")
    assert sorted(asked["value"]) == sorted(statuses.values())


# A world of its own, whose account is changed or used up.


@pytest.fixture
def graph() -> Graph:
    return Graph()


@pytest.fixture
def own(graph: Graph) -> Iterator[MetaClient]:
    client = client_of(graph, graph.ours.access_token)
    yield client
    client.close()


def client_of(graph: Graph, token: str, app_secret: str | None = None) -> MetaClient:
    config = ClientConfig(
        account_id=graph.ours.id,
        currency="USD",
        time_zone=graph.ours.time_zone,
        secrets={
            "access_token": token,
            "app_secret": graph.ours.app_secret if app_secret is None else app_secret,
        },
        options={"page_id": graph.ours.page_id},
        endpoints={"base_url": "http://graph"},
    )
    return MetaClient(config, calls=once("meta", config), transport=graph.transport)


def test_quota_of_the_tier_that_is_used_up_is_told_with_the_wait(
    graph: Graph, own: MetaClient
) -> None:
    graph.ours.raw["ads_api_access_tier"] = "development_access"
    quota = 300 + 40 * sum(ad.status == "active" for ad in graph.world.list_ads(graph.ours.id))
    for _ in range(quota):
        graph.http.get(f"/{graph.act}")
    with pytest.raises(RateLimited) as raised:
        own.read_structure()
    assert (raised.value.vendor_code, raised.value.retry_after) == ("80004", 3600)
    [campaign] = graph.world.list_campaigns(graph.ours.id)
    with pytest.raises(RateLimited):
        own.set_status(RemoteRef("campaign", campaign.id), "paused")
    assert campaign.status == "active"


def test_metric_that_the_row_does_not_name_is_zero(graph: Graph, own: MetaClient) -> None:
    _, _, ads = graph.tree(daily_budget=100)
    graph.world.clock.advance(days=8)
    rows = own.read_metrics("ad", date(2026, 10, 1), date(2026, 10, 8))
    rows = [row for row in rows if row.remote_id in ads]
    without = [row for row in rows if row.clicks == 0]
    assert without
    assert all(row.impressions > 0 and row.conversions == 0 for row in without)


def test_days_that_meta_no_longer_keeps_are_refused(own: MetaClient) -> None:
    with pytest.raises(Rejected) as raised:
        own.read_metrics("ad", date(2023, 8, 31), date(2023, 9, 2))
    assert raised.value.vendor_code == "3018"
    assert own.read_metrics("ad", date(2023, 9, 1), date(2023, 9, 2)) == []


def test_exchanged_token_that_ended_needs_a_person(graph: Graph) -> None:
    sent = {
        "grant_type": "fb_exchange_token",
        "client_id": graph.ours.app_id,
        "client_secret": graph.ours.app_secret,
        "fb_exchange_token": graph.ours.access_token,
    }
    client = client_of(graph, graph.get("oauth/access_token", **sent)["access_token"])
    assert client.verify().can_deliver
    graph.world.clock.advance(days=61)
    with pytest.raises(CredentialsInvalid) as raised:
        client.verify()
    assert raised.value.vendor_subcode == "463"
    client.close()


def test_account_that_meta_disabled_is_told_and_not_written(graph: Graph, own: MetaClient) -> None:
    campaign, _, _ = graph.tree()
    graph.ours.status = "disabled"
    info = own.verify()
    assert (info.can_deliver, info.problems) == (False, ("Meta has disabled the account.",))
    with pytest.raises(PolicyViolation) as raised:
        own.set_status(RemoteRef("campaign", campaign), "paused")
    assert raised.value.vendor_code == "368"
    assert graph.world.campaigns[campaign].status == "active"


def test_missing_app_secret_is_named_where_the_app_requires_it(graph: Graph) -> None:
    graph.ours.raw["requires_appsecret_proof"] = True
    with closing(client_of(graph, graph.ours.access_token)) as client:
        assert client.verify().can_deliver
    with (
        closing(client_of(graph, graph.ours.access_token, app_secret="")) as client,
        pytest.raises(CredentialsInvalid) as raised,
    ):
        client.verify()
    assert "app secret" in raised.value.user_message


def test_figures_of_the_last_hour_are_not_there_yet(graph: Graph, own: MetaClient) -> None:
    _, _, ads = graph.tree(daily_budget=50_000)
    day = date(2026, 10, 1)

    def spent() -> Decimal:
        rows = own.read_metrics("ad", day, day)
        return sum((row.spend.amount for row in rows if row.remote_id in ads), Decimal(0))

    graph.world.clock.advance(hours=3)  # approved two hours after it was made
    assert spent() == 0
    graph.world.clock.advance(hours=1)
    assert spent() > 0


def test_ad_whose_audience_somebody_changed_reads_in_review_again(
    graph: Graph, own: MetaClient
) -> None:
    campaign, ad_set, _ = graph.tree()
    graph.world.clock.advance(days=1)

    def statuses() -> set[str]:
        found = own.read_campaign(campaign)
        assert found is not None
        return {ad.status for group in found.ad_groups for ad in group.ads}

    assert statuses() == {"active"}
    graph.post(ad_set, {"targeting": targeting(geo_locations={"countries": ["CA"]})})
    assert statuses() == {"in_review"}
    graph.world.clock.advance(hours=2)
    assert statuses() == {"active"}
