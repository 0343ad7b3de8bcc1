"""The Meta emulator refuses, pages, counts and fails like the vendor."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from platforms.sandbox.clock import SandboxClock
from platforms.sandbox.market import Market
from platforms.sandbox.meta_server import meta_app
from platforms.sandbox.webapp import ConnectionDropped
from platforms.sandbox.world import World
from tests.fixtures.films import film

START = datetime(2026, 10, 1, 16, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 1200, 628) + b"\x08\x02\0\0\0"
Body = dict[str, Any]


class Graph:
    """A caller that sends every structure as JSON text in a form, as the vendor asks."""

    def __init__(self) -> None:
        clock = SandboxClock(START, ticking=False)
        self.world = World(7, START, clock=clock)
        self.ours = self.world.account("meta")
        self.act = f"act_{self.ours.id}"
        app: Any = meta_app(self.world, clock, Market(self.world))
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app),
            base_url="http://graph/v26.0",
            headers={"Authorization": f"Bearer {self.ours.access_token}"},
        )

    def post(self, path: str, body: Body) -> httpx.Response:
        form = {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}
        return self.http.post(f"/{path}", data=form)

    def get(self, path: str, **params: Any) -> Body:
        form = {k: v if isinstance(v, str) else json.dumps(v) for k, v in params.items()}
        answer: Body = self.http.get(f"/{path}", params=form).json()
        return answer

    def make(self, edge: str, body: Body) -> str:
        answer = self.post(f"{self.act}/{edge}", body).json()
        assert "id" in answer, answer
        return str(answer["id"])

    def campaign(self, **changes: Any) -> Body:
        body = {
            "name": "Ours",
            "objective": "OUTCOME_SALES",
            "special_ad_categories": [],
            "daily_budget": 5000,
            "status": "PAUSED",
        }
        return _changed(body, changes)

    def ad_set(self, campaign_id: str, **changes: Any) -> Body:
        body = {
            "name": "Everyone",
            "campaign_id": campaign_id,
            "optimization_goal": "OFFSITE_CONVERSIONS",
            "billing_event": "IMPRESSIONS",
            "promoted_object": {
                "pixel_id": self.ours.pixel_id,
                "custom_event_type": "PURCHASE",
            },
            "targeting": _targeting(),
            "status": "ACTIVE",
        }
        return _changed(body, changes)

    def creative(self, **changes: Any) -> Body:
        link = {"link": "https://shop.example.com/", "message": "New season"}
        story = {"page_id": self.ours.page_id, "link_data": link}
        return _changed({"name": "Creative", "object_story_spec": story}, changes)

    def tree(self, message: str = "New season", **changes: Any) -> tuple[str, str, list[str]]:
        """A campaign, an ad set and two ads, all switched on."""
        campaign = self.make("campaigns", self.campaign(status="ACTIVE", **changes))
        ad_set = self.make("adsets", self.ad_set(campaign))
        ads = []
        for number in (1, 2):
            link = {"link": "https://shop.example.com/", "message": f"{message} {number}"}
            story = {"page_id": self.ours.page_id, "link_data": link}
            creative = self.make("adcreatives", self.creative(object_story_spec=story))
            body = {"name": f"Ad {number}", "adset_id": ad_set, "status": "ACTIVE"}
            ads.append(self.make("ads", {**body, "creative": {"creative_id": creative}}))
        return campaign, ad_set, ads


def _changed(body: Body, changes: Body) -> Body:
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


def _targeting(**changes: Any) -> Body:
    automation = {"targeting_automation": {"advantage_audience": 1}}
    return _changed({"geo_locations": {"countries": ["US"]}, **automation}, changes)


@pytest.fixture
def graph() -> Graph:
    return Graph()


def _refused(answer: httpx.Response, field: str, subcode: int | None = None) -> None:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, 100)
    assert error.get("error_subcode") == subcode
    blamed = json.loads(error["error_data"])["blame_field_specs"]
    assert field in blamed[0]


# -- creating ----------------------------------------------------------------------------------


def test_campaign_reads_back_as_text(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    fields = "name,objective,status,effective_status,daily_budget,special_ad_categories"
    assert graph.get(made, fields=fields) == {
        "id": made,
        "name": "Ours",
        "objective": "OUTCOME_SALES",
        "status": "PAUSED",
        "effective_status": "PAUSED",
        "daily_budget": "5000",
        "special_ad_categories": [],
    }
    assert graph.get(made) == {"id": made}


@pytest.mark.parametrize(
    ("changes", "field", "subcode"),
    [
        ({"special_ad_categories": None}, "special_ad_categories", None),
        ({"special_ad_categories": ["CATS"]}, "special_ad_categories", None),
        ({"special_ad_categories": ["CREDIT"]}, "special_ad_category_country", None),
        ({"name": None}, "name", None),
        ({"objective": None}, "objective", None),
        ({"objective": "CONVERSIONS"}, "objective", None),
        ({"status": "ARCHIVED"}, "status", None),
        ({"daily_budget": None}, "is_adset_budget_sharing_enabled", 4834011),
        (
            {"daily_budget": None, "is_adset_budget_sharing_enabled": True},
            "bid_strategy",
            4834005,
        ),
        ({"lifetime_budget": 90000}, "daily_budget", None),
        ({"daily_budget": 99}, "daily_budget", 1885272),
        ({"daily_budget": 100_000_001}, "daily_budget", 1885261),
        ({"daily_budget": "12.50"}, "daily_budget", None),
        ({"bid_strategy": "CHEAP"}, "bid_strategy", None),
        ({"spend_cap": 9999}, "spend_cap", None),
        ({"stop_time": "2026-09-01", "start_time": "2026-10-02"}, "stop_time", None),
    ],
)
def test_bad_campaign_is_refused_and_not_made(
    graph: Graph, changes: Body, field: str, subcode: int | None
) -> None:
    before = set(graph.world.campaigns)
    _refused(graph.post(f"{graph.act}/campaigns", graph.campaign(**changes)), field, subcode)
    assert set(graph.world.campaigns) == before


def test_too_low_budget_names_the_minimum(graph: Graph) -> None:
    error = graph.post(f"{graph.act}/campaigns", graph.campaign(daily_budget=1)).json()["error"]
    assert "1.00 USD" in error["error_user_msg"]


@pytest.mark.parametrize(
    ("changes", "field", "subcode"),
    [
        ({"name": None}, "name", None),
        ({"billing_event": None}, "billing_event", None),
        ({"optimization_goal": None}, "optimization_goal", None),
        ({"optimization_goal": "REACH"}, "optimization_goal", 2490408),
        ({"billing_event": "LINK_CLICKS"}, "billing_event", None),
        ({"targeting": None}, "targeting", 1885364),
        ({"targeting": _targeting(geo_locations={})}, "targeting", 1885364),
        ({"targeting": _targeting(targeting_automation=None)}, "targeting", 1870227),
        ({"targeting": _targeting(age_max=40)}, "targeting", 1870189),
        ({"promoted_object": None}, "promoted_object", 1815430),
        ({"daily_budget": 1000}, "daily_budget", 1885621),
        ({"bid_amount": 100}, "bid_amount", None),
        ({"bid_strategy": "COST_CAP"}, "bid_amount", 2490487),
        ({"targeting": _targeting(geo_locations={"countries": ["DE"]})}, "dsa_beneficiary", None),
        ({"end_time": "2026-09-30T00:00:00-0700"}, "end_time", None),
    ],
)
def test_bad_ad_set_is_refused_and_not_made(
    graph: Graph, changes: Body, field: str, subcode: int | None
) -> None:
    campaign = graph.make("campaigns", graph.campaign())
    before = set(graph.world.ad_groups)
    _refused(graph.post(f"{graph.act}/adsets", graph.ad_set(campaign, **changes)), field, subcode)
    assert set(graph.world.ad_groups) == before


def test_ad_set_needs_a_budget_when_the_campaign_has_none(graph: Graph) -> None:
    body = graph.campaign(daily_budget=None, is_adset_budget_sharing_enabled=False)
    campaign = graph.make("campaigns", body)
    _refused(graph.post(f"{graph.act}/adsets", graph.ad_set(campaign)), "daily_budget")
    made = graph.make("adsets", graph.ad_set(campaign, daily_budget=2000))
    assert graph.get(made, fields="daily_budget")["daily_budget"] == "2000"


def test_lifetime_budget_needs_an_end(graph: Graph) -> None:
    body = graph.campaign(daily_budget=None, is_adset_budget_sharing_enabled=False)
    campaign = graph.make("campaigns", body)
    ad_set = graph.ad_set(campaign, lifetime_budget=30_000)
    _refused(graph.post(f"{graph.act}/adsets", ad_set), "end_time")
    made = graph.make("adsets", {**ad_set, "end_time": "2026-10-31T09:00:00-0700"})
    assert graph.world.ad_groups[made].daily_budget_micros == 10_000_000


@pytest.mark.parametrize(
    ("story", "field", "subcode"),
    [
        ({"page_id": None}, "object_story_spec", None),
        ({"link_data": None}, "object_story_spec", None),
        ({"link_data": {"message": "no link"}}, "link", None),
        (
            {"link_data": {"link": "https://x.example.com", "image_hash": "0" * 32}},
            "image_hash",
            None,
        ),
        ({"photo_data": {"url": "https://x.example.com"}}, "object_story_spec", 1487929),
    ],
)
def test_bad_creative_is_refused(
    graph: Graph, story: Body, field: str, subcode: int | None
) -> None:
    good = graph.creative()["object_story_spec"]
    body = graph.creative(object_story_spec=_changed(good, story))
    _refused(graph.post(f"{graph.act}/adcreatives", body), field, subcode)


def test_ad_needs_a_known_creative(graph: Graph) -> None:
    ad_set = graph.make("adsets", graph.ad_set(graph.make("campaigns", graph.campaign())))
    body = {"name": "Ad", "adset_id": ad_set, "creative": {"creative_id": "1"}}
    _refused(graph.post(f"{graph.act}/ads", body), "creative")
    assert graph.world.list_ads(graph.ours.id, ad_group_id=ad_set) == []


def test_image_is_known_by_its_hash(graph: Graph) -> None:
    encoded = base64.b64encode(PNG).decode()
    answer = graph.post(f"{graph.act}/adimages", {"bytes": encoded}).json()
    digest = answer["images"]["bytes"]["hash"]
    assert digest == hashlib.md5(PNG, usedforsecurity=False).hexdigest()
    parts = {"filename": ("a.png", PNG)}
    again = graph.http.post(f"/{graph.act}/adimages", files=parts).json()
    assert again["images"]["a.png"]["hash"] == digest
    found = graph.get(f"{graph.act}/adimages", hashes=[digest], fields="hash,width,height")
    assert [(i["width"], i["height"]) for i in found["data"]] == [(1200, 628)]


def test_what_is_no_image_is_refused(graph: Graph) -> None:
    body = {"bytes": base64.b64encode(b"GIF89a").decode()}
    _refused(graph.post(f"{graph.act}/adimages", body), "bytes")


def test_validate_only_checks_and_writes_nothing(graph: Graph) -> None:
    before = set(graph.world.campaigns)
    option = {"execution_options": ["validate_only"]}
    good = graph.post(f"{graph.act}/campaigns", graph.campaign(**option))
    assert good.json() == {"success": True}
    bad = graph.post(f"{graph.act}/campaigns", graph.campaign(daily_budget=1, **option))
    _refused(bad, "daily_budget", 1885272)
    assert set(graph.world.campaigns) == before


# -- changing ----------------------------------------------------------------------------------


def test_update_changes_name_status_budget_and_dates(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    changes = {"name": "New", "status": "ACTIVE", "daily_budget": 7000}
    times = {"start_time": "2026-10-05T00:00:00-0700", "stop_time": "2026-11-01T00:00:00-0700"}
    assert graph.post(made, {**changes, **times}).json() == {"success": True}
    shown = graph.get(made, fields="name,status,daily_budget,start_time,stop_time")
    assert shown == {"id": made, **changes, "daily_budget": "7000", **times}
    campaign = graph.world.campaigns[made]
    assert str(campaign.start_date) == "2026-10-05"
    assert str(campaign.end_date) == "2026-10-31"


def test_fifth_budget_change_within_an_hour_is_refused(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    for budget in (5100, 5200, 5300, 5400):
        assert graph.post(made, {"daily_budget": budget}).json() == {"success": True}
    error = graph.post(made, {"daily_budget": 5500}).json()["error"]
    assert (error["code"], error["error_subcode"]) == (613, 1487632)
    assert graph.get(made, fields="daily_budget")["daily_budget"] == "5400"
    graph.world.clock.advance(hours=1.1)
    assert graph.post(made, {"daily_budget": 5500}).json() == {"success": True}


def test_deleted_campaign_is_hidden_and_cannot_be_changed(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    assert graph.http.delete(f"/{made}").json() == {"success": True}
    assert graph.get(made, fields="effective_status")["effective_status"] == "DELETED"
    listed = graph.get(f"{graph.act}/campaigns")["data"]
    assert made not in [row["id"] for row in listed]
    asked = graph.get(f"{graph.act}/campaigns", effective_status=["DELETED"])["data"]
    assert [row["id"] for row in asked] == [made]
    _refused(graph.post(made, {"name": "Back"}), "status")


def test_effective_status_follows_parents_and_review(graph: Graph) -> None:
    campaign, ad_set, (ad, _) = graph.tree()

    def state(node: str) -> str:
        return str(graph.get(node, fields="effective_status")["effective_status"])

    assert state(ad) == "PENDING_REVIEW"
    graph.world.clock.advance(hours=3)
    assert (state(campaign), state(ad_set), state(ad)) == ("ACTIVE", "ACTIVE", "ACTIVE")
    graph.post(ad_set, {"status": "PAUSED"})
    assert state(ad) == "ADSET_PAUSED"
    graph.post(campaign, {"status": "PAUSED"})
    graph.post(ad_set, {"status": "ACTIVE"})
    assert (state(ad_set), state(ad)) == ("CAMPAIGN_PAUSED", "CAMPAIGN_PAUSED")


def test_refused_wording_is_disapproved_with_a_reason(graph: Graph) -> None:
    _, _, (ad, _) = graph.tree("A miracle cure")
    graph.world.clock.advance(hours=3)
    shown = graph.get(ad, fields="effective_status,ad_review_feedback")
    assert shown["effective_status"] == "DISAPPROVED"
    assert "miracle cure" in json.dumps(shown["ad_review_feedback"])


# -- reading -----------------------------------------------------------------------------------


def test_pages_cover_everything_once_and_end_without_next(graph: Graph) -> None:
    made = [graph.make("campaigns", graph.campaign(name=f"C{n}")) for n in range(5)]
    seen, after, pages = [], None, 0
    while pages < 10:
        extra: Body = {"after": after} if after else {}
        page = graph.get(f"{graph.act}/campaigns", limit=2, **extra)
        seen += [row["id"] for row in page["data"]]
        pages += 1
        if "next" not in page["paging"]:
            break
        after = page["paging"]["cursors"]["after"]
    assert pages == 3
    assert sorted(seen) == sorted([*made, *{c.id for c in _outside(graph)}])


def _outside(graph: Graph) -> list[Any]:
    return [c for c in graph.world.list_campaigns(graph.ours.id) if c.outside]


def test_next_address_leads_to_the_next_page(graph: Graph) -> None:
    for number in range(3):
        graph.make("campaigns", graph.campaign(name=f"C{number}"))
    first = graph.get(f"{graph.act}/campaigns", limit=3, fields="name")
    second = graph.http.get(first["paging"]["next"]).json()
    assert [row["name"] for row in second["data"]] == [_outside(graph)[0].name]


def test_campaign_is_found_by_a_part_of_its_name(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign(name="Autumn #ref-77"))
    graph.make("campaigns", graph.campaign(name="Autumn #ref-78"))
    rule = [{"field": "name", "operator": "CONTAIN", "value": "#ref-77"}]
    found = graph.get(f"{graph.act}/campaigns", filtering=rule)["data"]
    assert [row["id"] for row in found] == [made]


def test_nested_fields_show_children_and_parents(graph: Graph) -> None:
    campaign, ad_set, ads = graph.tree()
    shown = graph.get(campaign, fields="adsets{name,ads.limit(1){id}}")
    assert shown["adsets"]["data"][0] == {
        "name": "Everyone",
        "ads": {"data": [{"id": ads[0]}]},
        "id": ad_set,
    }
    creative = graph.get(ads[0], fields="creative{body},adset{name}")
    assert creative["creative"]["body"] == "New season 1"
    assert creative["adset"] == {"name": "Everyone", "id": ad_set}


def test_unknown_field_and_unknown_node_are_errors(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    assert "colour" in graph.get(made, fields="colour")["error"]["message"]
    error = graph.get("123")["error"]
    assert (error["code"], error["error_subcode"]) == (100, 33)
    assert graph.get("act_999")["error"]["error_subcode"] == 33


def test_account_shows_what_pre_flight_needs(graph: Graph) -> None:
    fields = "account_status,currency,timezone_name,funding_source,min_daily_budget"
    shown = graph.get(graph.act, fields=fields)
    assert (shown["account_status"], shown["currency"]) == (1, "USD")
    assert shown["timezone_name"] == "America/Los_Angeles"
    row = graph.get(f"{graph.act}/minimum_budgets")["data"][0]
    assert (row["min_daily_budget_imp"], row["min_daily_budget_low_freq"]) == (100, 4000)
    pixels = graph.get(f"{graph.act}/adspixels", fields="id,name")["data"]
    assert [pixel["id"] for pixel in pixels] == [graph.ours.pixel_id]
    assert graph.get("me/accounts", fields="tasks")["data"][0]["id"] == graph.ours.page_id


def test_interests_and_places_are_searchable(graph: Graph) -> None:
    found = graph.get("search", type="adinterest", q="running")["data"]
    assert found[0]["name"] == "Running"
    assert found[0]["id"].isdigit()
    places = graph.get("search", type="adgeolocation", q="germany")["data"]
    assert places[0]["country_code"] == "DE"
    assert graph.get("search", type="adlocale", q="x") == {"data": []}


# -- insights ----------------------------------------------------------------------------------

RANGE = {"since": "2026-10-01", "until": "2026-10-07"}


def _insights(graph: Graph, node: str, **params: Any) -> list[Body]:
    metrics = "campaign_id,adset_id,ad_id,impressions,clicks,spend,actions,action_values"
    sent = {"fields": metrics, "time_range": RANGE, "limit": 500, **params}
    rows: list[Body] = graph.get(f"{node}/insights", **sent)["data"]
    return rows


def _total(rows: list[Body], name: str) -> float:
    return round(sum(float(row[name]) for row in rows), 2)


def test_ad_rows_add_up_to_the_campaign(graph: Graph) -> None:
    campaign, _, _ = graph.tree()
    graph.world.clock.advance(days=10)
    ads = _insights(graph, graph.act, level="ad", time_increment=1)
    ads = [row for row in ads if row["campaign_id"] == campaign]
    days = _insights(graph, campaign, time_increment=1)
    whole = _insights(graph, campaign)
    assert (len(ads), len(days), len(whole)) == (14, 7, 1)
    for name in ("impressions", "clicks", "spend"):
        assert _total(ads, name) == _total(days, name) == _total(whole, name) > 0


def test_every_metric_is_text_and_purchases_come_under_several_types(graph: Graph) -> None:
    row = _insights(graph, graph.act, time_range={"since": "2026-09-01", "until": "2026-09-25"})[0]
    assert all(isinstance(row[name], str) for name in ("impressions", "clicks", "spend"))
    purchases = {a["value"] for a in row["actions"] if "purchase" in a["action_type"]}
    values = {a["value"] for a in row["action_values"]}
    assert len(purchases) == len(values) == 1
    assert len([a for a in row["actions"] if "purchase" in a["action_type"]]) == 3


def test_no_delivery_means_no_row(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    graph.world.clock.advance(days=3)
    assert _insights(graph, made, time_increment=1) == []


def test_insight_pages_show_one_moment(graph: Graph) -> None:
    campaign, _, _ = graph.tree()
    graph.world.clock.advance(days=10)
    whole = _insights(graph, campaign, level="ad", time_increment=1)
    rows: list[Body] = []
    query: Body = {"fields": "ad_id,impressions", "level": "ad", "time_increment": 1, "limit": 5}
    page = graph.get(f"{campaign}/insights", time_range=RANGE, **query)
    rows += page["data"]
    while "next" in page["paging"]:
        page = graph.http.get(page["paging"]["next"]).json()
        rows += page["data"]
    assert [row["impressions"] for row in rows] == [row["impressions"] for row in whole]


@pytest.mark.parametrize(
    "params",
    [
        {"fields": "revenue"},
        {"level": "planet"},
        {"time_range": {"since": "2026-10-07"}},
        {"time_range": {"since": "2026-10-07", "until": "2026-10-01"}},
        {"time_increment": "daily"},
        {"date_preset": "last_2d", "time_range": ""},
        {"breakdowns": "age"},
    ],
)
def test_bad_insights_question_is_refused(graph: Graph, params: Body) -> None:
    sent = {"fields": "spend", "time_range": RANGE, **params}
    assert graph.get(f"{graph.act}/insights", **sent)["error"]["code"] == 100


# -- tokens, faults, batches -------------------------------------------------------------------


@pytest.mark.parametrize(("token", "code"), [("wrong", 190), ("", 104)])
def test_call_without_a_valid_token_is_refused(graph: Graph, token: str, code: int) -> None:
    del graph.http.headers["Authorization"]
    answer = graph.http.get(f"/{graph.act}", params={"access_token": token})
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize("where", ["header", "query", "form"])
def test_token_is_taken_from_everywhere(graph: Graph, where: str) -> None:
    token = graph.ours.access_token
    if where != "header":
        del graph.http.headers["Authorization"]
    params = {"access_token": token} if where == "query" else {}
    data = {"access_token": token} if where == "form" else {}
    form = {**graph.campaign(), "special_ad_categories": "[]", **data}
    answer = graph.http.post(f"/{graph.act}/campaigns/", params=params, data=form)
    assert "id" in answer.json()


def test_wrong_proof_of_the_app_secret_is_refused(graph: Graph) -> None:
    token, key = graph.ours.access_token, graph.ours.app_secret
    good = hmac.new(key.encode(), token.encode(), hashlib.sha256).hexdigest()
    assert graph.get(graph.act, appsecret_proof=good)["id"] == graph.act
    assert "appsecret_proof" in graph.get(graph.act, appsecret_proof="0" * 64)["error"]["message"]


def test_tokens_are_exchanged_and_inspected(graph: Graph) -> None:
    sent = {
        "grant_type": "fb_exchange_token",
        "client_id": graph.ours.app_id,
        "client_secret": graph.ours.app_secret,
        "fb_exchange_token": graph.ours.access_token,
    }
    issued = graph.get("oauth/access_token", **sent)
    data = graph.get("debug_token", input_token=issued["access_token"])["data"]
    assert data["is_valid"]
    assert "ads_management" in data["scopes"]
    assert data["expires_at"] > START.timestamp()
    assert not graph.get("debug_token", input_token="nonsense")["data"]["is_valid"]
    assert "error" in graph.get("oauth/access_token", **{**sent, "client_secret": "wrong"})


@pytest.mark.parametrize(
    ("kind", "status", "code", "subcode"),
    [
        ("throttle", 400, 80004, 2446079),
        ("server_error", 500, 2, None),
        ("expired_token", 401, 190, 463),
        ("http_200_error", 200, 31, 3858385),
    ],
)
def test_scripted_fault_answers_like_the_vendor_once(
    graph: Graph, kind: str, status: int, code: int, subcode: int | None
) -> None:
    before = set(graph.world.campaigns)
    graph.world.faults.add("meta", "campaigns.create", kind)
    answer = graph.post(f"{graph.act}/campaigns", graph.campaign())
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("error_subcode")) == (
        status,
        code,
        subcode,
    )
    assert set(graph.world.campaigns) == before
    graph.make("campaigns", graph.campaign())


def test_throttle_says_how_long_to_wait(graph: Graph) -> None:
    graph.world.faults.add("meta", "insights.read", "throttle", minutes=7)
    answer = graph.http.get(f"/{graph.act}/insights")
    usage = json.loads(answer.headers["X-Business-Use-Case-Usage"])[graph.ours.id][0]
    assert answer.json()["error"]["code"] == 80000
    assert usage["estimated_time_to_regain_access"] == 7


def test_lost_answer_was_committed_and_time_out_before_was_not(graph: Graph) -> None:
    before = len(graph.world.campaigns)
    graph.world.faults.add("meta", "campaigns.create", "timeout_before")
    with pytest.raises(ConnectionDropped):
        graph.post(f"{graph.act}/campaigns", graph.campaign())
    assert len(graph.world.campaigns) == before
    graph.world.faults.add("meta", "campaigns.create", "lose_answer")
    with pytest.raises(ConnectionDropped):
        graph.post(f"{graph.act}/campaigns", graph.campaign())
    assert len(graph.world.campaigns) == before + 1


def test_batch_answers_each_call_on_its_own(graph: Graph) -> None:
    calls = [
        {"method": "GET", "relative_url": f"{graph.act}?fields=currency"},
        {"method": "POST", "relative_url": f"{graph.act}/campaigns", "body": "name=Only"},
    ]
    answers = graph.http.post("/", data={"batch": json.dumps(calls)}).json()
    assert [entry["code"] for entry in answers] == [200, 400]
    assert json.loads(answers[0]["body"])["currency"] == "USD"
    assert json.loads(answers[1]["body"])["error"]["code"] == 100


def test_retired_version_is_refused(graph: Graph) -> None:
    answer = graph.http.get(f"http://graph/v15.0/{graph.act}")
    assert answer.json()["error"]["code"] == 2635


def test_video_in_chunks_is_ready_when_complete(graph: Graph) -> None:
    edge = f"{graph.act}/advideos"
    content = film()
    begun = graph.post(edge, {"upload_phase": "start", "file_size": str(len(content))}).json()
    session = {"upload_session_id": begun["upload_session_id"]}
    chunk = {"upload_phase": "transfer", "start_offset": "0", **session}
    parts = {"video_file_chunk": ("chunk", content)}
    moved = graph.http.post(f"/{edge}", data=chunk, files=parts).json()
    assert moved["start_offset"] == moved["end_offset"] == str(len(content))
    assert video_status(graph, begun["video_id"]) == "processing"
    done = graph.post(edge, {"upload_phase": "finish", **session}).json()
    assert done["success"]
    assert video_status(graph, begun["video_id"]) == "processing"
    time.sleep(0.35)
    assert video_status(graph, begun["video_id"]) == "ready"


def test_a_chunk_that_does_not_follow_is_told_where_to_go_on(graph: Graph) -> None:
    edge = f"{graph.act}/advideos"
    begun = graph.post(edge, {"upload_phase": "start", "file_size": "100"}).json()
    chunk = {"upload_phase": "transfer", "upload_session_id": begun["upload_session_id"]}
    parts = {"video_file_chunk": ("chunk", b"x" * 40)}
    graph.http.post(f"/{edge}", data={**chunk, "start_offset": "0"}, files=parts)
    answer = graph.http.post(f"/{edge}", data={**chunk, "start_offset": "0"}, files=parts)
    error = answer.json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 1363037)
    assert json.loads(error["error_data"]) == {"start_offset": "40", "end_offset": "100"}


def test_a_file_that_is_no_film_fails_in_processing(graph: Graph) -> None:
    graph.world.faults.add("meta", "videos.processing", "delay", seconds=0)
    files = {"source": ("a.mp4", b"no film at all")}
    made = graph.http.post(f"/{graph.act}/advideos", data={"title": "a"}, files=files).json()
    assert video_status(graph, made["id"]) == "error"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "not ready"),
        ({"video_id": "5"}, "video_id 5 is unknown"),
        ({"image_hash": None}, "needs image_hash or image_url"),
        ({"link": "https://shop.example"}, "no key link"),
        ({"call_to_action": {"type": "LEARN_MORE"}}, "link must be"),
    ],
)
def test_a_video_creative_is_checked(graph: Graph, changes: dict[str, Any], words: str) -> None:
    if changes:
        graph.world.faults.add("meta", "videos.processing", "delay", seconds=0)
    files = {"source": ("a.mp4", film())}
    made = graph.http.post(f"/{graph.act}/advideos", data={"title": "a"}, files=files).json()
    graph.world.put_object("meta", "images", "cover", {"hash": "cover"})
    data = {
        "video_id": made["id"],
        "image_hash": "cover",
        "message": "Boots",
        "call_to_action": {"type": "LEARN_MORE", "value": {"link": "https://shop.example"}},
        **changes,
    }
    kept = {key: value for key, value in data.items() if value is not None}
    story = {"page_id": graph.ours.page_id, "video_data": kept}
    before = dict(graph.world.list_objects("meta", "creatives"))
    answer = graph.post(f"{graph.act}/adcreatives", {"object_story_spec": json.dumps(story)})
    assert words in answer.json()["error"]["message"]
    assert graph.world.list_objects("meta", "creatives") == before


def video_status(graph: Graph, number: str) -> str:
    return str(graph.get(number, fields="status")["status"]["video_status"])
