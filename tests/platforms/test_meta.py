"""What only Meta does. Shapes are checked against a transport that answers from a list."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

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
)
from platforms.interface import ClientConfig
from platforms.meta import errors, mapping, money, reading
from platforms.meta.api import note_usage
from platforms.meta.client import MetaClient
from platforms.quirks import Answer
from platforms.types import CampaignChange, RemoteRef, TargetingSpec
from tests.fixtures.specs import ad_spec, campaign_spec, in_countries, video_ad_spec

CAPABILITIES = MetaClient.capabilities
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
TOKEN, APP_SECRET = "tok-abcdef", "app-secret-1"
PROOF = hmac.new(APP_SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()


class Vendor:
    """Answers by method and path and remembers what was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: dict[str, list[Any]] = {}

    def on(self, call: str, *answers: Any) -> None:
        self.answers[call] = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        queue = self.answers[f"{request.method} {request.url.path.removeprefix('/v26.0/')}"]
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def forms(self, path: str) -> list[dict[str, str]]:
        return [
            {key: values[0] for key, values in parse_qs(r.content.decode()).items()}
            for r in self.requests
            if r.method == "POST" and r.url.path == f"/v26.0/{path}"
        ]


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def client(vendor: Vendor) -> Iterator[MetaClient]:
    config = ClientConfig(
        account_id="77",
        currency="USD",
        time_zone="America/New_York",
        secrets={"access_token": TOKEN, "app_secret": APP_SECRET},
        options={"page_id": "99"},
    )
    policy = RetryPolicy(attempts=1)
    calls = Calls("meta", config, governor=Governor(), policy=policy, sleep=lambda _: None)
    made = MetaClient(config, calls=calls, transport=httpx.MockTransport(vendor))
    yield made
    made.close()


def refusal(status: int = 400, **error: Any) -> httpx.Response:
    return httpx.Response(status, json={"error": {"fbtrace_id": "F1", **error}})


# Mapping


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("12.34", "USD", 1234), ("1200", "JPY", 1200), ("500", "TWD", 500), ("500", "HUF", 500)],
)
def test_budgets_use_metas_own_minor_units(amount: str, currency: str, minor: int) -> None:
    budget = Money(Decimal(amount), currency)
    assert money.to_minor(budget) == minor
    assert money.from_minor(str(minor), currency) == budget


@pytest.mark.parametrize(("amount", "currency"), [("500.50", "TWD"), ("12", "KWD"), ("12", "XOF")])
def test_amounts_that_meta_would_misread_are_refused(amount: str, currency: str) -> None:
    with pytest.raises(Rejected) as raised:
        money.to_minor(Money(Decimal(amount), currency))
    assert raised.value.field == "daily_budget"


def test_campaign_carries_the_budget_and_says_nothing_of_sharing() -> None:
    fields = mapping.campaign_fields(campaign_spec(CAPABILITIES, date(2026, 3, 11), amount="80.50"))
    assert fields["daily_budget"] == 8050
    assert fields["status"] == "PAUSED"
    assert fields["special_ad_categories"] == []
    assert "is_adset_budget_sharing_enabled" not in fields


def test_political_ads_name_category_and_countries() -> None:
    spec = in_countries(campaign_spec(CAPABILITIES, date(2026, 3, 11)), "US", "CA")
    fields = mapping.campaign_fields(replace(spec, political_ads=True))
    assert fields["special_ad_categories"] == ["ISSUES_ELECTIONS_POLITICS"]
    assert fields["special_ad_category_country"] == ["CA", "US"]


def test_ages_stay_limits() -> None:
    spec = TargetingSpec(countries=("US",), age_min=25, age_max=44, gender="female")
    assert mapping.targeting(spec) == {
        "geo_locations": {"countries": ["US"]},
        "age_min": 25,
        "age_max": 44,
        "genders": [2],
        "targeting_automation": {"advantage_audience": 0},
    }
    assert "genders" not in mapping.targeting(TargetingSpec(countries=("US",)))


@pytest.mark.parametrize(
    ("ages", "field"), [((17, 30), "age_min"), ((30, 20), "age_max"), ((30, 70), "age_max")]
)
def test_impossible_ages_are_refused(ages: tuple[int, int], field: str) -> None:
    with pytest.raises(Rejected) as raised:
        mapping.targeting(TargetingSpec(countries=("US",), age_min=ages[0], age_max=ages[1]))
    assert raised.value.field == field


