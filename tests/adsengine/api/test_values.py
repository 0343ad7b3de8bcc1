"""Forms of values, paths without their slash, bodies that cannot be read: refused in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from campaigns.models import Campaign
from optimization.models import Rebalance
from tests.adsengine.api.asking import WRITES, api_routes, raw, refusals, state

URLENCODED = "application/x-www-form-urlencoded"


# ---- forms of values ----

CSV = b"campaign,ad,date,impressions,clicks,spend\nOne,A,2026-01-05,100,3,1.50\n"


def send_report(api: APIClient, **more: str) -> Any:
    upload = SimpleUploadedFile("r.csv", CSV, "text/csv")
    return api.post("/api/v1/report-imports/", {"file": upload, "currency": "USD", **more})


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "1", "yes", "on"])
def test_a_dry_run_takes_nothing_however_it_is_written(api: APIClient, text: str) -> None:
    assert send_report(api, dry_run=text).status_code == 200
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("text", ["false", "False", "0", "no", "off"])
def test_no_dry_run_takes_the_report_however_it_is_written(api: APIClient, text: str) -> None:
    assert send_report(api, dry_run=text).status_code == 201
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize("name", ["dry_run", "skip_bad_rows"])
@pytest.mark.parametrize("text", ["", "maybe", "2", "truee", "null", "１"])
def test_what_is_neither_true_nor_false_is_refused(api: APIClient, name: str, text: str) -> None:
    answer = send_report(api, **{name: text})
    assert (answer.status_code, refusals(answer)) == (400, {name: "Write true or false."})
    assert not Campaign.objects.exists()


def test_an_approval_that_is_no_flag_approves_nothing(ids: dict[str, Any], api: APIClient) -> None:
    path = f"/api/v1/strategies/{ids['strategy']}/approve/"
    answer = api.post(path, {"plan_hash": "x", "unchecked": "perhaps"}, format="json")
    assert refusals(answer) == {"unchecked": "Write true or false."}


@pytest.mark.parametrize("text", ["1e3", "1_000", "١٢", "NaN", "Infinity", "0x1", True, [1], "½"])
def test_a_number_is_written_plainly(ids: dict[str, Any], api: APIClient, text: Any) -> None:
    before = state()
    test = {"campaign_id": ids["campaign"], "smallest_effect": text}
    answer = api.post("/api/v1/ab-tests/", test, format="json")
    assert refusals(answer) == {"smallest_effect": "Write a number such as 0.25."}
    shares = {"accounts": [ids["account"]], "shares": [text]}
    answer = api.post("/api/v1/briefs/", shares, format="json")
    assert refusals(answer)["shares.0"] == "Write a number such as 0.25."
    answer = api.post(
        "/api/v1/ab-tests/", {**test, "smallest_effect": 0.2, "campaign_id": text}, format="json"
    )
    assert refusals(answer) == {"campaign_id": "Write an id, such as 14."}
    budget = {"daily_budget": text}
    answer = api.patch(f"/api/v1/campaigns/{ids['campaign']}/", budget, format="json")
    assert list(refusals(answer)) == ["daily_budget"]
    assert state() == before


# ---- paths ----


def test_a_write_without_the_final_slash_is_refused_and_not_redirected(
    ids: dict[str, Any], api: APIClient
) -> None:
    before, asked = state(), 0
    for method, path in api_routes(ids):
        answer = getattr(api, method)(path.removesuffix("/"))
        if method == "get":
            assert (answer.status_code, answer["Location"]) == (301, path)
            continue
        assert (answer.status_code, answer.json()["code"]) == (404, "missing_slash"), (method, path)
        assert answer.json()["title"].endswith(f"the path ends with a slash, {path}")
        asked += 1
    assert asked > 20
    assert state() == before


@pytest.mark.parametrize(
    "path",
    [
        "briefs.json",
        "briefs.json/",
        "campaigns/1.json",
        "campaigns/%00/",
        "campaigns/x%0Ay",
        "campaigns/１/",
        f"campaigns/{10**40}/",
        f"tasks/{10**40}/",
        f"tasks/{'9' * 5000}/",
        "nowhere/",
        "nowhere",
        "campaigns//",
        "%ED%A0%80/",
    ],
)
def test_a_path_that_is_not_there_is_a_problem_of_its_own(api: APIClient, path: str) -> None:
    for method in ("get", *WRITES):
        answer = getattr(api, method)(f"/api/v1/{path}")
        if path.startswith("tasks/") and method != "get" and len(path) < 99:
            assert answer.status_code == 405
            continue
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_path_that_is_not_there_asks_strangers_to_sign_in(db: None) -> None:
    assert APIClient().post("/api/v1/nowhere").status_code == 401
    assert APIClient().post("/api/v1/briefs").status_code == 401


# ---- bodies ----


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b'{"name": "\\ud800"}', 400, "surrogate"),
        (b'{"name": "a\\u0000"}', 400, "null character"),
        (b'{"\\ud800": 1}', 400, "surrogate"),
        (b'{"name": "a", "name": "b"}', 400, "twice"),
        (b'{"accounts": ' + b"[" * 600 + b"]" * 600 + b"}", 400, "too deep"),
        (b"[" * 200_000, 400, "too deep"),
        (b'{"shares": [NaN]}', 400, "not a number of JSON"),
        (b'{"total_budget": 1' + b"0" * 5000 + b"}", 400, "not JSON"),
        (b"\xff", 400, "UTF-8"),
        (b'\xef\xbb\xbf{"name": "a"}', 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (b"[1]", 400, "JSON object"),
        (b"null", 400, "JSON object"),
        (b'{"name": "' + b"x" * (33 << 20) + b'"}', 413, "at most 32 MB"),
    ],
    ids=str,
)
def test_a_body_that_cannot_be_read_is_refused_in_words(
    ids: dict[str, Any], api: APIClient, body: bytes, status: int, says: str
) -> None:
    for content_type in ("application/json", "application/json; charset=base64"):
        answer = raw(api, "post", "/api/v1/briefs/", body, content_type)
        assert answer.status_code == status, answer.content[:500]
        assert says in answer.content.decode()
        assert len(answer.content) < 2000


def test_a_form_of_33_mb_is_refused_in_words(api: APIClient) -> None:
    body = b"name=" + b"x" * (33 << 20)
    answer = raw(api, "post", "/api/v1/briefs/", body, URLENCODED)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    answer = api.post("/api/v1/briefs/", {"name": "x" * (33 << 20)}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    many = "&".join(f"a{n}=1" for n in range(1001)).encode()
    answer = raw(api, "post", "/api/v1/briefs/", many, URLENCODED)
    assert answer.status_code == 400


def test_one_running_campaign_has_nothing_to_move(ids: dict[str, Any], api: APIClient) -> None:
    Campaign.objects.update(remote="active", managed=True)
    Rebalance.objects.all().delete()
    answer = api.post("/api/v1/rebalances/", {"currency": "USD"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_move")
    assert answer.json()["title"] == "Nothing to move: that needs two running campaigns."
    assert not Rebalance.objects.exists()
