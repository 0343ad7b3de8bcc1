"""How the TikTok emulator is called, and the account, the tokens and the faults behind it."""

from __future__ import annotations

import json

import pytest

from sandbox.http.webapp import ConnectionDropped
from tests.sandbox.tiktok.client import Body, Tik, refused

# -- transport ---------------------------------------------------------------------------------


def test_trailing_slash_is_part_of_the_path(tik: Tik) -> None:
    answer = tik.http.get("/campaign/get", params={"advertiser_id": tik.ours.id})
    assert (answer.status_code, answer.text) == (404, "404 page not found")


def test_wrong_method_does_not_reach_the_api(tik: Tik) -> None:
    assert tik.http.get("/campaign/create/").status_code == 405


@pytest.mark.parametrize(("token", "code"), [(None, 40104), ("wrong", 40105)])
def test_token_travels_in_its_own_header(tik: Tik, token: str | None, code: int) -> None:
    del tik.http.headers["Access-Token"]
    headers = {"Access-Token": token} if token else {"Authorization": tik.ours.access_token}
    answer = tik.http.get("/pixel/list/", headers=headers, params={"advertiser_id": tik.ours.id})
    assert (answer.status_code, answer.json()["code"]) == (200, code)


def test_somebody_elses_account_is_refused(tik: Tik) -> None:
    answer = tik.post("campaign/create", {**tik.campaign(), "advertiser_id": "42"})
    refused(answer, "No permission to operate advertiser 42", 40001)


def test_lists_in_queries_may_hold_python_booleans(tik: Tik) -> None:
    text = "{'campaign_ids': ['1'], 'is_smart': True}"
    assert tik.get("campaign/get", filtering=text)["data"]["list"] == []
    refused(tik.get("campaign/get", filtering="{campaign_ids"), "filtering")


def test_lists_in_a_query_are_one_text_and_ids_are_strings(tik: Tik) -> None:
    repeated = {"advertiser_id": tik.ours.id, "fields": ["campaign_id", "budget"]}
    answer: Body = tik.http.get("/campaign/get/", params=repeated).json()
    refused(answer, "fields: is not valid JSON")
    refused(tik.get("campaign/get", filtering={"campaign_ids": [1]}), "ids are strings")
    too_many = [str(number) for number in range(101)]
    refused(tik.get("campaign/get", filtering={"campaign_ids": too_many}), "at most 100", 40011)
    refused(tik.get("campaign/get", filtering={"primary_status": "ALL"}), "primary_status")
    answer = tik.post("campaign/create", {**tik.campaign(), "advertiser_id": int(tik.ours.id)})
    refused(answer, "advertiser_id: must be a string")


def test_at_most_twenty_objects_are_switched_at_once(tik: Tik) -> None:
    ids = [str(number) for number in range(21)]
    for kind in ("campaign", "adgroup", "ad"):
        body = {f"{kind}_ids": ids, "operation_status": "DISABLE"}
        refused(tik.post(f"{kind}/status/update", body), "at most 20", 40011)


# -- the account, tokens, faults ---------------------------------------------------------------


def test_account_shows_what_pre_flight_needs(tik: Tik) -> None:
    fields = ["advertiser_id", "status", "currency", "timezone"]
    query = {"advertiser_ids": json.dumps([tik.ours.id]), "fields": json.dumps(fields)}
    row = tik.http.get("/advertiser/info/", params=query).json()["data"]["list"][0]
    assert row == {
        "advertiser_id": tik.ours.id,
        "status": "STATUS_ENABLE",
        "currency": "USD",
        "timezone": "Etc/UTC",
    }
    assert tik.get("identity/get")["data"]["identity_list"][0]["identity_type"] == "TT_USER"
    pixel = tik.get("pixel/list")["data"]["pixels"][0]
    assert "SHOPPING" in [event["optimization_event"] for event in pixel["events"]]
    regions = tik.get("tool/region", placements=["PLACEMENT_TIKTOK"], objective_type="TRAFFIC")
    assert "6252001" in [row["location_id"] for row in regions["data"]["region_info"]]


def test_auth_code_works_once(tik: Tik) -> None:
    body = {"app_id": tik.ours.app_id, "secret": tik.ours.app_secret, "auth_code": "code-1"}
    token = tik.http.post("/oauth2/access_token/", json=body).json()["data"]["access_token"]
    again = tik.http.post("/oauth2/access_token/", json=body).json()
    assert again["code"] == 40110
    tik.http.headers["Access-Token"] = token
    assert tik.get("pixel/list")["code"] == 0
    app = {"app_id": tik.ours.app_id, "secret": tik.ours.app_secret}
    tik.http.post("/oauth2/revoke_token/", json={**app, "access_token": token})
    assert tik.get("pixel/list")["code"] == 40105


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("throttle", 40100),
        ("server_error", 50000),
        ("expired_token", 40102),
        ("http_200_error", 40002),
    ],
)
def test_scripted_fault_answers_like_the_vendor_once(tik: Tik, kind: str, code: int) -> None:
    before = set(tik.world.campaigns)
    tik.world.faults.add("tiktok", "campaign/create", kind)
    assert tik.post("campaign/create", tik.campaign())["code"] == code
    assert set(tik.world.campaigns) == before
    tik.new_campaign()


def test_lost_answer_is_found_again_by_its_request_id(tik: Tik) -> None:
    body = tik.campaign(request_id="5")
    tik.world.faults.add("tiktok", "campaign/create", "lose_answer")
    with pytest.raises(ConnectionDropped):
        tik.post("campaign/create", body)
    assert tik.post("campaign/create", body)["code"] == 40050
    found = tik.get("campaign/get", filtering={"campaign_name": "Ours"})["data"]["list"]
    assert len(found) == 1


def test_time_out_before_the_commit_leaves_nothing(tik: Tik) -> None:
    body = tik.campaign(request_id="5")
    tik.world.faults.add("tiktok", "campaign/create", "timeout_before")
    with pytest.raises(ConnectionDropped):
        tik.post("campaign/create", body)
    tik.done("campaign/create", body)


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("cut", [True, False])
def test_garbage_answer_is_no_json_whether_or_not_it_was_done(
    tik: Tik, carried_out: bool, cut: bool
) -> None:
    before = len(tik.world.campaigns)
    detail = {"carried_out": carried_out, "cut": cut}
    tik.world.faults.add("tiktok", "campaign/create", "garbage", **detail)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        tik.post("campaign/create", tik.campaign())
    assert len(tik.world.campaigns) == before + carried_out
