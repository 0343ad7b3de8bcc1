"""What only TikTok does. Shapes are checked against a transport that answers from a list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from adsengine.common import clock
from adsengine.common.money import Money
from platforms.calls import Calls, Governor, RetryPolicy
from platforms.errors import (
    CredentialsInvalid,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    PolicyViolation,
    RateLimited,
    Rejected,
    RemoteObjectMissing,
    UnsupportedFeature,
)
from platforms.interface import ClientConfig
from platforms.quirks import Answer
from platforms.references import with_reference
from platforms.tiktok import errors, mapping, reading
from platforms.tiktok.client import TikTokClient
from platforms.types import CampaignChange, RemoteRef, TargetingSpec
from tests.fixtures.specs import ad_spec, campaign_spec, video_ad_spec

CAPABILITIES = TikTokClient.capabilities
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
CAMPAIGN = RemoteRef("campaign", "1700000000000000001")


class Vendor:
    """Answers by path and remembers what was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: dict[str, list[Any]] = {}

    def on(self, path: str, *data: Any) -> None:
        self.answers[path] = list(data)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path.removeprefix("/open_api/v1.3/").strip("/")
        queue = self.answers[path]
        data = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(data, httpx.Response):
            return data
        if "code" in data:
            return httpx.Response(200, json={"request_id": "r1", "data": {}, **data})
        return httpx.Response(
            200, json={"code": 0, "message": "OK", "request_id": "r1", "data": data}
        )

    def sent(self, path: str) -> list[dict[str, Any]]:
        full = f"/open_api/v1.3/{path}/"
        return [json.loads(r.content) for r in self.requests if r.url.path == full]


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def client(vendor: Vendor) -> Iterator[TikTokClient]:
    config = ClientConfig(
        account_id="7000000000000000001",
        currency="USD",
        time_zone="America/New_York",
        secrets={"access_token": "tok-abcdef"},
        options={"identity_id": "9", "identity_type": "TT_USER"},
    )
    calls = Calls(
        "tiktok",
        config,
        governor=Governor(),
        policy=RetryPolicy(attempts=1),
        sleep=lambda _: None,
    )
    made = TikTokClient(config, calls=calls, transport=httpx.MockTransport(vendor))
    yield made
    made.close()


def rows(*found: dict[str, Any]) -> dict[str, Any]:
    return {"list": list(found), "page_info": {"page": 1, "total_page": 1}}


def campaign_row(**changes: Any) -> dict[str, Any]:
    return {
        "campaign_id": CAMPAIGN.remote_id,
        "campaign_name": "Summer [ae-abc]",
        "objective_type": "TRAFFIC",
        "operation_status": "DISABLE",
        "secondary_status": "CAMPAIGN_STATUS_DISABLE",
        "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
        "budget": 80.0,
        **changes,
    }


# Mapping


def test_budget_is_major_units_and_sits_on_the_campaign() -> None:
    body = mapping.campaign_body(campaign_spec(CAPABILITIES, date(2026, 3, 11), amount="80.50"))
    assert body["budget"] == 80.5
    assert body["budget_mode"] == "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"
    assert body["budget_optimize_on"] is True
    assert body["operation_status"] == "DISABLE"


def test_request_id_is_a_64_bit_number_of_the_reference() -> None:
    first = mapping.request_id("ae-aaaaaaaaaaaa")
    assert first == mapping.request_id("ae-aaaaaaaaaaaa")
    assert first != mapping.request_id("ae-aaaaaaaaaaab")
    assert 0 <= int(first) < 2**63


def test_wide_characters_count_twice() -> None:
    name = with_reference("夏" * 400, "ae-abc", mapping.NAME_LIMIT, mapping.name_size)
    assert name == "夏" * 251 + " [ae-abc]"


def test_ages_become_brackets_and_are_always_named() -> None:
    everybody = TargetingSpec(countries=("US",))
    assert mapping.age_groups(everybody) == [
        "AGE_18_24",
        "AGE_25_34",
        "AGE_35_44",
        "AGE_45_54",
        "AGE_55_100",
    ]
    some = replace(everybody, age_min=25, age_max=44)
    assert mapping.age_groups(some) == ["AGE_25_34", "AGE_35_44"]


@pytest.mark.parametrize(
    ("ages", "field"), [((20, 44), "age_min"), ((25, 40), "age_max"), ((35, 34), "age_max")]
)
def test_ages_between_brackets_are_refused(ages: tuple[int, int], field: str) -> None:
    spec = TargetingSpec(countries=("US",), age_min=ages[0], age_max=ages[1])
    with pytest.raises(Rejected) as refusal:
        mapping.age_groups(spec)
    assert refusal.value.field == field


