"""One list of behaviours, run against all three clients through the emulators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest

from adsengine.common.money import Money
from platforms.calls import RetryPolicy
from platforms.errors import (
    CredentialsInvalid,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    RemoteObjectMissing,
    UnsupportedFeature,
)
from platforms.interface import AdPlatform, Capabilities
from platforms.references import new_reference, strip_reference
from platforms.types import (
    CampaignChange,
    CampaignSpec,
    Level,
    MetricRow,
    RemoteCampaign,
    RemoteRef,
)
from tests.fixtures.sandbox import PLATFORMS, RunningSandbox
from tests.fixtures.specs import campaign_spec, in_countries

pytestmark = pytest.mark.usefixtures("market_clock")

# The emulator's names of the calls that create a campaign, and of those that change one.
CREATE = {
    "google": "GoogleAdsService.Mutate",
    "meta": "campaigns.create",
    "tiktok": "campaign/create",
}
# Those of the steps behind it, where the tree is not made in one request.
STEPS = {
    ("meta", "ad_group"): "adsets.create",
    ("meta", "creative"): "adcreatives.create",
    ("meta", "ad"): "ads.create",
    ("tiktok", "ad_group"): "adgroup/create",
    ("tiktok", "ad"): "ad/create",
}
UPLOADS = {"meta": "adimages.create", "tiktok": "file/image/ad/upload"}
UPDATE = {
    "google": "GoogleAdsService.Mutate",
    "meta": "campaign.update",
    "tiktok": "campaign/update",
}


@dataclass
class Side:
    """One platform under test."""

    name: str
    sandbox: RunningSandbox
    client: AdPlatform

    @property
    def can(self) -> Capabilities:
        return self.client.capabilities

    def spec(self, *, start_in: int = 0, amount: str = "200.00") -> CampaignSpec:
        start = self.sandbox.today(self.name) + timedelta(days=start_in)
        return campaign_spec(self.can, start, amount=amount)

    def create(self, spec: CampaignSpec, *, resuming: bool = False) -> list[RemoteRef]:
        refs = self.client.create_campaign(spec, resuming=resuming)
        if self.can.atomic_tree:
            return refs
        for group in spec.ad_groups:
            made = self.client.create_ad_group(refs[0], group, spec, resuming=resuming)
            refs.append(made)
            for ad in group.ads:
                refs.append(self.client.create_ad(made, ad, resuming=resuming))
        return refs

    def read(self, ref: RemoteRef) -> RemoteCampaign:
        found = self.client.read_campaign(ref.remote_id)
        assert found is not None
        return found

    def campaigns_named(self, spec: CampaignSpec) -> list[RemoteCampaign]:
        return [c for c in self.client.read_structure() if c.reference == spec.reference]

    def fault(self, operation: str, kind: str, times: int = 1) -> None:
        self.sandbox.fault(self.name, operation, kind, times)


@pytest.fixture(params=PLATFORMS)
def side(request: pytest.FixtureRequest, running_sandbox: RunningSandbox) -> Iterator[Side]:
    client = running_sandbox.client_for(request.param)
    yield Side(request.param, running_sandbox, client)
    client.close()
    running_sandbox.clear_faults()


@pytest.fixture
def made(side: Side) -> tuple[CampaignSpec, list[RemoteRef]]:
    spec = side.spec()
    return spec, side.create(spec)


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
    assert campaign.daily_budget == spec.daily_budget
    assert campaign.budget_on == "campaign"
    assert campaign.end is None
    read_group = campaign.ad_groups[0]
    assert (read_group.remote_id, read_group.reference) == (refs[1].remote_id, group.reference)
    assert read_group.status == "active"
    assert {(ad.remote_id, ad.reference) for ad in read_group.ads} == {
        (ref.remote_id, ref.reference) for ref in refs[2:]
    }
    assert all(ad.body or ad.headline for ad in read_group.ads)


def test_structure_holds_the_tree_too(
    side: Side, made: tuple[CampaignSpec, list[RemoteRef]]
) -> None:
    spec, refs = made
    assert side.campaigns_named(spec) == [side.read(refs[0])]


def test_dates_are_days_of_the_account(side: Side) -> None:
    spec = side.spec(start_in=3)
    spec = replace(spec, end=spec.start + timedelta(days=20))
    campaign = side.read(side.create(spec)[0])
    assert (campaign.start, campaign.end) == (spec.start, spec.end)


def test_every_kind_is_found_by_its_reference(
    side: Side, made: tuple[CampaignSpec, list[RemoteRef]]
) -> None:
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


def test_resuming_reuses_what_exists(
    side: Side, made: tuple[CampaignSpec, list[RemoteRef]]
) -> None:
    spec, refs = made
    again = side.create(spec, resuming=True)
    assert {r.remote_id for r in again} == {r.remote_id for r in refs}
    assert len(side.campaigns_named(spec)) == 1
    assert [len(g.ads) for g in side.read(refs[0]).ad_groups] == [2]


def test_unknown_country_is_refused_and_nothing_is_targeted_there(side: Side) -> None:
    spec = in_countries(side.spec(), "XX")
    with pytest.raises(Rejected) as raised:
        side.create(spec)
    assert raised.value.field == "countries"
    group = spec.ad_groups[0]
    assert side.client.find_by_reference("ad_group", group.reference) == []


def test_objective_that_is_not_offered_is_refused(side: Side) -> None:
    spec = replace(side.spec(), objective="awareness")
    with pytest.raises(UnsupportedFeature):
        side.client.create_campaign(spec)
    assert side.campaigns_named(spec) == []


def test_budget_in_a_foreign_currency_is_refused(side: Side) -> None:
    spec = replace(side.spec(), daily_budget=Money(Decimal("200"), "EUR"))
    with pytest.raises(Rejected) as raised:
        side.client.create_campaign(spec)
    assert raised.value.field == "daily_budget"
    assert side.campaigns_named(spec) == []


# Changing


def test_status_is_switched_and_switched_again(
    side: Side, made: tuple[CampaignSpec, list[RemoteRef]]
) -> None:
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


def test_archived_campaign_is_gone(side: Side, made: tuple[CampaignSpec, list[RemoteRef]]) -> None:
    spec, refs = made
    side.client.set_status(refs[0], "archived")
    assert side.client.read_campaign(refs[0].remote_id) is None
    assert side.campaigns_named(spec) == []
    assert side.client.find_by_reference("campaign", spec.reference) == []


def test_daily_budget_is_changed(side: Side, made: tuple[CampaignSpec, list[RemoteRef]]) -> None:
    _, refs = made
    wanted = Money(Decimal("231.50"), "USD")
    side.client.set_daily_budget(refs[0], wanted)
    side.client.set_daily_budget(refs[0], wanted)
    assert side.read(refs[0]).daily_budget == wanted


def test_budget_below_the_minimum_is_refused_and_stays(
    side: Side, made: tuple[CampaignSpec, list[RemoteRef]]
) -> None:
    spec, refs = made
    with pytest.raises(Rejected) as raised:
        side.client.set_daily_budget(refs[0], Money(Decimal("0.01"), "USD"))
    assert raised.value.field == "daily_budget"
    assert raised.value.vendor_message
    assert side.read(refs[0]).daily_budget == spec.daily_budget


def test_name_is_changed_and_keeps_the_reference(
    side: Side, made: tuple[CampaignSpec, list[RemoteRef]]
) -> None:
    spec, refs = made
    side.client.update_campaign(refs[0], CampaignChange(name="Autumn sale"))
    assert strip_reference(side.read(refs[0]).name) == ("Autumn sale", spec.reference)


def test_end_is_changed_where_the_platform_can(
    side: Side, made: tuple[CampaignSpec, list[RemoteRef]]
) -> None:
    spec, refs = made
    change = CampaignChange(end=spec.start + timedelta(days=40))
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


# Failures


def test_throttled_read_is_tried_again_unless_the_vendor_asks_for_minutes(side: Side) -> None:
    """The emulators of Google and Meta advise a wait beyond a call's patience."""
    side.fault("*", "throttle")
    if side.name == "tiktok":
        assert side.client.read_structure()
        return
    with pytest.raises(RateLimited) as raised:
        side.client.read_structure()
    assert raised.value.retry_after > RetryPolicy().patience


