"""Our client of Google copes with what Google refuses and leaves out, through the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.common.money import Money
from platforms.errors import PolicyViolation, RateLimited, Rejected, RemoteObjectMissing
from platforms.spec.campaign import CampaignSpec
from platforms.types import CampaignChange, RemoteRef
from sandbox.google.server import quota
from tests.fixtures.sandbox import RunningSandbox
from tests.fixtures.specs import changed, in_countries
from tests.platforms.contract.side import Side

pytestmark = pytest.mark.usefixtures("market_clock")


@pytest.fixture
def side(running_sandbox: RunningSandbox) -> Iterator[Side]:
    client = running_sandbox.client_for("google")
    yield Side("google", running_sandbox, client)
    client.close()
    running_sandbox.clear_faults()


@pytest.fixture
def tree(side: Side) -> list[RemoteRef]:
    """Campaign, ad group and two ads."""
    return side.create(side.spec())


@pytest.mark.parametrize("kind", ["campaign", "ad_group", "ad"])
@pytest.mark.parametrize("how", ["itself", "with its campaign"])
def test_what_is_removed_is_missing_and_removing_it_again_succeeds(
    side: Side, tree: list[RemoteRef], kind: str, how: str
) -> None:
    ref = next(ref for ref in tree if ref.kind == kind)
    gone = ref if how == "itself" else tree[0]
    side.sandbox.delete(gone.kind, gone.remote_id)
    for status in ("active", "paused"):
        with pytest.raises(RemoteObjectMissing):
            side.client.set_status(ref, status)
    side.client.set_status(ref, "archived")


def test_changes_of_a_removed_campaign_are_missing(side: Side, tree: list[RemoteRef]) -> None:
    side.sandbox.delete("campaign", tree[0].remote_id)
    changes: list[Any] = [
        lambda: side.client.set_daily_budget(tree[0], Money(Decimal(90), "USD")),
        lambda: side.client.update_campaign(tree[0], CampaignChange(name="Back")),
    ]
    for change in changes:
        with pytest.raises(RemoteObjectMissing):
            change()
    assert side.client.read_campaign(tree[0].remote_id) is None


def with_texts(spec: CampaignSpec, **changes: Any) -> CampaignSpec:
    group = spec.ad_groups[0]
    first, *others = group.ads
    ads = (changed(first, **changes), *others)
    return changed(spec, ad_groups=(changed(group, ads=ads),))


def test_prohibited_text_is_a_matter_of_policy_and_nothing_is_created(side: Side) -> None:
    bad = with_texts(side.spec(), headlines=("Counterfeit bags", "Made to last", "Free returns"))
    for send in (side.client.create_campaign, side.client.validate_campaign):
        with pytest.raises(PolicyViolation) as raised:
            send(bad)
        assert raised.value.vendor_code == "policy_finding_error.POLICY_FINDING"
        assert "counterfeit" in raised.value.vendor_message
    assert side.campaigns_named(bad) == []


def test_prohibited_keyword_is_a_matter_of_policy_and_nothing_is_created(side: Side) -> None:
    spec = side.spec()
    group = spec.ad_groups[0]
    targeting = changed(group.targeting, keywords=("shoes", "fake passport"))
    bad = changed(spec, ad_groups=(changed(group, targeting=targeting),))
    with pytest.raises(PolicyViolation) as raised:
        side.client.create_campaign(bad)
    assert (raised.value.vendor_code, raised.value.field) == (
        "policy_violation_error.POLICY_ERROR",
        "keywords",
    )
    assert side.campaigns_named(bad) == []


def test_refused_wording_reads_in_review_first_and_rejected_then(side: Side) -> None:
    spec = with_texts(side.spec(), descriptions=("A miracle cure for feet.", "Order today."))
    campaign = side.create(spec)[0]
    [bad, good] = spec.ad_groups[0].ads
    side.client.set_status(campaign, "active")
    statuses = {ad.reference: ad.status for ad in side.read(campaign).ad_groups[0].ads}
    assert statuses == {bad.reference: "in_review", good.reference: "in_review"}
    side.sandbox.advance(days=1)
    statuses = {ad.reference: ad.status for ad in side.read(campaign).ad_groups[0].ads}
    assert statuses == {bad.reference: "rejected", good.reference: "active"}


def test_country_that_google_does_not_serve_is_refused_before_anything_is_sent(side: Side) -> None:
    spec = in_countries(side.spec(), "US", "CU")
    with pytest.raises(Rejected) as raised:
        side.client.create_campaign(spec)
    assert raised.value.field == "countries"
    assert side.campaigns_named(spec) == []


def test_figures_of_the_last_three_hours_are_not_there_yet(
    side: Side, tree: list[RemoteRef]
) -> None:
    side.client.set_status(tree[0], "active")

    def spent() -> Decimal:
        today = side.sandbox.today("google")
        rows = side.client.read_metrics("campaign", today - timedelta(days=1), today)
        own = [row.spend.amount for row in rows if row.remote_id == tree[0].remote_id]
        return sum(own, Decimal(0))

    side.sandbox.advance(hours=4.5)  # approved two hours after it was made
    assert spent() == 0
    side.sandbox.advance(hours=12)
    assert spent() > 0


def test_quota_of_the_access_level_is_told_with_the_wait(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    side.client.verify()
    raw = side.sandbox.account("google").raw
    monkeypatch.setitem(raw, "access_level", "basic")
    monkeypatch.setitem(quota._OPERATIONS, "basic", 2)
    spec = side.spec()
    with closing(side.sandbox.client_for("google")) as client:
        client.verify()
        with pytest.raises(RateLimited) as raised:
            client.create_campaign(spec)
    assert raised.value.vendor_code == "quota_error.RESOURCE_EXHAUSTED"
    assert 86_000 < raised.value.retry_after <= 86_400
    monkeypatch.undo()
    side.sandbox.forget_pace()
    assert side.campaigns_named(spec) == []
