"""Nothing that a request gives is ignored: names, forms of values, paths without their slash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import resolve
from rest_framework.test import APIClient

from campaigns.models import Campaign, PublishRequest
from core.api.views import StrictView
from core.models import Advertiser, AuditEntry, Job, Membership, Role
from optimization.models import ABTest, Decision, PacingPlan, Rebalance
from tests.fixtures.people import People, client_of, make_advertiser
from tests.fixtures.routes import one_of_each, routes

URLENCODED = "application/x-www-form-urlencoded"
WRITES = ("post", "patch", "put", "delete")


@pytest.fixture
def ids(advertiser: Advertiser, people: People) -> dict[str, Any]:
    return one_of_each(advertiser, people.admin)


@pytest.fixture
def api(people: People) -> APIClient:
    client = client_of(people.admin)
    client.raise_request_exception = False
    return client


def api_routes(ids: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Method and path of every route; PUT where the view has it."""
    for route in routes(ids):
        if not route.path.startswith("/api/") or resolve(route.path).url_name == "no-such-path":
            continue
        methods = getattr(route.view, "actions", None) or {
            name: name for name in ("get", *WRITES) if hasattr(route.view.view_class, name)
        }
        for method in set(methods) - {"head"}:
            yield method, route.path


def state() -> list[int]:
    """Every write of the API leaves one of these."""
    models = (ABTest, AuditEntry, Campaign, Decision, Job, PacingPlan, PublishRequest, Rebalance)
    return [model._default_manager.count() for model in models]


def raw(api: Any, method: str, path: str, body: bytes, content_type: str) -> Any:
    return api.generic(method.upper(), path, body, content_type)


def refusals(answer: Any) -> dict[str, str]:
    assert answer["Content-Type"] == "application/problem+json", answer
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


def test_every_view_checks_names(ids: dict[str, Any]) -> None:
    views = [route.view for route in routes(ids) if route.path.startswith("/api/")]
    kinds = {getattr(view, "cls", None) or view.view_class for view in views}
    assert len(kinds) > 15
    assert [kind for kind in kinds if not issubclass(kind, StrictView)] == []


def test_an_unknown_parameter_is_refused_by_every_route(
    ids: dict[str, Any], api: APIClient
) -> None:
    asked, before = 0, state()
    for method, path in api_routes(ids):
        answer = getattr(api, method)(f"{path}?unheard=1")
        assert answer.status_code == 400, (method, path, answer.content)
        assert "unheard" in refusals(answer), (method, path)
        asked += 1
    assert asked > 50
    assert state() == before


def test_an_unknown_field_is_refused_by_every_route(ids: dict[str, Any], api: APIClient) -> None:
    asked, before = 0, state()
    multipart = "multipart/form-data; boundary=x"
    form = b'--x\r\nContent-Disposition: form-data; name="unheard"\r\n\r\n1\r\n--x--\r\n'
    for method, path in api_routes(ids):
        for body, kind in ((b'{"unheard": 1}', "application/json"), (form, multipart)):
            answer = raw(api, method, path, body, kind)
            if answer.status_code == 415:  # uploads are multipart only
                continue
            assert answer.status_code == 400, (method, path, answer.content)
            assert "unheard" in refusals(answer), (method, path)
            asked += 1
    assert asked > 100
    assert state() == before


def test_dry_run_is_refused_by_every_write_that_has_none(
    ids: dict[str, Any], api: APIClient
) -> None:
    before = state()
    for method, path in api_routes(ids):
        if method == "get":
            continue
        answer = getattr(api, method)(f"{path}?dry_run=true")
        assert "dry_run" in refusals(answer), (method, path)
        if path != "/api/v1/report-imports/":
            answer = getattr(api, method)(path, {"dry_run": "true"}, format="multipart")
            assert "dry_run" in refusals(answer), (method, path)
    assert state() == before


def test_the_known_name_that_is_close_is_said(ids: dict[str, Any], api: APIClient) -> None:
    path = f"/api/v1/campaigns/{ids['campaign']}/"
    answer = api.patch(path, {"dayly_budget": "5", "status": "paused"}, format="json")
    assert refusals(answer) == {
        "dayly_budget": "There is no field 'dayly_budget' here. Did you mean 'daily_budget'? "
        "Known: daily_budget, end, name, start, wanted.",
        "status": "There is no field 'status' here. Known: daily_budget, end, name, start, wanted.",
    }
    assert not PublishRequest.objects.exists()
    assert Campaign.objects.get().wanted == "active"
    answer = api.patch(f"{path}?wanted=paused", {}, format="json")
    assert refusals(answer) == {"wanted": "This is no query parameter here: send it in the body."}
    assert Campaign.objects.get().wanted == "active"


