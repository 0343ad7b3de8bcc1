"""Our client of Meta copes with what Meta refuses and leaves out, through the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from core.common.money import Money
from platforms.errors import RateLimited, Rejected, RemoteObjectMissing
from platforms.types import CampaignChange, RemoteRef
from tests.fixtures.sandbox import RunningSandbox
from tests.platforms.contract.side import Side

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
        side.client.create_ad(tree[1], other.ads[0])
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
