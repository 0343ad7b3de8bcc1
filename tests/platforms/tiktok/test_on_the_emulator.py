"""The client against an emulator that is as strict as TikTok."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.common.money import Money
from platforms.errors import OutcomeUnknown, Rejected, RemoteObjectMissing
from platforms.tiktok import api
from platforms.types import Level, RemoteRef, Status
from tests.fixtures.sandbox import RunningSandbox
from tests.fixtures.specs import changed
from tests.platforms.contract.side import Side

pytestmark = pytest.mark.usefixtures("market_clock")


@pytest.fixture
def side(running_sandbox: RunningSandbox) -> Iterator[Side]:
    client = running_sandbox.client_for("tiktok")
    yield Side("tiktok", running_sandbox, client)
    client.close()
    running_sandbox.clear_faults()


@pytest.fixture
def tree(side: Side) -> dict[str, RemoteRef]:
    """A live campaign with a week of figures."""
    campaign, group, ad, *_ = side.create(side.spec())
    side.client.set_status(campaign, "active")
    side.sandbox.advance(days=8)
    return {"campaign": campaign, "ad_group": group, "ad": ad}


Figures = dict[tuple[str, date], tuple[int, int, Decimal, Decimal, Decimal]]


def figures(side: Side, level: Level) -> Figures:
    last = side.sandbox.today("tiktok") - timedelta(days=2)
    return {
        (row.remote_id, row.day): (
            row.impressions,
            row.clicks,
            row.spend.amount,
            row.conversions,
            row.revenue.amount,
        )
        for row in side.client.read_metrics(level, last - timedelta(days=5), last)
    }


@pytest.mark.parametrize("kind", ["campaign", "ad_group", "ad"])
def test_past_figures_of_what_is_deleted_stay_to_the_cent(
    side: Side, tree: dict[str, RemoteRef], kind: str
) -> None:
    campaigns, ads = figures(side, "campaign"), figures(side, "ad")
    assert sum(values[2] for key, values in ads.items() if key[0] == tree["ad"].remote_id) > 0
    side.client.set_status(tree[kind], "archived")
    assert figures(side, "campaign") == campaigns
    assert figures(side, "ad") == ads


@pytest.mark.parametrize("kind", ["campaign", "ad_group", "ad"])
def test_what_is_deleted_reads_as_gone_and_cannot_be_changed(
    side: Side, tree: dict[str, RemoteRef], kind: str
) -> None:
    ref = tree[kind]
    side.client.set_status(ref, "archived")
    side.client.set_status(ref, "archived")  # it is what was asked for
    statuses: tuple[Status, ...] = ("paused", "active")
    for status in statuses:
        with pytest.raises(RemoteObjectMissing):
            side.client.set_status(ref, status)
    read = side.client.read_campaign(tree["campaign"].remote_id)
    if kind == "campaign":
        assert read is None
        return
    assert read is not None
    there = [group.remote_id for group in read.ad_groups]
    ads = [ad.remote_id for group in read.ad_groups for ad in group.ads]
    assert ref.remote_id not in [*there, *ads]


def test_campaign_is_off_although_the_request_to_create_it_off_is_ignored(side: Side) -> None:
    campaign = side.create(side.spec())[0]
    assert side.read(campaign).status == "paused"
    sent = [r.operation for r in side.sandbox.records if r.operation.startswith("POST campaign")]
    assert sent[-2:] == ["POST campaign/create", "POST campaign/status/update"]


def test_campaign_that_no_list_shows_yet_is_switched_off_all_the_same(side: Side) -> None:
    side.fault("campaign/get", "stale_read")
    campaign = side.client.create_campaign(side.spec())[0]
    assert side.read(campaign).status == "paused"


def test_budget_that_a_list_shows_late_is_set_once(side: Side, tree: dict[str, RemoteRef]) -> None:
    budget = Money(Decimal("230.00"), "USD")
    side.fault("campaign/get", "stale_read", times=3)  # before the change, and two after it
    before = len(side.sandbox.records)
    side.client.set_daily_budget(tree["campaign"], budget)
    assert side.read(tree["campaign"]).daily_budget == budget
    sent = [record.operation for record in side.sandbox.records[before:]]
    assert sent.count("POST campaign/update") == 1


def test_budget_that_a_list_never_shows_is_an_unknown_outcome(
    side: Side, tree: dict[str, RemoteRef]
) -> None:
    side.fault("campaign/get", "stale_read", times=9)
    with pytest.raises(OutcomeUnknown):
        side.client.set_daily_budget(tree["campaign"], Money(Decimal("240.00"), "USD"))


def test_repeated_create_whose_object_no_list_shows_is_an_unknown_outcome(side: Side) -> None:
    spec = side.spec()
    side.fault("campaign/get", "stale_read", times=9)
    side.client.create_campaign(spec)
    with pytest.raises(OutcomeUnknown):
        side.client.create_campaign(spec)
    side.sandbox.clear_faults()
    assert len(side.campaigns_named(spec)) == 1


def test_budget_below_what_today_has_cost_is_refused_and_stays(
    side: Side, tree: dict[str, RemoteRef]
) -> None:
    today = side.sandbox.today("tiktok")
    side.sandbox.advance(hours=10)
    if side.sandbox.today("tiktok") != today:
        side.sandbox.advance(hours=12)
    day = side.sandbox.today("tiktok")
    rows = side.client.read_metrics("campaign", day, day)
    spent = sum(row.spend.amount for row in rows if row.remote_id == tree["campaign"].remote_id)
    assert spent > 51
    low = Money(spent - Decimal("1.00"), "USD")
    with pytest.raises(Rejected, match="refused") as raised:
        side.client.set_daily_budget(tree["campaign"], low)
    assert raised.value.field == "daily_budget"
    assert "spent already" in raised.value.vendor_message
    assert side.read(tree["campaign"]).daily_budget == Money(Decimal("200.00"), "USD")


def test_wide_text_that_is_too_long_is_refused_before_anything_is_made(side: Side) -> None:
    spec = side.spec()
    group = spec.ad_groups[0]
    for text in ("漢" * 51, "Hot \u2b50", "Hot\nnow"):
        ad = changed(group.ads[0], descriptions=(text,))
        wide = changed(spec, ad_groups=(changed(group, ads=(ad,)),))
        with pytest.raises(Rejected) as raised:
            side.client.create_campaign(wide)
        assert raised.value.field == "descriptions"
    assert side.campaigns_named(spec) == []


def test_list_that_changes_between_its_pages_is_not_taken_for_the_whole(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The campaign that is deleted meanwhile lets another one slip to a page already read."""
    monkeypatch.setattr(api, "PAGE_SIZE", 2)
    made = [side.client.create_campaign(side.spec())[0] for _ in range(4)]
    pages = side.client._queries._rows("campaign", {})  # type: ignore[attr-defined]
    seen = [next(pages)["campaign_id"] for _ in range(2)]
    assert seen == [made[3].remote_id, made[2].remote_id]
    other = side.sandbox.client_for("tiktok")
    other.set_status(made[3], "archived")
    other.close()
    with pytest.raises(ValueError, match="changed while it was read"):
        list(pages)