def test_throttling_that_lasts_reaches_the_caller(side: Side) -> None:
    side.fault("*", "throttle", times=20)
    with pytest.raises(RateLimited) as raised:
        side.client.read_structure()
    assert raised.value.retry_after > 0


def test_throttled_create_makes_one_campaign_or_none(side: Side) -> None:
    side.fault(CREATE[side.name], "throttle", times=20)
    spec = side.spec()
    with pytest.raises(RateLimited):
        side.client.create_campaign(spec)
    side.sandbox.clear_faults()
    side.sandbox.forget_pace()
    with closing(side.sandbox.client_for(side.name)) as fresh:
        assert fresh.find_by_reference("campaign", spec.reference) == []


def test_fault_of_the_platform_on_a_read_is_tried_again(side: Side) -> None:
    side.fault("*", "server_error", times=2)
    assert side.client.read_structure()


def test_fault_of_the_platform_on_a_create_is_an_unknown_outcome(side: Side) -> None:
    side.fault(CREATE[side.name], "server_error")
    spec = side.spec()
    with pytest.raises(OutcomeUnknown):
        side.client.create_campaign(spec)
    refs = side.create(spec, resuming=True)
    assert [c.remote_id for c in side.campaigns_named(spec)] == [refs[0].remote_id]


def test_answer_lost_after_a_create_is_found_exactly_once(side: Side) -> None:
    side.fault(CREATE[side.name], "lose_answer")
    spec = side.spec()
    with pytest.raises(OutcomeUnknown):
        side.client.create_campaign(spec)
    found = side.client.find_by_reference("campaign", spec.reference)
    assert [ref.kind for ref in found].count("campaign") == 1
    refs = side.create(spec, resuming=True)
    assert refs[0].remote_id == found[0].remote_id
    assert [c.remote_id for c in side.campaigns_named(spec)] == [refs[0].remote_id]
    assert side.read(refs[0]).status == "paused"


