"""The header of every page of figures: account, range, comparison; all of it from the URL."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from core.common.dates import DayRange
from core.models import Advertiser
from platforms.models import AdAccount
from tests.campaigns.page_rows import YESTERDAY, deliver, make_account, make_ad, make_campaign

pytestmark = pytest.mark.usefixtures("noon")

PAGES = ("", "campaigns/", "creatives/", "creatives/pictures/", "analytics/")


@pytest.fixture
def two(advertiser: Advertiser) -> list[AdAccount]:
    """One spent 100 yesterday and 40 a year before that; the other 7."""
    accounts = [make_account(advertiser, "meta"), make_account(advertiser, "meta")]
    for account, spend in zip(accounts, (100, 7), strict=True):
        campaign = make_campaign(account, name=f"Boots {account.name}")
        deliver(campaign, spend=spend)
        deliver(make_ad(campaign, name=f"Ad {account.name}"), spend=spend)
    first = accounts[0].campaigns.get()
    deliver(first, YESTERDAY.replace(year=2025), spend=40)
    return accounts


def get(viewer: Client, page: str = "", **query: Any) -> Any:
    return viewer.get(f"/a/acme/{page}", query)


def spend(page: Any) -> tuple[str, str]:
    """Now, and what it is compared with."""
    card = page.context["kpis"][0]
    return card.value, card.before


def test_one_account_is_shown_alone_on_every_page(viewer: Client, two: list[AdAccount]) -> None:
    first, second = two
    assert spend(get(viewer)) == ("$107.00", "$0.00")
    assert spend(get(viewer, account=second.pk)) == ("$7.00", "$0.00")
    assert [row.item.name for row in get(viewer, account=second.pk).context["rows"]] == [
        f"Boots {second.name}"
    ]
    assert spend(get(viewer, "analytics/", account=first.pk))[0] == "$100.00"
    for page in ("campaigns/", "campaigns/ads/", "creatives/"):
        table = get(viewer, page, account=second.pk).context["table"]
        assert (table.count, str(table.total.spend)) == (1, "$7.00"), page


@pytest.mark.parametrize("page", PAGES)
def test_the_filter_and_the_comparison_go_along_to_other_pages(
    viewer: Client, two: list[AdAccount], page: str
) -> None:
    scope = get(viewer, page, account=two[0].pk, compare="year", range="7d").context["scope"]
    assert scope.query == f"?range=7d&account={two[0].pk}&compare=year"
    assert (scope.problem, scope.account) == ("", two[0])


@pytest.mark.parametrize("page", PAGES)
def test_an_account_of_others_is_left_out_and_said(
    viewer: Client, two: list[AdAccount], page: str
) -> None:
    answer = get(viewer, page, account=999_999)
    scope = answer.context["scope"]
    assert scope.account is None
    assert "account" in scope.problem
    assert answer.status_code == 200


@pytest.mark.parametrize("page", [*PAGES, "campaigns/ads/"])
def test_only_one_account_can_be_chosen(viewer: Client, two: list[AdAccount], page: str) -> None:
    pks = [account.pk for account in two]
    for given in (pks, f"{pks[0]},{pks[1]}"):
        scope = get(viewer, page, account=given).context["scope"]
        assert scope.problem.startswith("Only one account can be chosen at a time")
        assert (scope.account, scope.chosen, scope.looked_at) == (None, "", two)
    scope = get(viewer, page, account=[pks[0], pks[0]]).context["scope"]
    assert (scope.account, scope.problem) == (two[0], "")


def test_a_file_of_several_accounts_is_refused(viewer: Client, two: list[AdAccount]) -> None:
    pks = [account.pk for account in two]
    for page in ("campaigns.csv", "analytics.csv"):
        answer = get(viewer, page, account=pks)
        assert answer.status_code == 400
        assert answer.content.decode().startswith("Only one account can be chosen at a time")
    answer = viewer.get("/api/v1/analytics/", {"account": pks})
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == ["account"]


def test_an_account_that_does_not_fit_is_left_out_and_said(
    viewer: Client, advertiser: Advertiser, two: list[AdAccount]
) -> None:
    euro = make_account(advertiser, "google", currency="EUR")
    assert get(viewer, account=euro.pk).context["scope"].currency == "EUR"
    for query, says in (
        ({"currency": "USD"}, "is in EUR, so it is left out."),
        ({"platform": "meta"}, "is not on the chosen platform, so it is left out."),
    ):
        scope = get(viewer, account=euro.pk, **query).context["scope"]
        assert (scope.account, scope.chosen) == (None, "")
        assert scope.problem.endswith(says)


def test_it_is_compared_with_the_same_days_a_year_before(
    viewer: Client, two: list[AdAccount]
) -> None:
    page = get(viewer, range="7d", compare="year")
    assert spend(page) == ("$107.00", "$40.00")
    assert page.context["scope"].comparison == "compared with 8 Mar 2025 – 14 Mar 2025"
    roas = page.context["charts"][0]
    assert [trace["name"] for trace in roas.plotly["data"]] == ["ROAS", "A year before"]


def test_it_is_compared_with_any_days_of_another_length(
    viewer: Client, two: list[AdAccount]
) -> None:
    page = get(viewer, range="7d", compare="2025-03-14..2025-03-14")
    assert spend(page) == ("$107.00", "$40.00")
    assert page.status_code == 200


def test_nothing_is_compared_where_the_reader_says_so(viewer: Client, two: list[AdAccount]) -> None:
    page = get(viewer, range="7d", compare="none")
    assert spend(page) == ("$107.00", "")
    assert page.context["kpis"][0].change is None
    assert "not compared" in page.content.decode()
    assert [trace["name"] for trace in page.context["charts"][0].plotly["data"]] == ["ROAS"]


@pytest.mark.parametrize(
    "compare", ["last", "2026-13-01..2026-13-02", "..", "2026-02-02..2026-01-01"]
)
def test_a_comparison_that_cannot_be_read_is_said(
    viewer: Client, two: list[AdAccount], compare: str
) -> None:
    scope = get(viewer, range="7d", compare=compare).context["scope"]
    assert scope.compare == "previous"
    assert "The period before is compared with." in scope.problem


def test_lifetime_is_all_days_with_figures(viewer: Client, two: list[AdAccount]) -> None:
    for page in ("", "analytics/"):
        answer = get(viewer, page, range="lifetime")
        assert answer.context["scope"].days == DayRange(date(2025, 3, 14), YESTERDAY)
        assert spend(answer)[0] == "$147.00"


def test_lifetime_without_figures_is_the_usual_range(
    viewer: Client, advertiser: Advertiser
) -> None:
    make_account(advertiser)
    scope = get(viewer, range="lifetime").context["scope"]
    assert scope.days == DayRange(YESTERDAY - timedelta(days=27), YESTERDAY)


def test_today_is_included_and_left_out_again(viewer: Client, two: list[AdAccount]) -> None:
    scope = get(viewer, range="7d").context["scope"]
    assert (scope.with_today, scope.includes_today) == ("7d_today", False)
    scope = get(viewer, range=scope.with_today).context["scope"]
    assert (scope.with_today, scope.includes_today) == ("7d", True)
    assert get(viewer, range="this_month").context["scope"].with_today == ""


def test_dates_of_a_form_become_one_range_and_one_comparison(
    viewer: Client, two: list[AdAccount]
) -> None:
    typed = {"range": "7d", "before_from": "2025-03-01", "before_to": "2025-03-07"}
    answer = get(viewer, **typed, account=two[0].pk)
    assert answer.status_code == 302
    assert (
        answer["Location"]
        == f"/a/acme/?range=7d&account={two[0].pk}&compare=2025-03-01..2025-03-07"
    )


def test_a_card_leads_to_its_metric_in_analytics(viewer: Client, two: list[AdAccount]) -> None:
    page = get(viewer, account=two[0].pk)
    base = page.context["kpi_base"]
    assert base == f"/a/acme/analytics/?account={two[0].pk}&"
    names = [card.metric for card in page.context["kpis"]]
    for name in names:
        assert viewer.get(f"{base}metric={name}").context["query"].metric == name
    campaign = two[1].campaigns.get()
    own = viewer.get(f"/a/acme/campaigns/{campaign.pk}/?account={two[0].pk}").context["kpi_base"]
    assert viewer.get(f"{own}metric=roas").context["query"].campaign == campaign
