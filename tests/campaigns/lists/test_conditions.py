"""Filters of the list by figures, by the day of the last change, and the check of names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign
from campaigns.naming import Patterns
from campaigns.services import set_patterns
from core.common import clock
from core.models import Actor, Advertiser, AuditAction, AuditEntry, record
from tests.campaigns.page_rows import deliver, make_account, make_ad, make_campaign

pytestmark = pytest.mark.usefixtures("noon")

LIST = "/a/acme/campaigns/"


@pytest.fixture
def campaigns(advertiser: Advertiser) -> dict[str, Campaign]:
    """Cheap and dear ones, and one that never delivered."""
    account = make_account(advertiser)
    found = {name: make_campaign(account, name=name) for name in ("Cheap", "Dear", "Silent")}
    deliver(found["Cheap"], spend=50, revenue=200, clicks=30, impressions=1000)
    deliver(found["Dear"], spend=100, revenue=90, clicks=10, impressions=1000, conversions="0")
    return found


def names(page: Any) -> list[str]:
    return [row.item.name for row in page.context["table"].rows]


def chips(page: Any) -> list[tuple[str, str]]:
    return [(chip.name, chip.value) for chip in page.context["chips"]]


@pytest.mark.parametrize(
    ("where", "fit"),
    [
        ("spend>50", ["Dear"]),
        ("spend>49.99", ["Dear", "Cheap"]),
        ("spend<100", ["Cheap", "Silent"]),
        ("roas<1", ["Dear"]),
        ("ctr>2.9", ["Cheap"]),
        ("ctr>3", []),
        ("cpa<1000", ["Cheap"]),
        ("spend>10,spend<60", ["Cheap"]),
        ("conversions<1", ["Dear", "Silent"]),
    ],
)
def test_only_rows_whose_figures_fit_are_shown_and_summed(
    editor: Client, campaigns: dict[str, Campaign], where: str, fit: list[str]
) -> None:
    page = editor.get(LIST, {"where": where})
    assert names(page) == fit
    spent = {"Cheap": 50, "Dear": 100, "Silent": 0}
    assert page.context["table"].total.spend.amount == sum(spent[name] for name in fit)


def test_each_condition_is_a_chip_that_takes_itself_off(
    editor: Client, campaigns: dict[str, Campaign]
) -> None:
    page = editor.get(LIST, {"where": "spend>10,ctr<2.5,roas>0.1"})
    assert chips(page) == [("Spend", "above 10"), ("CTR", "below 2.5%"), ("ROAS", "above 0.1x")]
    assert page.context["chips"][1].leaves == "spend>10,roas>0.1"
    assert "where=spend%3E10%2Croas%3E0.1" in page.content.decode()


@pytest.mark.parametrize("where", ["spend", "spend>x", "age>3", "spend>=3", "spend>1e9", "<3"])
def test_a_condition_that_cannot_be_read_is_said_and_left_out(
    editor: Client, campaigns: dict[str, Campaign], where: str
) -> None:
    page = editor.get(LIST, {"where": where})
    assert len(names(page)) == 3
    assert "is no condition, so it is left out. Write one like spend>100." in (
        page.context["scope"].problem
    )


def test_the_forms_parts_become_one_address(editor: Client, campaigns: dict[str, Campaign]) -> None:
    sent = {"where": "roas>1", "if_metric": "spend", "if_sign": "<", "if_bound": "1,000"}
    answer = editor.get(LIST, sent)
    assert answer.status_code == 302
    assert names(editor.get(answer["Location"])) == ["Cheap"]
    nothing = editor.get(
        LIST, {"if_metric": "", "if_sign": "<", "if_bound": "", "status": "active"}
    )
    assert nothing["Location"] == f"{LIST}?status=active"


def test_the_file_holds_the_same_rows(editor: Client, campaigns: dict[str, Campaign]) -> None:
    text = editor.get("/a/acme/campaigns.csv", {"where": "spend>50"}).content.decode()
    assert "Dear" in text
    assert "Cheap" not in text


def test_all_ticked_under_one_condition_are_not_all_under_another(
    editor: Client, campaigns: dict[str, Campaign]
) -> None:
    marks = {
        editor.get(LIST, query).context["mark"]
        for query in (
            {},
            {"where": "spend>50"},
            {"where": "spend>60"},
            {"where": "spend>50", "range": "7d"},
            {"changed": "2026-03-01"},
        )
    }
    assert len(marks) == 5


def test_more_conditions_ask_no_more_queries(
    editor: Client, campaigns: dict[str, Campaign], django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as plain:
        editor.get(LIST)
    with django_assert_max_num_queries(len(plain)):
        editor.get(LIST, {"where": "spend>1,roas>0.1,ctr>0.1"})


def test_only_rows_changed_here_since_a_day_are_shown(
    editor: Client, actor: Actor, advertiser: Advertiser, campaigns: dict[str, Campaign]
) -> None:
    done = {"Cheap": AuditAction.SET_DAILY_BUDGET, "Dear": AuditAction.PUBLISHED_SET_STATUS}
    for name, action in done.items():
        record(actor, action, campaigns[name], advertiser=advertiser)
    today = clock.real_now().date()
    page = editor.get(LIST, {"changed": str(today - timedelta(days=1))})
    assert names(page) == ["Cheap"]
    assert chips(page)[0][0] == "Changed since"
    AuditEntry.objects.update(at=clock.real_now() - timedelta(days=9))
    assert names(editor.get(LIST, {"changed": str(today - timedelta(days=1))})) == []
    odd = editor.get(LIST, {"changed": "soon"})
    assert len(names(odd)) == 3
    assert "'soon' is not a date." in odd.context["scope"].problem


def test_the_set_up_columns_say_whether_names_fit_the_pattern(
    editor: Client, actor: Actor, advertiser: Advertiser, campaigns: dict[str, Campaign]
) -> None:
    campaigns["Cheap"].name = "Meta | Cheap"
    campaigns["Cheap"].save()
    make_ad(campaigns["Cheap"], name="A_Blue")
    patterns = Patterns(campaign="{platform} | {brief}", ad="{letter}_{headline}")
    set_patterns(actor=actor, advertiser=advertiser, patterns=patterns)

    def said(path: str) -> dict[str, str]:
        rows = editor.get(path, {"cols": "setup"}).context["table"].rows
        return {
            row.item.name: next(c.shown for c in row.cells if c.column.key == "naming")
            for row in rows
        }

    assert said(LIST) == {"Meta | Cheap": "Fits", "Dear": "Differs", "Silent": "Differs"}
    assert said(f"{LIST}ads/") == {"A_Blue": "Fits"}
