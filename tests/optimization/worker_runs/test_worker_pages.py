"""Each worker's page and the API: runs, changes, errors, last change, and every finding's end."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from campaigns.models import Campaign
from core.models import Advertiser, Membership, Mode, Role
from optimization.models import Run, WorkerFinding
from tests.fixtures.clients import text
from tests.fixtures.people import People, client_of
from tests.optimization.live import passed


@pytest.fixture
def ran(advertiser: Advertiser, campaign: Campaign) -> Run:
    """A run that proposed one pause."""
    advertiser.mode = Mode.SUGGEST
    advertiser.save()
    return passed(advertiser)


@pytest.fixture
def api(people: People) -> APIClient:
    return client_of(people.viewer, Role.VIEWER)


def test_activity_shows_each_worker_with_its_numbers(viewer: Client, ran: Run) -> None:
    page = viewer.get("/a/acme/runs/")
    assert [one.name for one in page.context["workers"]] == ["Optimiser", "Budgets"]
    shown = text(page)
    assert 'href="/a/acme/runs/optimize/"' in shown
    assert "<span>1 run in 14 days</span><span>0 campaigns changed</span><span>0 errors</span>" in (
        shown
    )
    assert "<span>1 open finding</span><span>it has changed nothing yet</span>" in shown


def test_the_last_change_leads_to_its_run(
    viewer: Client, acting: Advertiser, campaign: Campaign
) -> None:
    run = passed(acting)
    shown = text(viewer.get("/a/acme/runs/optimize/"))
    assert f'last change <a href="/a/acme/runs/{run.pk}/">' in shown
    assert "<span>1 campaign changed</span>" in shown
    assert "No open finding" in shown
    ended = text(viewer.get("/a/acme/runs/optimize/?state=ended"))
    assert "Pause ad: Ad 1, in Campaign 1" in ended
    assert "Pause ad, by optimiser." in ended


def test_an_open_finding_says_how_it_stands_and_since_when(viewer: Client, ran: Run) -> None:
    found = WorkerFinding.objects.get()
    shown = text(viewer.get("/a/acme/runs/optimize/"))
    assert f'<a href="{found.url}">Pause ad: Ad 1, in Campaign 1</a>' in shown
    assert f"{found.first_at:%b %Y}" in shown
    assert "Proposed" in shown
    assert "A proposal waits for a person." in shown


def test_a_worker_in_trouble_says_so(viewer: Client, advertiser: Advertiser, ran: Run) -> None:
    WorkerFinding.objects.create(
        advertiser=advertiser,
        worker="optimize",
        kind="idle",
        key="idle",
        outcome="alert",
        title="The optimiser may act and changed nothing.",
    )
    shown = text(viewer.get("/a/acme/runs/"))
    assert "Needs attention" in shown
    assert "The optimiser may act and changed nothing." in shown


def test_there_is_no_page_of_another_worker(viewer: Client, ran: Run) -> None:
    assert viewer.get("/a/acme/runs/nobody/").status_code == 404


def test_another_advertiser_sees_nothing(viewer: Client, people: People, ran: Run) -> None:
    Membership.objects.all().delete()
    assert viewer.get("/a/acme/runs/optimize/").status_code == 404
    stranger = client_of(people.viewer, Role.VIEWER)
    assert stranger.get("/api/v1/runs/findings/?advertiser=acme").status_code == 404


# ---- API ---------------------------------------------------------------------------------


def test_findings_are_read_by_worker_and_state(api: APIClient, ran: Run) -> None:
    found = WorkerFinding.objects.get()
    (row,) = api.get("/api/v1/runs/findings/?worker=optimize&state=open").json()["results"]
    assert (row["id"], row["kind"], row["outcome"], row["times"]) == (
        found.pk,
        "loser",
        "proposal",
        0,
    )
    assert (row["title"], row["ad_id"]) == ("Pause ad: Ad 1, in Campaign 1", found.ad_id)
    assert row["closed_at"] is None
    assert api.get("/api/v1/runs/findings/?state=ended").json()["results"] == []
    assert api.get("/api/v1/runs/findings/?worker=rebalance").json()["results"] == []


@pytest.mark.parametrize("query", ["worker=nobody", "state=maybe", "kind=loser"])
def test_findings_refuse_what_they_do_not_know(api: APIClient, ran: Run, query: str) -> None:
    answer = api.get(f"/api/v1/runs/findings/?{query}")
    assert answer.status_code in {400, 422}
    assert query.partition("=")[0] in str(answer.json())
