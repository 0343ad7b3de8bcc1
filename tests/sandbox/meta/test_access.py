"""The Meta emulator's tokens, faults, batches and versions."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from sandbox.http.webapp import ConnectionDropped
from tests.sandbox.meta.client import START, Graph


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


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("cut", [True, False])
def test_garbage_answer_is_no_json_whether_or_not_it_was_done(
    graph: Graph, carried_out: bool, cut: bool
) -> None:
    before = len(graph.world.campaigns)
    detail = {"carried_out": carried_out, "cut": cut}
    graph.world.faults.add("meta", "campaigns.create", "garbage", **detail)
    answer = graph.post(f"{graph.act}/campaigns", graph.campaign())
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert len(graph.world.campaigns) == before + carried_out


def _usage(answer: httpx.Response, graph: Graph) -> dict[str, Any]:
    [use] = json.loads(answer.headers["X-Business-Use-Case-Usage"])[graph.ours.id]
    return dict(use)


def test_calls_above_the_quota_of_the_tier_are_refused_until_an_hour_has_passed(
    graph: Graph,
) -> None:
    graph.ours.raw["ads_api_access_tier"] = "development_access"
    for ad in graph.world.list_ads(graph.ours.id):
        graph.world.update_ad(ad.id, status="paused")
    for _ in range(299):
        graph.http.get(f"/{graph.act}")
    graph.world.clock.advance(hours=0.5)
    last = graph.http.get(f"/{graph.act}")
    assert (last.status_code, _usage(last, graph)["call_count"]) == (200, 100)
    refused = graph.post(f"{graph.act}/campaigns", graph.campaign())
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 80004)
    use = _usage(refused, graph)
    assert (use["type"], use["estimated_time_to_regain_access"]) == ("ads_management", 30)
    assert not [c for c in graph.world.list_campaigns(graph.ours.id) if not c.outside]
    # Insights have a quota of their own.
    assert "data" in graph.get(f"{graph.act}/insights", fields="spend")
    graph.world.clock.advance(hours=0.5)
    graph.make("campaigns", graph.campaign())


def test_each_call_of_a_batch_counts_and_active_ads_raise_the_quota(graph: Graph) -> None:
    graph.ours.raw["ads_api_access_tier"] = "development_access"
    active = sum(ad.status == "active" for ad in graph.world.list_ads(graph.ours.id))
    calls = json.dumps([{"method": "GET", "relative_url": graph.act}] * 50)
    codes: list[int] = []
    for _ in range(8):
        answer = graph.http.post("/", data={"batch": calls}).json()
        codes += [entry["code"] for entry in answer]
    assert codes == [200] * (300 + 40 * active) + [400] * (100 - 40 * active)


def test_insights_state_their_throttle(graph: Graph) -> None:
    answer = graph.http.get(f"/{graph.act}/insights", params={"fields": "spend"})
    throttle = json.loads(answer.headers["X-FB-Ads-Insights-Throttle"])
    assert throttle.keys() == {"app_id_util_pct", "acc_id_util_pct", "ads_api_access_tier"}
    assert _usage(answer, graph)["type"] == "ads_insights"


def test_exchanged_token_ends_after_sixty_days(graph: Graph) -> None:
    sent = {
        "grant_type": "fb_exchange_token",
        "client_id": graph.ours.app_id,
        "client_secret": graph.ours.app_secret,
        "fb_exchange_token": graph.ours.access_token,
    }
    token = graph.get("oauth/access_token", **sent)["access_token"]
    graph.http.headers["Authorization"] = f"Bearer {token}"
    graph.world.clock.advance(days=59)
    assert graph.get(graph.act)["id"] == graph.act
    graph.world.clock.advance(days=2)
    error = graph.get(graph.act)["error"]
    assert (error["code"], error["error_subcode"]) == (190, 463)


def test_several_ids_in_one_read_are_refused(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    assert "error" in graph.get("", ids=f"{made},{graph.act}")


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


def test_account_that_is_not_active_is_read_and_not_written(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    graph.ours.status = "disabled"
    for answer in (
        graph.post(f"{graph.act}/campaigns", graph.campaign()),
        graph.post(made, {"name": "New"}),
        graph.http.delete(f"/{made}"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 368)
    assert graph.get(made, fields="name,status") == {"id": made, "name": "Ours", "status": "PAUSED"}
    assert graph.get(graph.act, fields="account_status")["account_status"] == 2


def test_proof_of_the_app_secret_is_missed_where_the_app_requires_it(graph: Graph) -> None:
    graph.ours.raw["requires_appsecret_proof"] = True
    error = graph.get(graph.act)["error"]
    assert (error["code"], "appsecret_proof" in error["message"]) == (100, True)
    key, token = graph.ours.app_secret, graph.ours.access_token
    proof = hmac.new(key.encode(), token.encode(), hashlib.sha256).hexdigest()
    assert graph.get(graph.act, appsecret_proof=proof)["id"] == graph.act
