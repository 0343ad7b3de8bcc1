"""All three clients fail alike, and leave no doubles."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal

import pytest

from core.common.money import Money
from platforms.common.calls import RetryPolicy
from platforms.errors import CredentialsInvalid, OutcomeUnknown, PlatformUnavailable, RateLimited
from platforms.types import RemoteRef
from tests.platforms.contract.side import Made, Side

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


def test_throttled_read_is_tried_again_unless_the_vendor_asks_for_minutes(side: Side) -> None:
    """The emulators of Google and Meta advise a wait beyond a call's patience."""
    side.fault("*", "throttle")
    if side.name == "tiktok":
        assert side.client.read_structure()
        return
    with pytest.raises(RateLimited) as raised:
        side.client.read_structure()
    assert raised.value.retry_after > RetryPolicy().longest_total_wait


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


def test_answer_lost_after_a_budget_change_is_an_unknown_outcome(side: Side, made: Made) -> None:
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