def test_days_carry_the_offset_of_the_account() -> None:
    assert mapping.times(date(2026, 3, 12), date(2026, 3, 20), "America/New_York", NOW) == {
        "start_time": "2026-03-12T00:00:00-0400",
        "end_time": "2026-03-20T23:59:59-0400",
    }
    assert mapping.times(date(2026, 3, 1), None, "America/New_York", NOW) == {}


def test_ads_in_europe_name_who_benefits() -> None:
    assert mapping.needs_dsa(TargetingSpec(countries=("US", "DE")))
    assert not mapping.needs_dsa(TargetingSpec(countries=("US", "GB")))
    assert mapping.dsa_fields({}, "Shoes Ltd") == {
        "dsa_beneficiary": "Shoes Ltd",
        "dsa_payor": "Shoes Ltd",
    }
    own = {"dsa_beneficiary": "A", "dsa_payor": "B"}
    assert mapping.dsa_fields(own, "Shoes Ltd") == own
    with pytest.raises(Rejected):
        mapping.dsa_fields({}, "")


def test_one_purchase_type_is_chosen_and_never_summed() -> None:
    actions = [
        {"action_type": "offsite_conversion.fb_pixel_purchase", "value": "3"},
        {"action_type": "purchase", "value": "4"},
        {"action_type": "link_click", "value": "90"},
    ]
    assert reading.purchases(actions) == 4
    assert reading.purchases([*actions, {"action_type": "omni_purchase", "value": "5.5"}]) == (
        Decimal("5.5")
    )
    assert reading.purchases(None) == 0


def test_missing_metrics_are_zero_and_spend_is_major_units() -> None:
    row = {"campaign_id": "1", "date_start": "2026-03-01", "impressions": "10", "spend": "1.25"}
    metric = reading.metric_row("campaign", row, "USD")
    assert (metric.clicks, metric.conversions) == (0, Decimal(0))
    assert metric.spend == Money(Decimal("1.25"), "USD")
    assert metric.revenue == Money(Decimal(0), "USD")


@pytest.mark.parametrize(
    ("effective", "configured", "expected"),
    [
        ("ACTIVE", "ACTIVE", "active"),
        ("PAUSED", "PAUSED", "paused"),
        ("CAMPAIGN_PAUSED", "ACTIVE", "active"),
        ("PENDING_REVIEW", "ACTIVE", "in_review"),
        ("DISAPPROVED", "ACTIVE", "rejected"),
        ("WITH_ISSUES", "ACTIVE", "active"),
        ("DELETED", "DELETED", "absent"),
        ("ARCHIVED", "ARCHIVED", "absent"),
    ],
)
def test_status_words(effective: str, configured: str, expected: str) -> None:
    row = {"effective_status": effective, "configured_status": configured}
    assert reading.status_of(row) == expected


def test_budgets_on_ad_sets_are_summed() -> None:
    sets = [{"daily_budget": "2000"}, {"daily_budget": "3050"}, {"daily_budget": "0"}]
    found = reading.daily_budget({"daily_budget": "0"}, sets, "USD")
    assert found == (Money(Decimal("50.50"), "USD"), "ad_group")
    assert reading.daily_budget({"lifetime_budget": "9000"}, sets, "USD") == (None, "campaign")


# Errors


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
    error = errors.error_of(Answer("meta", "77", is_write=True, code=code, subcode=subcode))
    assert type(error) is kind
    assert error.field == field


def test_budget_changes_too_often_wait_an_hour() -> None:
    answer = Answer("meta", "77", is_write=True, code="613", subcode="1487632")
    error = errors.error_of(answer)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 3600


def test_transient_unknown_code_on_a_read_may_be_tried_again() -> None:
    answer = Answer("meta", "77", is_write=False, code="987")
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
    note_usage(governor, {"x-app-usage": '{"call_count": 91, "total_time": 3}'})
    assert governor.halted_for(is_write=False) > 0
    assert governor.halted_for(is_write=True) == 0
    note_usage(governor, {"x-app-usage": "not json"})


# The wire


def test_token_is_in_no_address(client: MetaClient, vendor: Vendor) -> None:
    vendor.on("GET act_77/campaigns", {"data": []})
    vendor.on("GET act_77/adsets", {"data": []})
    vendor.on("GET act_77/ads", {"data": []})
    vendor.on("POST 5", {"success": True})
    client.read_structure()
    client.set_status(RemoteRef("campaign", "5"), "paused")
    for request in vendor.requests:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in str(request.url)
        assert APP_SECRET not in str(request.url)
        assert TOKEN.encode() not in request.content
    assert vendor.requests[0].url.params["appsecret_proof"] == PROOF
    assert vendor.forms("5") == [{"status": "PAUSED", "appsecret_proof": PROOF}]


