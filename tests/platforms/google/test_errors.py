"""What only Google does: the errors that its SDK raises."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.ads.googleads.errors import GoogleAdsException  # noqa: TID251
from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure  # noqa: TID251
from google.api_core.exceptions import InternalServerError, ResourceExhausted, ServiceUnavailable
from google.auth.exceptions import RefreshError, TransportError
from google.protobuf.any_pb2 import Any as AnyMessage

from platforms.errors import (
    CredentialsInvalid,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    PolicyViolation,
    RateLimited,
    Rejected,
    RemoteObjectMissing,
)
from platforms.google import errors
from platforms.google.errors import Failure
from platforms.google.failures import failure_of


@pytest.mark.parametrize(
    ("code", "kind", "field"),
    [
        ("campaign_budget_error.BUDGET_BELOW_PER_DAY_MINIMUM", Rejected, "daily_budget"),
        ("campaign_error.DUPLICATE_CAMPAIGN_NAME", Rejected, "name"),
        ("authentication_error.OAUTH_TOKEN_INVALID", CredentialsInvalid, None),
        ("authorization_error.USER_PERMISSION_DENIED", CredentialsInvalid, None),
        ("quota_error.RESOURCE_EXHAUSTED", RateLimited, None),
        ("mutate_error.RESOURCE_NOT_FOUND", RemoteObjectMissing, None),
        ("policy_finding_error.POLICY_FINDING", PolicyViolation, None),
        ("database_error.CONCURRENT_MODIFICATION", PlatformUnavailable, None),
        ("internal_error.TRANSIENT_ERROR", OutcomeUnknown, None),
        ("INTERNAL", OutcomeUnknown, None),
        ("UNAVAILABLE", OutcomeUnknown, None),
        ("DEADLINE_EXCEEDED", OutcomeUnknown, None),
        ("RESOURCE_EXHAUSTED", RateLimited, None),
        ("brand_new_error.SURPRISE", Rejected, None),
    ],
)
def test_codes_of_a_refused_write(code: str, kind: type[PlatformError], field: str | None) -> None:
    error = errors.error_of(Failure(code), "1", is_write=True)
    assert type(error) is kind
    assert error.field == field
    assert error.vendor_code == code


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("failed to connect to all addresses; Connection refused", PlatformUnavailable),
        ("DNS resolution failed for localhost", PlatformUnavailable),
        ("Getting metadata from plugin failed: timed out", PlatformUnavailable),
        ("Getting metadata from plugin failed: ('invalid_grant: revoked')", CredentialsInvalid),
        ("Socket closed", OutcomeUnknown),
    ],
)
def test_unavailable_is_told_apart_by_its_sentence(message: str, kind: type[PlatformError]) -> None:
    error = errors.error_of(Failure("UNAVAILABLE", message), "1", is_write=True)
    assert type(error) is kind


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (
            ("mutate_operations", "campaign_budget_operation", "create", "amount_micros"),
            "daily_budget",
        ),
        (
            (
                "mutate_operations",
                "ad_group_ad_operation",
                "create",
                "ad",
                "responsive_search_ad",
                "headlines",
                "text",
            ),
            "headlines",
        ),
        (
            ("mutate_operations", "ad_group_criterion_operation", "create", "keyword", "text"),
            "keywords",
        ),
        (("mutate_operations",), None),
    ],
)
def test_field_at_fault_is_the_innermost_we_know(path: tuple[str, ...], field: str | None) -> None:
    assert errors.field_of(path) == field


def ads_failure(*found: dict[str, Any]) -> GoogleAdsFailure:
    return GoogleAdsFailure({"errors": list(found)})


def test_consequences_do_not_hide_the_cause() -> None:
    failure = ads_failure(
        {
            "error_code": {"new_resource_creation_error": "TEMP_ID_RESOURCE_HAD_ERRORS"},
            "message": "consequence",
        },
        {
            "error_code": {"campaign_budget_error": "BUDGET_BELOW_PER_DAY_MINIMUM"},
            "message": "too low",
            "location": {"field_path_elements": [{"field_name": "amount_micros"}]},
            "details": {
                "budget_per_day_minimum_error_details": {"minimum_budget_amount_micros": 5_000_000}
            },
        },
    )
    found = failure_of(GoogleAdsException(None, None, failure, "R1"))
    assert found == Failure(
        code="campaign_budget_error.BUDGET_BELOW_PER_DAY_MINIMUM",
        message="too low",
        path=("amount_micros",),
        request_id="R1",
        minimum_micros=5_000_000,
    )
    error = errors.error_of(found, "1", is_write=True)
    assert error.field == "daily_budget"
    assert "5.00" in error.user_message


def test_quota_failure_is_recovered_from_a_plain_grpc_error() -> None:
    failure = ads_failure(
        {
            "error_code": {"quota_error": "RESOURCE_TEMPORARILY_EXHAUSTED"},
            "message": "slow down",
            "details": {"quota_error_details": {"retry_delay": {"seconds": 7}}},
        }
    )
    packed = AnyMessage(
        type_url="type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure",
        value=GoogleAdsFailure.serialize(failure),
    )
    found = failure_of(ResourceExhausted("too many", details=[packed]))
    assert (found.code, found.retry_after) == ("quota_error.RESOURCE_TEMPORARILY_EXHAUSTED", 7.0)
    error = errors.error_of(found, "1", is_write=False)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7.0


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (InternalServerError("x"), "INTERNAL"),
        (ServiceUnavailable("Socket closed"), "UNAVAILABLE"),
        (RefreshError("invalid_grant"), "UNAUTHENTICATED"),
        (TransportError("no route"), "UNAVAILABLE"),
    ],
)
def test_plain_errors_keep_their_status(raised: Exception, code: str) -> None:
    assert failure_of(raised).code == code


def test_grpc_error_as_it_is() -> None:
    class Lost(grpc.RpcError):
        def code(self) -> grpc.StatusCode:
            return grpc.StatusCode.UNAVAILABLE

        def details(self) -> str:
            return "Socket closed"

    assert failure_of(Lost()) == Failure("UNAVAILABLE", "Socket closed")
