"""The campaigns list: columns, filters, totals, order, names."""

from __future__ import annotations

import pytest
from django.test import Client

from campaigns.models import Campaign, ColumnChoice, Label
from core.models import Advertiser
from tests.campaigns.lists.pages import LIST, make_three, names, shown
from tests.campaigns.page_rows import deliver, make_account, make_ad, make_campaign
from tests.fixtures.clients import signed_in, text
from tests.fixtures.people import People, make_advertiser

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def three(advertiser: Advertiser) -> dict[str, Campaign]:
    return make_three(advertiser)


# ---- columns and totals ----


def test_totals_are_ratios_of_sums_over_three_platforms(
    approver: Client, three: dict[str, Campaign]
) -> None:
    assert shown(approver.get(LIST)) == {
        "budget": "",
        "spend": "$400.00",
        "revenue": "$700.00",
        "roas": "1.75x",
        "conversions": "10",
        "cpa": "$40.00",
        "ctr": "1.66%",
        "cpc": "$8.00",
        "cpm": "$133.02",
    }


def test_totals_follow_the_filter(approver: Client, three: dict[str, Campaign]) -> None:
    total = shown(approver.get(f"{LIST}?platform=google"))
    assert (total["spend"], total["roas"], total["cpa"]) == ("$100.00", "4.00x", "$50.00")
    nothing = shown(approver.get(f"{LIST}?platform=tiktok"))
    assert (nothing["spend"], nothing["roas"], nothing["cpa"]) == ("$0.00", "–", "–")


@pytest.mark.parametrize(
    ("columns", "heads"),
    [
        ("conversion", "Clicks Conversions CVR CPA Revenue ROAS Spend"),
        ("roas,spend,nonsense,roas", "ROAS Spend"),
        ("nonsense", "Daily budget|Spend|Revenue|ROAS|Conversions|CPA|CTR|CPC|CPM"),
        (
            "setup",
            "Objective|Labels|Account|Name pattern|URL tags|First day|Last day|Time zone"
            "|Platform id|Last change",
        ),
        (
            "delivery",
            "Delivery reason|Daily budget|Spend|Impressions|Clicks|CPM|Last day",
        ),
    ],
)
def test_columns_are_a_set_or_a_list_in_its_order(
    columns: str, heads: str, approver: Client, three: dict[str, Campaign]
) -> None:
    table = approver.get(f"{LIST}?cols={columns}").context["table"]
    wanted = heads.split("|") if "|" in heads else heads.split(" ")
    assert [column.label for column in table.columns] == wanted


def test_own_columns_are_kept_for_the_person_and_the_advertiser(
    approver: Client, three: dict[str, Campaign], people: People
) -> None:
    sent = {"columns": ["roas", "spend"], "next": LIST}
    assert approver.post(f"{LIST}columns/", sent)["Location"] == LIST
    assert list(shown(approver.get(LIST))) == ["roas", "spend"]
    other = signed_in(people.viewer)
    assert next(iter(shown(other.get(LIST)))) == "budget"
    approver.post(f"{LIST}columns/", {"standard": "1"})
    assert next(iter(shown(approver.get(LIST)))) == "budget"


def test_no_column_is_refused_and_the_choice_stands(
    approver: Client, three: dict[str, Campaign]
) -> None:
    approver.post(f"{LIST}columns/", {"columns": ["roas"]})
    answer = approver.post(f"{LIST}columns/", {"columns": ["nonsense"]}, follow=True)
    assert "Choose at least one column" in text(answer)
    assert ColumnChoice.objects.get().columns == "roas"


def test_the_delivery_set_says_why(approver: Client, three: dict[str, Campaign]) -> None:
    Campaign.objects.filter(name="Meta").update(wanted="paused", remote="paused")
    Campaign.objects.filter(name="Google").update(remote="rejected")
    page = text(approver.get(f"{LIST}?cols=delivery"))
    assert "It was paused." in page
    assert "The platform disapproved it." in page
    assert "It is on, and the platform shows it." in page