def test_lists_and_booleans_are_json_in_the_form(client: MetaClient, vendor: Vendor) -> None:
    vendor.on("POST act_77/campaigns", {"id": "5"})
    client.create_campaign(campaign_spec(CAPABILITIES, date(2026, 3, 11)))
    form = vendor.forms("act_77/campaigns")[0]
    assert form["special_ad_categories"] == "[]"
    assert form["daily_budget"] == "20000"


def test_pages_are_followed_while_there_is_a_next(client: MetaClient, vendor: Vendor) -> None:
    rows = [{"campaign_id": str(n), "date_start": "2026-03-01"} for n in (1, 2)]
    vendor.on(
        "GET act_77/insights",
        {"data": rows[:1], "paging": {"cursors": {"after": "c1"}, "next": "http://x"}},
        {"data": rows[1:], "paging": {"cursors": {"after": "c2"}}},
    )
    found = client.read_metrics("campaign", date(2026, 3, 1), date(2026, 3, 1))
    assert [row.remote_id for row in found] == ["1", "2"]
    assert "after" not in vendor.requests[0].url.params
    assert vendor.requests[1].url.params["after"] == "c1"
    assert vendor.requests[1].url.params["time_increment"] == "1"


def test_resuming_reuses_creative_with_a_suffix(client: MetaClient, vendor: Vendor) -> None:
    spec = ad_spec(CAPABILITIES)
    named = {"id": "31", "name": f"Blue shoes [{spec.reference}] 2026-03-01-77aa"}
    vendor.on("GET 6/ads", {"data": []})
    vendor.on("GET act_77/adcreatives", {"data": [{"id": "30", "name": "other"}, named]})
    vendor.on("POST act_77/ads", {"id": "41"})
    ref = client.create_ad(RemoteRef("ad_group", "6"), spec, resuming=True)
    assert ref.remote_id == "41"
    assert json.loads(vendor.forms("act_77/ads")[0]["creative"]) == {"creative_id": "31"}


def test_image_goes_up_once(client: MetaClient, vendor: Vendor) -> None:
    vendor.on("POST act_77/adimages", {"images": {"shoes.png": {"hash": "h1"}}})
    vendor.on("POST act_77/adcreatives", {"id": "31"})
    vendor.on("POST act_77/ads", {"id": "41"})
    group = RemoteRef("ad_group", "6")
    for _ in range(2):
        client.create_ad(group, ad_spec(CAPABILITIES))
    assert [r.url.path for r in vendor.requests].count("/v26.0/act_77/adimages") == 1
    story = json.loads(vendor.forms("act_77/adcreatives")[0]["object_story_spec"])
    assert story["page_id"] == "99"
    assert story["link_data"]["image_hash"] == "h1"
    assert story["link_data"]["call_to_action"]["type"] == "LEARN_MORE"


def test_video_goes_up_in_parts_and_is_shown_with_poster_and_link(
    client: MetaClient, vendor: Vendor
) -> None:
    begun = {"upload_session_id": "8", "video_id": "55", "start_offset": "0", "end_offset": "4"}
    elsewhere = refusal(
        code=100,
        error_subcode=1363037,
        message="resume",
        error_data={"start_offset": "2", "end_offset": "6"},
    )
    done = {"start_offset": "6", "end_offset": "6"}
    vendor.on("GET act_77/advideos", {"data": [{"id": "9", "title": "other"}]})
    vendor.on("POST act_77/advideos", begun, elsewhere, done, {"success": True})
    vendor.on(
        "GET 55",
        {"status": {"video_status": "processing"}},
        {"status": {"video_status": "ready"}},
    )
    vendor.on("POST act_77/adimages", {"images": {"cover.png": {"hash": "h1"}}})
    vendor.on("POST act_77/adcreatives", {"id": "31"})
    vendor.on("POST act_77/ads", {"id": "41"})
    spec = video_ad_spec(CAPABILITIES, b"abcdef")
    assert client.create_ad(RemoteRef("ad_group", "6"), spec).remote_id == "41"
    sent = [r for r in vendor.requests if r.method == "POST" and r.url.path.endswith("advideos")]
    assert {r.url.host for r in sent} == {"graph-video.facebook.com"}
    assert b"\r\n\r\nabcd\r\n" in sent[1].content
    assert b"\r\n\r\ncdef\r\n" in sent[2].content
    assert b'name="start_offset"\r\n\r\n2\r\n' in sent[2].content
    assert spec.video is not None
    assert parse_qs(sent[3].content.decode())["title"] == [spec.video.file_name]
    story = json.loads(vendor.forms("act_77/adcreatives")[0]["object_story_spec"])
    assert story == {
        "page_id": "99",
        "video_data": {
            "video_id": "55",
            "image_hash": "h1",
            "title": spec.headlines[0],
            "message": spec.descriptions[0],
            "call_to_action": {"type": "LEARN_MORE", "value": {"link": spec.landing_url}},
        },
    }