def test_figures_of_one_campaign_are_not_those_of_all(ids: dict[str, Any], api: APIClient) -> None:
    answer = api.get(f"/api/v1/performance/?campaign={ids['campaign']}")
    assert answer.status_code == 400
    assert list(refusals(answer)) == ["campaign"]


LISTS = {
    "campaigns": "campaign",
    "ab-tests": "ab_test",
    "decisions": "decision",
    "rebalances": "rebalance",
    "pacing-plans": "pacing_plan",
    "runs": "run",
    "assets": "asset",
    "briefs": "brief",
    "strategies": "strategy",
}


def test_a_list_is_of_the_advertiser_that_is_named(
    ids: dict[str, Any], api: APIClient, people: People
) -> None:
    rival = make_advertiser("rival")
    Membership.objects.create(user=people.admin, advertiser=rival, role=Role.ADMIN)
    of_rival = one_of_each(rival, people.admin)

    def listed(query: str) -> set[int]:
        return {row["id"] for row in api.get(f"/api/v1/{query}").json()["results"]}

    for name, key in LISTS.items():
        acme, theirs = (listed(f"{name}/?advertiser={slug}") for slug in ("acme", "rival"))
        assert ids[key] in acme, name
        assert of_rival[key] in theirs, name
        assert not acme & theirs, name
        assert listed(f"{name}/") == acme | theirs, name
    for name in (*LISTS, "brief-templates"):
        assert api.get(f"/api/v1/{name}/?advertiser=other").status_code == 404, name


def test_decisions_are_those_of_the_campaign(ids: dict[str, Any], api: APIClient) -> None:
    for query, count in (
        (f"campaign={ids['campaign']}", 1),
        ("campaign=999999", 0),
        (f"test={ids['test']}&state=proposed", 1),
        ("state=done", 0),
    ):
        answer = api.get(f"/api/v1/decisions/?{query}").json()
        assert len(answer["results"]) == count, query
    for query in ("campaign=1_0", "test=x", "test=١", f"test={10**40}", "state=open"):
        assert list(refusals(api.get(f"/api/v1/decisions/?{query}"))) == [query.split("=")[0]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("advertiser=acme&advertiser=other", "advertiser"),
        ("advertiser=", "advertiser"),
        ("page_size=0", "page_size"),
        ("page_size=501", "page_size"),
        ("page_size=ten", "page_size"),
        ("platform=bing", "platform"),
        ("wanted=stopped", "wanted"),
    ],
)
def test_a_parameter_that_would_be_guessed_is_refused(
    ids: dict[str, Any], api: APIClient, query: str, field: str
) -> None:
    answer = api.get(f"/api/v1/campaigns/?{query}")
    assert (answer.status_code, list(refusals(answer))) == (400, [field])


@pytest.mark.parametrize("position", ["abc", "1_0", str(10**40), "%00", "-1"])
def test_a_cursor_that_no_page_gave_is_not_found(api: APIClient, position: str) -> None:
    from base64 import b64encode

    cursor = b64encode(f"p={position}".encode()).decode()
    answer = api.get("/api/v1/campaigns/", {"cursor": cursor})
    assert (answer.status_code, answer.json()["title"]) == (404, "Invalid cursor")


def test_the_query_and_the_body_name_one_advertiser(
    ids: dict[str, Any], api: APIClient, people: People
) -> None:
    Membership.objects.create(
        user=people.admin, advertiser=make_advertiser("rival"), role=Role.ADMIN
    )
    before = state()
    for query, body in (("", {}), ("?advertiser=acme", {"advertiser": "rival"})):
        answer = api.post(f"/api/v1/runs/{query}", body, format="json")
        assert list(refusals(answer)) == ["advertiser"]
    for wrong in ([], ["acme"], {"a": 1}, 5, None):
        answer = api.post("/api/v1/runs/", {"advertiser": wrong}, format="json")
        assert list(refusals(answer)) == ["advertiser"]
    assert state() == before
    assert api.post("/api/v1/runs/?advertiser=acme").status_code == 202
    assert api.post("/api/v1/runs/", {"advertiser": "rival"}, format="json").status_code == 202


PICKING = "briefs assets report-imports rebalances pacing-plans runs".split()


@pytest.mark.parametrize("name", PICKING)
def test_a_write_takes_its_advertiser_in_the_query_and_in_the_body(
    ids: dict[str, Any], api: APIClient, name: str
) -> None:
    path = f"/api/v1/{name}/"
    for answer in (
        api.post(f"{path}?advertiser=acme", {"odd": "1"}, format="multipart"),
        api.post(path, {"odd": "1", "advertiser": "acme"}, format="multipart"),
    ):
        assert list(refusals(answer)) == ["odd"]


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
