"""Scripted faults as the official client sees them, and what was stored by then."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure  # noqa: TID251
from google.api_core import exceptions

from sandbox.google.server.server import start_google
from sandbox.market.market import Market
from sandbox.world.clock import SandboxClock
from sandbox.world.world import World
from tests.sandbox.google.client import ERRORS, START, GoogleSandbox, client_for, codes

if TYPE_CHECKING:
    from google.api_core.exceptions import GoogleAPICallError

MUTATE = "GoogleAdsService.Mutate"


def made(google: GoogleSandbox) -> list[str]:
    return [row.name for row in google.world.campaigns.values() if not row.outside]


def failure_of(error: GoogleAPICallError) -> GoogleAdsFailure:
    return GoogleAdsFailure.deserialize(error.details[0].value)


def test_throttling_carries_the_advised_delay(google: GoogleSandbox) -> None:
    google.world.faults.add("google", MUTATE, "throttle", seconds=12)
    with pytest.raises(exceptions.ResourceExhausted) as refused:
        google.mutate(google.tree())
    failure = failure_of(refused.value)
    assert codes(failure) == ["quota_error.RESOURCE_EXHAUSTED"]
    delay = failure.errors[0].details.quota_error_details.retry_delay
    assert delay == timedelta(seconds=12)
    assert made(google) == []
    google.mutate(google.tree())
    assert made(google) == ["Autumn search"]


def test_a_server_error_is_internal(google: GoogleSandbox) -> None:
    google.world.faults.add("google", "*", "server_error")
    with pytest.raises(exceptions.InternalServerError) as refused:
        google.search("SELECT customer.id FROM customer")
    assert codes(failure_of(refused.value)) == ["internal_error.INTERNAL_ERROR"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("UNAVAILABLE", exceptions.ServiceUnavailable),
        ("DEADLINE_EXCEEDED", exceptions.DeadlineExceeded),
    ],
)
def test_a_connection_lost_before_leaves_nothing(
    google: GoogleSandbox, status: str, kind: type[Exception]
) -> None:
    google.world.faults.add("google", MUTATE, "timeout_before", status=status)
    with pytest.raises(kind):
        google.mutate(google.tree())
    assert made(google) == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("UNAVAILABLE", exceptions.ServiceUnavailable),
        ("DEADLINE_EXCEEDED", exceptions.DeadlineExceeded),
    ],
)
def test_a_lost_answer_leaves_the_tree(
    google: GoogleSandbox, status: str, kind: type[Exception]
) -> None:
    google.world.faults.add("google", MUTATE, "lose_answer", status=status)
    with pytest.raises(kind):
        google.mutate(google.tree())
    assert made(google) == ["Autumn search"]
    [row] = google.search("SELECT campaign.id FROM campaign WHERE campaign.name = 'Autumn search'")
    with pytest.raises(ERRORS) as refused:
        google.mutate(google.tree())
    assert codes(refused.value.failure)[0] == "campaign_error.DUPLICATE_CAMPAIGN_NAME"
    assert made(google) == ["Autumn search"]
    assert str(row.campaign.id) in google.world.campaigns


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_garbage_answer_is_no_message_whether_or_not_it_was_done(
    google: GoogleSandbox, carried_out: bool
) -> None:
    google.world.faults.add("google", MUTATE, "garbage", carried_out=carried_out)
    with pytest.raises(exceptions.InternalServerError, match="deserializing"):
        google.mutate(google.tree())
    assert made(google) == (["Autumn search"] if carried_out else [])


def test_a_garbage_stream_cannot_be_read(google: GoogleSandbox) -> None:
    google.world.faults.add("google", "*", "garbage")
    with pytest.raises(exceptions.InternalServerError, match="deserializing"):
        google.search("SELECT customer.id FROM customer")


def test_a_slow_answer_meets_the_callers_deadline(google: GoogleSandbox) -> None:
    google.world.faults.add("google", MUTATE, "delay", seconds=0.4)
    with pytest.raises(exceptions.DeadlineExceeded):
        google.service("GoogleAdsService").mutate(
            customer_id=google.customer, mutate_operations=google.tree(), timeout=0.2
        )


def test_a_revoked_token_is_refused_by_the_service(google: GoogleSandbox) -> None:
    google.search("SELECT customer.id FROM customer")
    google.world.faults.add("google", MUTATE, "expired_token")
    with pytest.raises(ERRORS) as refused:
        google.mutate(google.tree())
    assert codes(refused.value.failure) == ["authentication_error.OAUTH_TOKEN_REVOKED"]
    assert made(google) == []


def test_an_unserved_method_is_unimplemented(google: GoogleSandbox) -> None:
    with pytest.raises(exceptions.MethodNotImplemented):
        google.service("LabelService").mutate_labels(
            customer_id=google.customer, operations=[], timeout=5
        )


def test_campaigns_and_tokens_survive_a_restart(google_state_dir: Path, tmp_path: Path) -> None:
    state = tmp_path / "world.db"
    first = GoogleSandbox.start(google_state_dir, START, state_path=state)
    names = first.build()
    credentials = first.client.credentials
    first.stop()
    world = World(11, START, state, clock=SandboxClock(START, ticking=False))
    handle = start_google(world, world.clock, market=Market(world), state_dir=google_state_dir)
    second = GoogleSandbox(
        world, Market(world), handle, client_for(handle, token=credentials.token)
    )
    try:
        [row] = second.search(
            "SELECT ad_group_ad.ad.responsive_search_ad.headlines, campaign.name, "
            f"ad_group.name FROM ad_group_ad WHERE ad_group_ad.resource_name = '{names[5]}'"
        )
        shown = row.ad_group_ad.ad.responsive_search_ad.headlines
        assert shown[0].text == "Warm coats for autumn"
        assert (row.campaign.name, row.ad_group.name) == ("Autumn search", "Everyone")
    finally:
        second.stop()


def test_the_clock_must_be_the_worlds(google_state_dir: Path) -> None:
    world = World(3, START)
    with pytest.raises(ValueError, match="clock: must be the clock of the world"):
        start_google(world, SandboxClock(START), market=Market(world), state_dir=google_state_dir)