def test_upload_that_is_sent_back_for_ever_gives_up(client: MetaClient, vendor: Vendor) -> None:
    begun = {"upload_session_id": "8", "video_id": "55", "start_offset": "0", "end_offset": "4"}
    again = {"start_offset": "0", "end_offset": "4"}
    elsewhere = refusal(code=100, error_subcode=1363037, message="resume", error_data=again)
    vendor.on("GET act_77/advideos", {"data": []})
    vendor.on("POST act_77/adimages", {"images": {"cover.png": {"hash": "h1"}}})
    vendor.on("POST act_77/advideos", begun, elsewhere)
    with pytest.raises(Rejected):
        client.create_ad(RemoteRef("ad_group", "6"), video_ad_spec(CAPABILITIES, b"abcdef"))
    assert [r.url.path for r in vendor.requests].count("/v26.0/act_77/advideos") == 1 + 1 + 6


def test_a_video_that_is_there_is_used(client: MetaClient, vendor: Vendor) -> None:
    spec = video_ad_spec(CAPABILITIES, b"abcdef")
    assert spec.video is not None
    broken = {"id": "50", "title": spec.video.file_name, "status": {"video_status": "error"}}
    vendor.on(
        "GET act_77/advideos", {"data": [broken, {"id": "55", "title": spec.video.file_name}]}
    )
    vendor.on("GET 55", {"status": {"video_status": "ready"}})
    vendor.on("POST act_77/adimages", {"images": {"cover.png": {"hash": "h1"}}})
    vendor.on("POST act_77/adcreatives", {"id": "31"})
    vendor.on("POST act_77/ads", {"id": "41"})
    client.create_ad(RemoteRef("ad_group", "6"), spec)
    assert [r.method for r in vendor.requests if r.url.path.endswith("/advideos")] == ["GET"]


def test_ad_without_image_is_refused_before_any_call(client: MetaClient, vendor: Vendor) -> None:
    with pytest.raises(Rejected) as raised:
        client.create_ad(RemoteRef("ad_group", "6"), replace(ad_spec(CAPABILITIES), image=None))
    assert raised.value.field == "image"
    assert vendor.requests == []


def test_dates_are_changed_on_the_ad_sets(client: MetaClient, vendor: Vendor) -> None:
    vendor.on("GET 5/adsets", {"data": [{"id": "6"}, {"id": "7", "effective_status": "DELETED"}]})
    vendor.on("POST 6", {"success": True})
    client.update_campaign(RemoteRef("campaign", "5"), CampaignChange(end=date(2099, 1, 1)))
    assert vendor.forms("6")[0]["end_time"] == "2099-01-01T23:59:59-0500"


def test_gone_campaign_reads_as_none(client: MetaClient, vendor: Vendor) -> None:
    vendor.on("GET 5", refusal(code=100, error_subcode=33, message="does not exist"))
    assert client.read_campaign("5") is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(502, text="<html>"), OutcomeUnknown),
        (refusal(500, code=1, message="unknown"), OutcomeUnknown),
        (httpx.Response(429, text=""), RateLimited),
        (httpx.Response(200, json={"success": True}), OutcomeUnknown),
    ],
)
def test_create_without_a_clear_answer(
    client: MetaClient, vendor: Vendor, answer: httpx.Response, kind: type[PlatformError]
) -> None:
    vendor.on("POST act_77/campaigns", answer)
    with pytest.raises(kind):
        client.create_campaign(campaign_spec(CAPABILITIES, date(2026, 3, 11)))
    assert len(vendor.requests) == 1
