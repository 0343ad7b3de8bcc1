"""The admin's lists: queries, money, search and filters, and the way to the dashboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client, RequestFactory

from agents.models import Strategy
from campaigns.models import (
    Asset,
    Brief,
    Campaign,
    CampaignBudgetChange,
    DailyMetric,
    MetricRevision,
)
from core.admin.base import ScopedAdmin
from core.models import Advertiser, AuditEntry, Incident, Job, PolicyChange
from optimization.models import ABTest, Analysis, Decision, Rebalance, Run
from platforms.models import AdAccount, ApiCall
from tests.core.admin.rows import EDITED, LEDGERS, row_of
from tests.fixtures.admin import list_url, make_account, make_campaign, signed_in, today, url
from tests.fixtures.people import People, make_advertiser


def _again(model: type[Model]) -> Callable[[], None]:
    """Ten more rows, where a plain copy is allowed."""

    def copy() -> None:
        row = row_of(model)
        for _ in range(10):
            row.pk = None
            row._state.adding = True
            if isinstance(row, Strategy):  # one current plan per brief and account
                row.state = Strategy.State.REPLACED
            row.save()

    return copy


COPIED: list[type[Model]] = [ApiCall, AuditEntry, Decision, Analysis, MetricRevision, Strategy]


@pytest.mark.parametrize("model", COPIED, ids=lambda m: m.__name__)
def test_list_asks_no_more_queries_for_more_rows(
    model: type[Model], root: Client, django_assert_max_num_queries: Any
) -> None:
    Decision.objects.update(test=None)
    _again(model)()
    with django_assert_max_num_queries(14):
        assert len(root.get(list_url(model)).context["cl"].result_list) > 10


def test_ledger_pages_show_money_not_micros(root: Client) -> None:
    text = root.get(url(row_of(DailyMetric))).content.decode()
    assert "$12.34" in text
    assert "12340000" not in text
    text = root.get(url(row_of(CampaignBudgetChange))).content.decode()
    assert ("$100.00" in text, "$120.00" in text, "120000000" in text) == (True, True, False)
    text = root.get(url(row_of(Rebalance))).content.decode()
    assert "$250.00" in text
    assert '<div class="money">$110.00</div>' in text


def test_the_stop_switch_is_one_click_away_on_every_admin_page(root: Client) -> None:
    for path in ("/admin/", list_url(Strategy), url(row_of(Rebalance))):
        assert '<a href="/">Pages and stop switch</a>' in root.get(path).content.decode()


def test_every_list_of_an_advertisers_rows_is_ordered_searched_and_filtered() -> None:
    for model, shown in admin.site._registry.items():
        if isinstance(shown, ScopedAdmin):
            assert shown.ordering or model._meta.ordering, model
            assert shown.search_fields, model
    request = RequestFactory().get("/admin/")
    for model, shown in admin.site._registry.items():
        if isinstance(shown, ScopedAdmin) and model is not Advertiser:
            titles = [getattr(f, "title", "") for f in shown.get_list_filter(request)]
            assert "advertiser" in titles, model


def test_a_list_is_narrowed_to_one_advertiser(world: Advertiser, root: Client) -> None:
    other = make_campaign(make_account(make_advertiser("rival")), name="Theirs", remote_id="9")
    page = root.get(list_url(Campaign), {"advertiser": "rival"})
    assert [row.pk for row in page.context["cl"].result_list] == [other.pk]
    assert "By advertiser" in page.content.decode()


def test_an_advertiser_that_no_address_can_name_is_none(world: Advertiser, root: Client) -> None:
    page = root.get(list_url(Campaign), {"advertiser": "zzz\x00"})
    assert (page.status_code, list(page.context["cl"].result_list)) == (200, [])


def test_every_row_leads_to_its_page_of_the_dashboard(world: Advertiser, root: Client) -> None:
    missing = set()
    for model in [*LEDGERS, *EDITED]:
        text = root.get(url(row_of(model))).content.decode()
        found = re.search(r'<a href="([^"]+)">Open in the dashboard', text)
        if found is None:
            missing.add(model)
        else:
            assert root.get(found.group(1)).status_code == 200, model
    assert missing == {AuditEntry, Job, PolicyChange}


def test_the_dashboard_leads_staff_to_the_row_and_nobody_else(
    world: Advertiser, people: People
) -> None:
    rows = {
        "campaigns/{}/": Campaign,
        "briefs/{}/": Brief,
        "ab-tests/{}/": ABTest,
        "runs/{}/": Run,
    }
    pages = {path.format(row_of(m).pk): row_of(m) for path, m in rows.items()}
    pages |= {"connections/": row_of(AdAccount), "incidents/": row_of(Incident)}
    staff = signed_in(people.editor)
    plain = Client()
    plain.force_login(people.viewer)
    for path, row in pages.items():
        link = f'href="{url(row)}"'
        assert link in staff.get(f"/a/acme/{path}").content.decode(), path
        assert link not in plain.get(f"/a/acme/{path}").content.decode(), path


@pytest.mark.parametrize("model", [Advertiser, Campaign], ids=lambda m: m.__name__)
def test_charts_stand_over_the_form_with_their_numbers(
    model: type[Model], world: Advertiser, root: Client
) -> None:
    DailyMetric.objects.update(level="campaign", ad=None, day=today() - timedelta(days=1))
    text = root.get(url(row_of(model))).content.decode()
    assert text.count("<figure") == 2
    assert "Show as a table" in text
    assert '<td class="num">$12.34</td>' in text
    assert "plotly.min.js" in text
    assert "plotly.min.js" not in root.get(list_url(model)).content.decode()
    assert "plotly.min.js" not in root.get(url(row_of(Job))).content.decode()


def test_the_list_of_assets_shows_kind_and_length(root: Client) -> None:
    page = root.get(list_url(Asset)).content.decode()
    assert '<td class="field-kind">video</td>' in page
    assert '<td class="field-length">0:06</td>' in page
    asset = Asset.objects.get()
    assert f'<a href="/media/assets/{asset.pk}/">video</a>' in root.get(url(asset)).content.decode()