@pytest.mark.parametrize(("side", "step"), list(STEPS), indirect=["side"])
@pytest.mark.parametrize("kind", ["lose_answer", "timeout_before", "server_error"])
def test_tree_that_broke_off_is_completed_without_doubles(side: Side, step: str, kind: str) -> None:
    spec = side.spec()
    side.fault(STEPS[side.name, step], kind)
    with pytest.raises(OutcomeUnknown):
        side.create(spec)
    refs = side.create(spec, resuming=True)
    campaign = side.campaigns_named(spec)[0]
    assert campaign.remote_id == refs[0].remote_id
    group = spec.ad_groups[0]
    assert [g.reference for g in campaign.ad_groups] == [group.reference]
    found = [ad.reference for ad in campaign.ad_groups[0].ads]
    assert sorted(found) == sorted(ad.reference for ad in group.ads)


@pytest.mark.parametrize("side", list(UPLOADS), indirect=True)
def test_lost_image_upload_is_sent_again(side: Side) -> None:
    side.fault(UPLOADS[side.name], "lose_answer")
    refs = side.create(side.spec())
    assert [ref.kind for ref in refs] == ["campaign", "ad_group", "ad", "ad"]


def test_connection_lost_before_a_create_is_unknown_and_then_made_once(side: Side) -> None:
    side.fault(CREATE[side.name], "timeout_before")
    spec = side.spec()
    with pytest.raises(OutcomeUnknown):
        side.client.create_campaign(spec)
    assert side.client.find_by_reference("campaign", spec.reference) == []
    refs = side.create(spec, resuming=True)
    assert [c.remote_id for c in side.campaigns_named(spec)] == [refs[0].remote_id]


def test_answer_that_comes_too_late_is_an_unknown_outcome(side: Side) -> None:
    with closing(side.sandbox.client_for(side.name, timeout_seconds=1.0)) as hasty:
        hasty.verify()
        side.sandbox.fault(side.name, CREATE[side.name], "delay", seconds=2.5)
        with pytest.raises(OutcomeUnknown):
            hasty.create_campaign(side.spec())


def test_answer_lost_after_a_budget_change_is_an_unknown_outcome(
    side: Side, made: tuple[CampaignSpec, list[RemoteRef]]
) -> None:
    _, refs = made
    side.fault(UPDATE[side.name], "lose_answer")
    with pytest.raises(OutcomeUnknown):
        side.client.set_daily_budget(refs[0], Money(Decimal("222"), "USD"))
    assert side.read(refs[0]).daily_budget == Money(Decimal("222"), "USD")