@pytest.mark.parametrize("sort", ["cpm", "-cpm", "cvr", "-cvr", "end", "-end", "objective"])
def test_unknown_values_sort_last_in_every_column(
    sort: str, approver: Client, advertiser: Advertiser
) -> None:
    account = make_account(advertiser)
    make_campaign(account, "Silent", end=None)
    deliver(make_campaign(account, "A", objective="leads"), spend=10, clicks=9)
    deliver(make_campaign(account, "B", objective="traffic"), spend=90, clicks=2)
    found = names(approver.get(f"{LIST}?sort={sort}"))
    assert found[2] == "Silent"
    assert sorted(found[:2]) == ["A", "B"]


# ---- filters ----


def test_each_filter_narrows_and_shows_as_a_chip(
    approver: Client, three: dict[str, Campaign], advertiser: Advertiser
) -> None:
    meta = three["meta"]
    label = Label.objects.create(advertiser=advertiser, name="Spring <b>")
    label.campaigns.add(meta)
    Campaign.objects.filter(pk=meta.pk).update(objective="leads", wanted="paused", remote="paused")
    for wish, chip in (
        (f"account={meta.account_id}", ("Account", meta.account.name)),
        (f"label={label.pk}", ("Label", "Spring <b>")),
        ("objective=leads", ("Objective", "leads")),
        ("status=paused", ("Status", "Paused")),
        ("delivery=paused", ("Delivery", "Paused")),
        ("platform=meta", ("Platform", "Meta")),
        ("search=met", ("Search", "met")),
    ):
        response = approver.get(f"{LIST}?{wish}")
        assert names(response) == ["Meta"], wish
        assert [(c.name, c.value) for c in response.context["chips"]] == [chip]
        assert "<b>" not in text(response).replace("<strong>", "")
        assert shown(response)["spend"] == "$300.00"


def test_a_chip_takes_only_its_own_filter_off(approver: Client, three: dict[str, Campaign]) -> None:
    page = text(approver.get(f"{LIST}?status=active&search=met&page=1"))
    assert 'href="?status=active"' in page
    assert 'href="?search=met"' in page


def test_what_is_not_here_is_named_and_left_out(
    approver: Client, three: dict[str, Campaign]
) -> None:
    rival = make_advertiser("rival")
    theirs = Label.objects.create(advertiser=rival, name="Secret")
    account = make_account(rival)
    for wish in (f"label={theirs.pk}", f"account={account.pk}", "status=odd", "objective=odd"):
        response = approver.get(f"{LIST}?{wish}")
        assert response.context["table"].count == 3
        assert "so the filter is left out" in text(response)
        assert "Secret" not in text(response)


def test_empty_account_and_empty_filter_differ(approver: Client, advertiser: Advertiser) -> None:
    assert "Your campaigns on all platforms will be here" in text(approver.get(LIST))
    make_campaign(make_account(advertiser))
    page = text(approver.get(f"{LIST}?search=zzz"))
    assert "No campaign fits this filter" in page
    assert "Nothing here is called “zzz”" in page


# ---- names ----

RLO = "\N{RIGHT-TO-LEFT OVERRIDE}"


def test_names_with_markup_or_any_script_stay_text(
    approver: Client, advertiser: Advertiser
) -> None:
    odd = [
        '<script>alert(1)</script>"><img src=x onerror=alert(2)>',
        "👢" * 100,
        f"{RLO}حذاء شتوي",
        "x" * 512,
    ]
    account = make_account(advertiser)
    for name in odd:
        deliver(make_ad(make_campaign(account, name), name[:255]))
    label = Label.objects.create(advertiser=advertiser, name="<i>x</i>")
    label.campaigns.add(*Campaign.objects.all())
    for path in ("", "ad-groups/", "ads/", "?search=%3Cscript%3E", "?cols=setup"):
        page = approver.get(LIST + path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<i>x" not in page
    assert 'dir="auto"' in page