def test_schedule_is_utc_of_the_accounts_days() -> None:
    end = date(2026, 3, 20)
    assert mapping.schedule(date(2026, 3, 12), end, "America/New_York", NOW) == {
        "schedule_type": "SCHEDULE_START_END",
        "schedule_start_time": "2026-03-12 04:00:00",
        "schedule_end_time": "2026-03-21 03:59:59",
    }


def test_past_start_becomes_now_and_past_end_is_refused() -> None:
    assert mapping.schedule(date(2026, 3, 1), None, "UTC", NOW) == {
        "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": "2026-03-10 09:30:00",
    }
    with pytest.raises(Rejected) as refusal:
        mapping.schedule(date(2026, 3, 1), date(2026, 3, 9), "UTC", NOW)
    assert refusal.value.field == "end"


def test_report_windows_hold_thirty_days_at_most() -> None:
    found = list(reading.windows(date(2026, 1, 1), date(2026, 3, 5)))
    assert found == [
        (date(2026, 1, 1), date(2026, 1, 30)),
        (date(2026, 1, 31), date(2026, 3, 1)),
        (date(2026, 3, 2), date(2026, 3, 5)),
    ]


def test_dash_in_a_report_is_nothing() -> None:
    row = {
        "dimensions": {"campaign_id": "5", "stat_time_day": "2026-03-01 00:00:00"},
        "metrics": {
            "spend": "12.50",
            "impressions": "1000",
            "clicks": "21",
            "complete_payment": "-",
            "total_complete_payment_rate": "-",
        },
    }
    metric = reading.metric_row("campaign", row, "USD")
    assert metric.conversions == 0
    assert metric.revenue == Money(Decimal(0), "USD")
    assert metric.spend == Money(Decimal("12.50"), "USD")
    assert (metric.day, metric.impressions, metric.clicks) == (date(2026, 3, 1), 1000, 21)


@pytest.mark.parametrize(
    ("secondary", "switch", "expected"),
    [
        ("CAMPAIGN_STATUS_ENABLE", "ENABLE", "active"),
        ("CAMPAIGN_STATUS_DISABLE", "DISABLE", "paused"),
        ("ADGROUP_STATUS_CAMPAIGN_DISABLE", "ENABLE", "active"),
        ("AD_STATUS_AUDIT", "ENABLE", "in_review"),
        ("AD_STATUS_AUDIT_DENY", "ENABLE", "rejected"),
        ("ADGROUP_STATUS_TIME_DONE", "ENABLE", "ended"),
        ("CAMPAIGN_STATUS_DELETE", "DELETE", "absent"),
        (None, "ENABLE", "active"),
        (None, None, "unknown"),
    ],
)
def test_status_words(secondary: str | None, switch: str | None, expected: str) -> None:
    assert (
        reading.status_of({"secondary_status": secondary, "operation_status": switch}) == expected
    )


def test_budgets_on_ad_groups_are_summed() -> None:
    groups = [{"budget_mode": "BUDGET_MODE_DAY", "budget": b} for b in (20.0, 30.5)]
    row = campaign_row(budget_mode="BUDGET_MODE_INFINITE", budget=0)
    assert reading.daily_budget(row, groups, "USD") == (Money(Decimal("50.5"), "USD"), "ad_group")
    total = campaign_row(budget_mode="BUDGET_MODE_TOTAL")
    assert reading.daily_budget(total, [], "USD") == (None, "campaign")


# Errors


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
        ("40100", "Too many requests.", RateLimited, None),
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
    answer = Answer("tiktok", "7", is_write=True, code=code, message=message)
    error = errors.error_of(answer)
    assert type(error) is kind
    assert error.field == field
    assert error.vendor_code == code
    assert error.vendor_message == message


def test_unlisted_code_says_so() -> None:
    error = errors.error_of(Answer("tiktok", "7", is_write=False, code="49999"))
    assert "49999" in error.user_message


def test_platform_fault_on_a_read_may_be_tried_again() -> None:
    error = errors.error_of(Answer("tiktok", "7", is_write=False, code="50000"))
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


# The wire


def test_token_travels_in_the_header_and_lists_as_json(
    client: TikTokClient, vendor: Vendor
) -> None:
    info = {"advertiser_id": "7", "status": "STATUS_ENABLE", "currency": "USD", "timezone": "UTC"}
    vendor.on("advertiser/info", {"list": [info]})
    client.verify()
    request = vendor.requests[0]
    assert request.headers["Access-Token"] == "tok-abcdef"
    assert "tok-abcdef" not in str(request.url)
    assert request.url.path == "/open_api/v1.3/advertiser/info/"
    assert json.loads(request.url.params["advertiser_ids"]) == ["7000000000000000001"]