def test_expired_token_needs_a_person(side: Side) -> None:
    side.fault("*", "expired_token", times=5)
    with pytest.raises(CredentialsInvalid):
        side.client.verify()


@pytest.mark.parametrize("token", ["not-the-token", "", "tok\u00e9n"])
def test_wrong_or_missing_credentials_need_a_person(side: Side, token: str) -> None:
    names = ("refresh_token", "access_token")
    secrets = {k: token if k in names else v for k, v in side.client.config.secrets.items()}
    with (
        pytest.raises(CredentialsInvalid) as raised,
        closing(side.sandbox.client_for(side.name, secrets=secrets)) as stranger,
    ):
        stranger.verify()
    assert raised.value.account == side.client.config.account_id


def test_refused_connection_was_surely_not_done(side: Side) -> None:
    closed = side.sandbox.client_at_closed_port(side.name)
    try:
        with pytest.raises(PlatformUnavailable):
            closed.read_structure()
        with pytest.raises(PlatformUnavailable):
            closed.set_status(RemoteRef("campaign", "1"), "paused")
    finally:
        closed.close()


def test_each_request_leaves_one_record_without_secrets(side: Side) -> None:
    records = side.sandbox.records
    records.clear()
    side.client.verify()
    side.fault("*", "expired_token", times=5)
    with pytest.raises(CredentialsInvalid):
        side.client.verify()
    assert records[0].ok
    assert not records[-1].ok
    assert records[-1].error_code
    assert {(r.platform, r.account) for r in records} == {
        (side.name, side.client.config.account_id)
    }
    secrets = side.client.config.secrets
    hidden = [secrets[k] for k in secrets if k != "client_id"]
    assert not any(secret in repr(record) for record in records for secret in hidden)


# Metrics


def rows_of(side: Side, level: Level, ids: set[str], days: int) -> list[MetricRow]:
    last = side.sandbox.today(side.name) - timedelta(days=1)
    found = side.client.read_metrics(level, last - timedelta(days=days - 1), last)
    return [row for row in found if row.remote_id in ids]


def test_metrics_add_up_and_are_restated(
    side: Side, made: tuple[CampaignSpec, list[RemoteRef]]
) -> None:
    _, refs = made
    side.client.set_status(refs[0], "active")
    side.sandbox.advance(days=8)
    campaign = rows_of(side, "campaign", {refs[0].remote_id}, days=7)
    ads = rows_of(side, "ad", {ref.remote_id for ref in refs[2:]}, days=7)
    assert len({row.day for row in campaign}) == len(campaign) >= 5
    assert sum(row.impressions for row in campaign) > 0
    assert sum(row.clicks for row in campaign) > 0
    assert {row.spend.currency for row in campaign} == {"USD"}
    sums: defaultdict[object, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for row in ads:
        values = (Decimal(row.impressions), Decimal(row.clicks), row.spend.amount)
        sums[row.day] = [a + b for a, b in zip(sums[row.day], values)]
    for row in campaign:
        assert sums[row.day] == [row.impressions, row.clicks, row.spend.amount]
    first_seen = {row.day: row.conversions for row in campaign}
    side.sandbox.advance(days=10)
    later = rows_of(side, "campaign", {refs[0].remote_id}, days=17)
    again = {row.day: row.conversions for row in later if row.day in first_seen}
    assert again.keys() == first_seen.keys()
    assert sum(again.values()) > sum(first_seen.values())


def test_archived_campaign_keeps_its_figures(
    side: Side, made: tuple[CampaignSpec, list[RemoteRef]]
) -> None:
    _, refs = made
    side.client.set_status(refs[0], "active")
    side.sandbox.advance(days=4)
    side.client.set_status(refs[0], "archived")
    for level, ids in (
        ("campaign", {refs[0].remote_id}),
        ("ad", {ref.remote_id for ref in refs[2:]}),
    ):
        rows = rows_of(side, level, ids, days=3)  # type: ignore[arg-type]
        assert sum(row.spend.amount for row in rows) > 0


def test_days_without_delivery_have_no_row(
    side: Side, made: tuple[CampaignSpec, list[RemoteRef]]
) -> None:
    _, refs = made
    side.sandbox.advance(days=2)
    assert rows_of(side, "campaign", {refs[0].remote_id}, days=2) == []
