"""What only TikTok does: how its errors are read."""

from __future__ import annotations

import httpx
import pytest

from platforms.common.error_table import ErrorResponse
from platforms.errors import (
    CallsUsedUp,
    CredentialsInvalid,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    PolicyViolation,
    Rejected,
    RemoteObjectMissing,
)
from platforms.tiktok import errors
from platforms.tiktok.client import TikTokClient
from tests.platforms.tiktok.vendor import CAMPAIGN, Vendor


@pytest.mark.parametrize(
    ("code", "message", "kind", "field"),
    [
        ("40002", "budget must be at least 50 USD", Rejected, "daily_budget"),
        ("40002", "Missing required field(s): location_ids", Rejected, "countries"),
        ("40002", "The ad violates our advertising policy", PolicyViolation, None),
        ("40001", "No permission to operate advertiser 7", CredentialsInvalid, None),
        ("40001", "No permission for this campaign", Rejected, None),
        ("40007", "gone", RemoteObjectMissing, None),
        ("40065", "13-17", Rejected, "age_min"),
        ("40100", "Too many requests.", CallsUsedUp, None),
        ("40105", "wrong token", CredentialsInvalid, None),
        ("40202", "conflict", PlatformUnavailable, None),
        ("50000", "system", OutcomeUnknown, None),
        ("51305", "dependency", OutcomeUnknown, None),
        ("60001", "maintenance", PlatformUnavailable, None),
        ("49999", "new", Rejected, None),
    ],
)
def test_codes_of_a_refused_write(
    code: str, message: str, kind: type[PlatformError], field: str | None
) -> None:
    answer = ErrorResponse("tiktok", "7", is_write=True, code=code, message=message)
    error = errors.error_of(answer)
    assert type(error) is kind
    assert error.field == field
    assert error.vendor_code == code
    assert error.vendor_message == message


def test_unlisted_code_says_so() -> None:
    error = errors.error_of(ErrorResponse("tiktok", "7", is_write=False, code="49999"))
    assert "49999" in error.user_message


def test_platform_fault_on_a_read_may_be_tried_again() -> None:
    error = errors.error_of(ErrorResponse("tiktok", "7", is_write=False, code="50000"))
    assert type(error) is PlatformUnavailable


def test_error_in_an_http_200_is_an_error(client: TikTokClient, vendor: Vendor) -> None:
    vendor.on("advertiser/info", {"code": 40105, "message": "Access token is incorrect"})
    with pytest.raises(CredentialsInvalid) as raised:
        client.verify()
    assert raised.value.request_id == "r1"
    assert raised.value.account == "7000000000000000001"


@pytest.mark.parametrize(
    ("status", "kind"), [(502, OutcomeUnknown), (404, Rejected), (200, OutcomeUnknown)]
)
def test_answer_without_envelope(
    client: TikTokClient, vendor: Vendor, status: int, kind: type[PlatformError]
) -> None:
    vendor.on("campaign/status/update", httpx.Response(status, text="<html>"))
    with pytest.raises(kind):
        client.set_status(CAMPAIGN, "active")
