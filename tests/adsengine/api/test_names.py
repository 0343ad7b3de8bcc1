"""No name that a request gives is ignored: fields, parameters, advertisers."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from campaigns.models import Campaign, PublishRequest
from core.api.views import StrictView
from core.models import Membership, Role
from tests.adsengine.api.asking import api_routes, raw, refusals, state
from tests.fixtures.people import People, make_advertiser
from tests.fixtures.routes import one_of_each, routes


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


def test_an_unknown_parameter_without_a_value_is_unknown(
    ids: dict[str, Any], api: APIClient
) -> None:
    answer = api.get("/api/v1/campaigns/?advertizer=&advertizer=")
    [(name, message)] = refusals(answer).items()
    assert name == "advertizer"
    assert "Did you mean 'advertiser'?" in message


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
        ("advertiser=%20", "advertiser"),
        ("search=%20%09", "search"),
        ("managed=", "managed"),
        ("managed=maybe", "managed"),
        ("managed=2", "managed"),
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


@pytest.mark.parametrize(("text", "count"), [("true", 1), ("yes", 1), ("1", 1), ("No", 0)])
def test_campaigns_are_those_that_are_managed_or_not(
    ids: dict[str, Any], api: APIClient, text: str, count: int
) -> None:
    Campaign.objects.update(managed=True)
    answer = api.get(f"/api/v1/campaigns/?managed={text}").json()
    assert len(answer["results"]) == count


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