def test_campaign_that_was_created_enabled_is_switched_off(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("campaign/create", {"campaign_id": "5"})
    vendor.on("campaign/get", rows(campaign_row(campaign_id="5", operation_status="ENABLE")))
    vendor.on("campaign/status/update", {"campaign_ids": ["5"]})
    refs = client.create_campaign(campaign_spec(CAPABILITIES, date(2026, 3, 11)))
    assert [ref.remote_id for ref in refs] == ["5"]
    assert vendor.sent("campaign/status/update") == [
        {
            "advertiser_id": "7000000000000000001",
            "campaign_ids": ["5"],
            "operation_status": "DISABLE",
        }
    ]


def test_failed_read_back_after_a_create_is_an_unknown_outcome(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("campaign/create", {"campaign_id": "5"})
    vendor.on("campaign/get", {"code": 50000, "message": "system error"})
    with pytest.raises(OutcomeUnknown):
        client.create_campaign(campaign_spec(CAPABILITIES, date(2026, 3, 11)))


def test_duplicate_request_id_finds_what_the_first_one_made(
    client: TikTokClient, vendor: Vendor
) -> None:
    spec = campaign_spec(CAPABILITIES, date(2026, 3, 11))
    made = campaign_row(campaign_id="5", campaign_name=f"Summer sale [{spec.reference}]")
    vendor.on("campaign/create", {"code": 40050, "message": "duplicate request"})
    vendor.on("campaign/get", rows(made))
    assert [ref.remote_id for ref in client.create_campaign(spec)] == ["5"]


def test_create_that_names_no_id_is_an_unknown_outcome(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("campaign/create", {"campaign_name": "x"})
    with pytest.raises(OutcomeUnknown):
        client.create_campaign(campaign_spec(CAPABILITIES, date(2026, 3, 11)))


def test_image_goes_up_once_with_its_signature(client: TikTokClient, vendor: Vendor) -> None:
    vendor.on("file/image/ad/upload", {"image_id": "img1"})
    vendor.on("ad/create", {"ad_ids": ["11"]}, {"ad_ids": ["12"]})
    group = RemoteRef("ad_group", "6", CAMPAIGN.remote_id)
    specs = [ad_spec(CAPABILITIES), ad_spec(CAPABILITIES)]
    refs = [client.create_ad(group, spec) for spec in specs]
    assert [ref.remote_id for ref in refs] == ["11", "12"]
    uploads = [r for r in vendor.requests if r.url.path.endswith("upload/")]
    assert len(uploads) == 1
    assert specs[0].image is not None
    signature = hashlib.md5(specs[0].image.content).hexdigest()  # noqa: S324 - TikTok's choice
    assert signature.encode() in uploads[0].content
    creative = vendor.sent("ad/create")[0]["creatives"][0]
    assert creative["image_ids"] == ["img1"]
    assert creative["ad_text"] == specs[0].descriptions[0]
    assert (creative["identity_id"], creative["identity_type"]) == ("9", "TT_USER")


def test_video_goes_up_with_its_signature_and_one_cover(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("file/video/ad/search", rows())
    vendor.on("file/video/ad/upload", [{"video_id": "v1"}])
    vendor.on("file/video/ad/info", rows({"displayable": False}), rows({"displayable": True}))
    vendor.on("file/image/ad/upload", {"image_id": "img1"})
    vendor.on("ad/create", {"ad_ids": ["11"]}, {"ad_ids": ["12"]})
    group = RemoteRef("ad_group", "6", CAMPAIGN.remote_id)
    specs = [video_ad_spec(CAPABILITIES, b"abcdef") for _ in range(2)]
    assert [client.create_ad(group, spec).remote_id for spec in specs] == ["11", "12"]
    sent = [r for r in vendor.requests if "/video/ad/upload" in r.url.path]
    assert len(sent) == 1
    signature = hashlib.md5(b"abcdef").hexdigest()  # noqa: S324 - TikTok's choice
    assert f'name="video_signature"\r\n\r\n{signature}\r\n'.encode() in sent[0].content
    assert b'name="video_file"' in sent[0].content
    assert b"\r\n\r\nabcdef\r\n" in sent[0].content
    creative = vendor.sent("ad/create")[0]["creatives"][0]
    assert (creative["ad_format"], creative["video_id"]) == ("SINGLE_VIDEO", "v1")
    assert creative["image_ids"] == ["img1"]


def test_a_video_that_is_there_is_used(client: TikTokClient, vendor: Vendor) -> None:
    signature = hashlib.md5(b"abcdef").hexdigest()  # noqa: S324 - TikTok's choice
    other = {"video_id": "v8", "signature": "0" * 32}
    vendor.on("file/video/ad/search", rows(other, {"video_id": "v9", "signature": signature}))
    vendor.on("file/video/ad/info", rows({"displayable": True}))
    vendor.on("file/image/ad/upload", {"image_id": "img1"})
    vendor.on("ad/create", {"ad_ids": ["11"]})
    group = RemoteRef("ad_group", "6", CAMPAIGN.remote_id)
    client.create_ad(group, video_ad_spec(CAPABILITIES, b"abcdef"))
    assert vendor.sent("ad/create")[0]["creatives"][0]["video_id"] == "v9"


def test_a_refused_look_up_does_not_keep_a_video_from_going_up(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("file/video/ad/search", {"code": 40002, "message": "filtering: unknown"})
    vendor.on("file/video/ad/upload", [{"video_id": "v1"}])
    vendor.on("file/video/ad/info", rows({"displayable": True}))
    vendor.on("file/image/ad/upload", {"image_id": "img1"})
    vendor.on("ad/create", {"ad_ids": ["11"]})
    group = RemoteRef("ad_group", "6", CAMPAIGN.remote_id)
    client.create_ad(group, video_ad_spec(CAPABILITIES, b"abcdef"))
    assert vendor.sent("ad/create")[0]["creatives"][0]["video_id"] == "v1"


def test_budget_change_that_tiktok_ignores_is_noticed(client: TikTokClient, vendor: Vendor) -> None:
    vendor.on("campaign/get", rows(campaign_row(budget=80.0)))
    vendor.on("campaign/update", {"campaign_id": CAMPAIGN.remote_id})
    with pytest.raises(Rejected) as raised:
        client.set_daily_budget(CAMPAIGN, Money(Decimal("90"), "USD"))
    assert raised.value.field == "daily_budget"


def test_total_budget_is_not_changed_as_a_daily_one(client: TikTokClient, vendor: Vendor) -> None:
    vendor.on("campaign/get", rows(campaign_row(budget_mode="BUDGET_MODE_TOTAL")))
    with pytest.raises(Rejected) as raised:
        client.set_daily_budget(CAMPAIGN, Money(Decimal("90"), "USD"))
    assert raised.value.field == "daily_budget"
    assert vendor.sent("campaign/update") == []


def test_nothing_to_update_is_a_success(client: TikTokClient, vendor: Vendor) -> None:
    vendor.on("campaign/status/update", {"code": 40012, "message": "nothing to update"})
    client.set_status(CAMPAIGN, "paused")
    assert len(vendor.requests) == 1


def test_partly_done_names_what_failed(client: TikTokClient, vendor: Vendor) -> None:
    failed = {"error_list": [{"adgroup_id": "6", "error_message": "budget too low"}]}
    vendor.on("adgroup/status/update", {"code": 20001, "message": "partial", "data": failed})
    with pytest.raises(Rejected) as raised:
        client.set_status(RemoteRef("ad_group", "6"), "active")
    assert raised.value.vendor_message == "budget too low"


def test_pages_are_followed(client: TikTokClient, vendor: Vendor) -> None:
    pages = [
        {"list": [campaign_row(campaign_id=str(n))], "page_info": {"page": n, "total_page": 2}}
        for n in (1, 2)
    ]
    vendor.on("campaign/get", *pages)
    vendor.on("adgroup/get", rows())
    vendor.on("ad/get", rows())
    assert [c.remote_id for c in client.read_structure()] == ["1", "2"]
    assert [r.url.params["page"] for r in vendor.requests[:2]] == ["1", "2"]


def test_dates_and_political_ads_are_refused(client: TikTokClient, vendor: Vendor) -> None:
    spec = campaign_spec(CAPABILITIES, date(2026, 3, 11))
    refused: list[Callable[[], Any]] = [
        lambda: client.update_campaign(CAMPAIGN, CampaignChange(end=date(2026, 4, 1))),
        lambda: client.create_campaign(replace(spec, political_ads=True)),
        lambda: client.create_campaign(replace(spec, objective="awareness")),
    ]
    for attempt in refused:
        with pytest.raises(UnsupportedFeature):
            attempt()
    assert vendor.requests == []


def test_market_clock_decides_what_now_is(client: TikTokClient, vendor: Vendor) -> None:
    region = {"region_code": "US", "level": "COUNTRY", "location_id": "6252001"}
    vendor.on("tool/region", {"region_info": [region]})
    vendor.on("adgroup/create", {"adgroup_id": "6"})
    spec = campaign_spec(CAPABILITIES, date(2026, 3, 1))
    with clock.frozen(NOW):
        client.create_ad_group(CAMPAIGN, spec.ad_groups[0], spec)
    body = vendor.sent("adgroup/create")[0]
    assert body["schedule_start_time"] == "2026-03-10 09:30:00"
    assert body["location_ids"] == ["6252001"]
