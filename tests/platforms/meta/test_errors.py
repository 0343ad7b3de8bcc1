"""What only Meta does: how its errors are read."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from core.common.money import Money
from platforms.common.calls import Governor, Trace
from platforms.common.error_table import ErrorResponse
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
from platforms.meta import errors
from platforms.meta.client import MetaClient
from platforms.meta.usage import record_usage
from platforms.types import RemoteRef
from tests.platforms.meta.vendor import Vendor, refusal


@pytest.mark.parametrize(
    ("code", "subcode", "kind", "field"),
    [
        ("100", "1885272", Rejected, "daily_budget"),
        ("100", "1885364", Rejected, "countries"),
        ("100", "33", RemoteObjectMissing, None),
        ("100", "", Rejected, None),
        ("190", "463", CredentialsInvalid, None),
        ("200", "", CredentialsInvalid, None),
        ("4", "", RateLimited, None),
        ("80004", "2446079", RateLimited, None),
        ("613", "1487632", RateLimited, None),
        ("368", "", PolicyViolation, None),
        ("2", "", OutcomeUnknown, None),
        ("987", "", Rejected, None),
    ],
)
def test_codes_of_a_refused_write(
    code: str, subcode: str, kind: type[PlatformError], field: str | None
) -> None:
    error = errors.error_of(ErrorResponse("meta", "77", is_write=True, code=code, subcode=subcode))
    assert type(error) is kind
    assert error.field == field


def test_budget_changes_too_often_wait_an_hour() -> None:
    answer = ErrorResponse("meta", "77", is_write=True, code="613", subcode="1487632")
    error = errors.error_of(answer)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 3600


def test_transient_unknown_code_on_a_read_may_be_tried_again() -> None:
    answer = ErrorResponse("meta", "77", is_write=False, code="987")
    assert type(errors.error_of(answer, is_transient=True)) is PlatformUnavailable


@pytest.mark.parametrize(
    ("blamed", "message", "expected"),
    [
        ([["daily_budget"]], "", "daily_budget"),
        ([["targeting", "geo_locations", "countries"]], "", "countries"),
        ([], "Param end_time must be later", "end"),
        ([], "Your budget is too low", "daily_budget"),
        ([], "Invalid parameter", None),
    ],
)
def test_field_at_fault(blamed: list[list[str]], message: str, expected: str | None) -> None:
    assert errors.field_of(blamed, message) == expected


def test_error_in_an_http_200_is_an_error(client: MetaClient, vendor: Vendor) -> None:
    vendor.on("POST 5", refusal(200, code=31, error_subcode=3858385, message="confirm"))
    with pytest.raises(CredentialsInvalid) as raised:
        client.set_status(RemoteRef("campaign", "5"), "active")
    assert (raised.value.vendor_code, raised.value.vendor_subcode) == ("31", "3858385")
    assert raised.value.request_id == "F1"


def test_users_sentence_and_blamed_field_are_kept(client: MetaClient, vendor: Vendor) -> None:
    vendor.on("GET 5", {"id": "5", "name": "x", "daily_budget": "1000"})
    vendor.on(
        "POST 5",
        refusal(
            code=100,
            message="Invalid parameter",
            error_user_msg="The least is $5.00.",
            error_data=json.dumps({"blame_field_specs": [["daily_budget"]]}),
        ),
    )
    with pytest.raises(Rejected) as raised:
        client.set_daily_budget(RemoteRef("campaign", "5"), Money(Decimal("1"), "USD"))
    assert raised.value.field == "daily_budget"
    assert raised.value.vendor_message == "The least is $5.00."


def test_advised_minutes_become_seconds(client: MetaClient, vendor: Vendor) -> None:
    usage = {"77": [{"type": "ads_management", "estimated_time_to_regain_access": 3}]}
    answer = refusal(code=80004, message="too many")
    answer.headers["x-business-use-case-usage"] = json.dumps(usage)
    vendor.on("GET act_77/campaigns", answer)
    with pytest.raises(RateLimited) as raised:
        client.read_structure()
    assert raised.value.retry_after == 180


def test_usage_headers_halt_reads_before_writes() -> None:
    governor = Governor(clock=lambda: 0.0)
    record_usage(governor, {"x-app-usage": '{"call_count": 91, "total_time": 3}'}, Trace())
    assert governor.halt_seconds(is_write=False) > 0
    assert governor.halt_seconds(is_write=True) == 0
    record_usage(governor, {"x-app-usage": "not json"}, Trace())
