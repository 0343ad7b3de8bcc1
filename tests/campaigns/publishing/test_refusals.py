"""What refuses a change follows from the error's type; older rows are filled in by their codes."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from campaigns.models import PublishRequest
from campaigns.publishing.refusals import refusal_of
from core.common.errors import (
    AdsEngineError,
    ContentAltered,
    GuardrailExceeded,
    InvalidInput,
    SpendStopped,
)
from core.jobs import Postponed
from core.models import Advertiser
from platforms.errors import (
    CredentialsInvalid,
    OutcomeUnknown,
    PlatformUnavailable,
    PolicyViolation,
    UnsupportedFeature,
)
from tests.campaigns.publishing.launched import launched


@pytest.mark.parametrize(
    ("err", "refusal"),
    [
        (SpendStopped("Stop."), "advertiser_stop"),
        (SpendStopped("Stop.", platform="meta"), "platform_stop"),
        (GuardrailExceeded("Too much.", code="stopped"), "limit"),
        (ContentAltered("Another text."), "content"),
        (InvalidInput("No picture."), "content"),
        (PolicyViolation("No.", platform="meta"), "platform"),
        (UnsupportedFeature("meta", "dates"), "platform"),
        (PlatformUnavailable("Later.", platform="meta"), ""),
        (OutcomeUnknown("Perhaps.", platform="meta"), ""),
        (CredentialsInvalid("Sign in.", platform="meta"), ""),
        (Postponed("Later."), ""),
    ],
)
def test_type_of_the_error_says_what_refuses(err: AdsEngineError, refusal: str) -> None:
    assert refusal_of(err) == refusal


@pytest.mark.parametrize(
    ("state", "code", "refusal"),
    [
        ("refused", "stopped", "advertiser_stop"),
        ("refused", "platform_stopped", "platform_stop"),
        ("refused", "guardrail", "limit"),
        ("refused", "limit_currency", "limit"),
        ("refused", "not_adopted", "limit"),
        ("refused", "altered", "content"),
        ("refused", "invalid_input", "content"),
        ("refused", "policy_violation", "platform"),
        ("refused", "", "platform"),
        ("waiting", "rate_limited", ""),
        ("done", "", ""),
    ],
)
def test_rows_of_before_are_filled_in(
    advertiser: Advertiser, state: str, code: str, refusal: str
) -> None:
    campaign = launched(advertiser, "Boots")[0]
    request = PublishRequest.objects.create(
        account=campaign.account,
        campaign=campaign,
        operation="set_budget",
        target_type="campaign",
        target_id=campaign.pk,
        content_hash="x",
        actor_kind="worker",
        actor_name="optimiser",
        state=state,
        error_code=code,
    )
    import_module("campaigns.migrations.0010_publish_request_refusal").fill_refusal(apps, None)
    request.refresh_from_db()
    assert request.refusal == refusal
