"""Analyses and verdicts of an older form: named on page, API and admin, and no worker dies."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from campaigns.models import Ad
from core.common import clock
from core.models import Advertiser
from optimization import services
from optimization.ab_tests.page.challengers import challengers
from optimization.models import ABTest, Analysis, Decision, SelfTest
from optimization.stored_results.analysis import OLDER, OLDER_VERDICT
from platforms.models import AdAccount
from tests.campaigns.page_rows import make_account
from tests.fixtures.admin import act, list_url, superuser, url
from tests.fixtures.clients import signed_in, text
from tests.fixtures.people import People, client_of
from tests.optimization.live import passed
from tests.optimization.pages.ab_rows import campaign_with_ads, look_at

pytestmark = pytest.mark.usefixtures("noon")

ODD: list[Any] = [
    {},
    [],
    "x",
    7,
    {"summary": 5, "arms": None},
    {"status": "winner", "arms": [{"id": 1, "rate": "much"}]},
    {"arms": [{"id": "one", "status": "collecting"}]},
]


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return make_account(advertiser, "google", synced_market_at=clock.market_now())


@pytest.fixture
def test(account: AdAccount) -> ABTest:
    """Ad A has won against Ad B."""
    return look_at(campaign_with_ads(account, 80, 20))


def page_of(client: Client, test: ABTest) -> Any:
    return client.get(f"/a/acme/ab-tests/{test.pk}/")


@pytest.mark.parametrize("stored", ODD, ids=repr)
def test_the_pages_name_what_they_cannot_read(
    stored: Any, test: ABTest, viewer: Client, account: AdAccount
) -> None:
    Analysis.objects.update(result=stored)
    page = page_of(viewer, test)
    report = page.context["report"]
    assert report.verdict.sentence == OLDER
    assert [(line.rate, line.chance, line.interval) for line in report.lines] == [
        ("–", None, None),
        ("–", None, None),
    ]
    assert OLDER in text(page)
    (line,) = viewer.get("/a/acme/ab-tests/").context["lines"]
    assert (line.word, line.leader.name) == ("Winner", "Ad A")
    assert challengers(test, test.analyses.latest()) == []


def test_its_own_sentence_is_shown_with_the_notice(test: ABTest, viewer: Client) -> None:
    Analysis.objects.update(
        result={"summary": f"Arm {test.winner_id} is best.", "arms": 3}, status="sure_thing"
    )
    report = page_of(viewer, test).context["report"]
    assert report.verdict.sentence == "“Ad A” is best."
    assert report.warnings == [OLDER]
    assert report.history[0][1:3] == ("Sure thing", "off")


def test_what_the_first_version_did_not_measure_is_a_dash(test: ABTest, viewer: Client) -> None:
    analysis = Analysis.objects.get()
    for arm in analysis.result["arms"]:
        del arm["delivery_share"]
    del analysis.result["what_would_change"]
    Analysis.objects.update(result=analysis.result, method_version="ab-1")
    report = page_of(viewer, test).context["report"]
    assert report.verdict.sentence.startswith("“Ad A” has the best CTR as delivered")
    assert [(line.rate, line.delivery) for line in report.lines] == [
        ("4.04%", None),
        ("1.05%", None),
    ]
    assert (report.verdict.would_change, report.warnings) == ("", analysis.result["warnings"])


@pytest.mark.parametrize("stored", ODD, ids=repr)
def test_the_api_names_what_it_cannot_read(stored: Any, test: ABTest, people: People) -> None:
    api: APIClient = client_of(people.viewer)
    Analysis.objects.update(result=stored)
    ABTest.objects.update(verdict=stored or {"status": "winner"})
    path = f"/api/v1/ab-tests/{test.pk}/"
    detail = api.get(path).json()
    assert detail["result"]["stored_in_older_form"] is True
    assert (detail["result"]["status"], detail["result"]["summary"]) == ("winner", OLDER)
    assert (detail["status"], detail["verdict"]) == ("winner", {"stored_in_older_form": True})
    (listed,) = api.get("/api/v1/ab-tests/").json()["results"]
    assert listed == detail
    (analysis,) = api.get(f"{path}looks/").json()["results"]
    assert analysis["result"] == detail["result"]
    assert api.get(f"{path}looks/{analysis['id']}/replay/").json() == {
        "same_figures": True,
        "same_verdict": False,
        "status": "winner",
        "stored_in_older_form": True,
        "holds": False,
    }


def test_the_api_gives_a_readable_analysis_as_it_is_stored(test: ABTest, people: People) -> None:
    analysis = Analysis.objects.get()
    detail = client_of(people.viewer).get(f"/api/v1/ab-tests/{test.pk}/").json()
    assert (detail["result"], detail["verdict"]) == (analysis.result, test.verdict)


@pytest.mark.parametrize("settings", [[], "x", {"alpha": "much"}, {"guard_metrics": ["likes"]}])
def test_settings_that_cannot_be_read_cannot_be_computed_again(
    settings: Any, test: ABTest, people: People
) -> None:
    Analysis.objects.update(settings=settings)
    analysis = Analysis.objects.get()
    again = services.reproduce(analysis)
    assert (again.holds, again.stored_in_older_form, again.status) == (False, True, "winner")


@pytest.mark.parametrize("stored", ODD, ids=repr)
def test_the_admin_names_what_it_cannot_read(stored: Any, test: ABTest) -> None:
    Analysis.objects.update(result=stored)
    root = signed_in(superuser())
    assert OLDER in root.get(url(test)).content.decode()
    analysis = Analysis.objects.get()
    assert root.get(url(analysis)).status_code == 200
    assert act(root, [analysis], "compute_again") == [f"{analysis}: {OLDER}"]


@pytest.mark.parametrize("stored", [*ODD[1:], {"status": "winner"}], ids=repr)
def test_a_worker_passes_over_odd_rows_and_a_named_winner_stays_named(
    stored: Any, test: ABTest, advertiser: Advertiser
) -> None:
    winner = test.winner_id
    Analysis.objects.update(result=stored, settings=stored)
    ABTest.objects.update(verdict=stored)
    run = passed(advertiser)
    (outcome,) = run.outcomes.all()
    assert (outcome.state, outcome.said) == ("done", "winner, 1 pauses proposed")
    test.refresh_from_db()
    assert (test.status, test.winner_id) == ("winner", winner)
    latched = test.standing.latched
    assert latched is not None
    assert (latched.winner_ids, latched.change) == ((winner,), "kept")
    assert latched.losing_ids == (Ad.objects.get(name="Ad B").pk,)
    assert latched.reason == (f"Arm {winner} was named winner; nothing since contradicts it.")


def test_an_odd_verdict_is_named_until_the_next_look(test: ABTest, viewer: Client) -> None:
    ABTest.objects.update(
        verdict={"status": "winner", "withdrawn": f"Arm {test.winner_id} fell back."}
    )
    report = page_of(viewer, test).context["report"]
    assert OLDER_VERDICT in report.warnings
    assert report.withdrawn == "“Ad A” fell back."
    services.analyse_test(test)
    assert OLDER_VERDICT not in page_of(viewer, test).context["report"].warnings


def test_an_odd_verdict_without_a_winner_begins_anew(account: AdAccount) -> None:
    young = look_at(campaign_with_ads(account, 3, 2, days=2))
    ABTest.objects.update(verdict=["odd"])
    services.analyse_test(young)
    young.refresh_from_db()
    assert (young.status, young.winner_id) == ("insufficient_data", None)
    assert young.standing.latched is not None
    assert not Decision.objects.exists()


@pytest.mark.parametrize("stored", ODD, ids=repr)
def test_an_odd_self_test_says_to_run_it_again(
    stored: Any, advertiser: Advertiser, viewer: Client
) -> None:
    made = SelfTest.objects.create(advertiser=advertiser, state="done", result=stored)
    says = "This result is stored in an older form. Run the self-test again."
    (line,) = viewer.get("/a/acme/ab-tests/").context["self_tests"]
    assert (line.says, line.word) == (says, "Cannot tell yet")
    assert says in signed_in(superuser()).get(list_url(SelfTest)).content.decode()
    assert services.run_self_test(made).result == stored
