"""The campaigns list: columns, filters, totals, order, tabs with the selection, saved views."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from adsengine.common import clock
from adsengine.models import Advertiser, AuditEntry
from campaigns.models import Campaign, ColumnChoice, Label, SavedView
from tests.campaigns.page_rows import NOW, deliver, make_account, make_ad, make_campaign
from tests.fixtures.people import People, make_advertiser

pytestmark = pytest.mark.filterwarnings("ignore:No directory at")
LIST = "/a/acme/campaigns/"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
def approver(client: Client, people: People) -> Client:
    client.force_login(people.approver)
    return client


@pytest.fixture
def three(advertiser: Advertiser) -> dict[str, Campaign]:
    """One campaign on each platform, with figures whose ratios are not the mean of theirs."""
    found = {}
    figures = {"google": (100, 400, 10, 1000), "meta": (300, 300, 40, 2000), "tiktok": (0, 0, 0, 7)}
    for platform, (spend, revenue, clicks, impressions) in figures.items():
        campaign = make_campaign(make_account(advertiser, platform), platform.capitalize())
        deliver(
            campaign,
            spend=spend,
            revenue=revenue,
            clicks=clicks,
            impressions=impressions,
            conversions=str(clicks // 5),
        )
        found[platform] = campaign
    return found


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def names(response: Any) -> list[str]:
    return [row.item.name for row in response.context["table"].rows]


def shown(response: Any) -> dict[str, str]:
    """The totals row by column."""
    return {cell.column.key: cell.shown for cell in response.context["table"].totals}


def lines_of(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"))))


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
            "Objective|Labels|Account|First day|Last day|Time zone|Platform id|Last change",
        ),
        (
            "delivery",
            "Delivery reason|On the platform|Daily budget|Spend|Impressions|Clicks|CPM|Last day",
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
    other = Client()
    other.force_login(people.viewer)
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


# ---- tabs ----


@pytest.fixture
def trees(advertiser: Advertiser) -> list[Campaign]:
    """Two campaigns with an ad group each, two ads and one."""
    boots, hats = (make_campaign(make_account(advertiser), name) for name in ("Boots", "Hats"))
    for campaign, name, spend in ((boots, "Blue", 10), (boots, "Red", 30), (hats, "Wool", 5)):
        deliver(make_ad(campaign, name), spend=spend, revenue=60)
    return [boots, hats]


def test_tabs_show_ad_groups_and_ads_with_sums_of_ads(
    approver: Client, trees: list[Campaign]
) -> None:
    groups = approver.get(f"{LIST}ad-groups/")
    assert [(r.item.campaign.name, str(r.figures.spend)) for r in groups.context["table"].rows] == [
        ("Boots", "$40.00"),
        ("Hats", "$5.00"),
    ]
    assert (shown(groups)["spend"], shown(groups)["roas"]) == ("$45.00", "4.00x")
    ads = approver.get(f"{LIST}ads/")
    assert names(ads) == ["Red", "Blue", "Wool"]
    assert "Boots › Everyone" in text(ads)


def test_ticked_rows_narrow_the_tabs_below_and_not_their_own(
    approver: Client, trees: list[Campaign]
) -> None:
    boots, hats = trees
    group = boots.ad_groups.get()
    listed = approver.get(f"{LIST}?campaigns={boots.pk}")
    assert listed.context["table"].count == 2
    assert listed.context["ticked"] == (boots.pk,)
    assert f"ad-groups/?campaigns={boots.pk}" in text(listed)
    for path in (
        f"ads/?campaigns={boots.pk}",
        f"ads/?ad_groups={group.pk}&campaigns={hats.pk}",
    ):
        response = approver.get(LIST + path)
        assert names(response) == ["Red", "Blue"]
        assert shown(response)["spend"] == "$40.00"
    repeated = approver.get(f"{LIST}ads/?campaigns={boots.pk}&campaigns={hats.pk}")
    assert repeated.context["table"].count == 3
    assert "2 selected campaigns" in text(repeated)


def test_foreign_selection_finds_nothing(approver: Client, advertiser: Advertiser) -> None:
    theirs = make_ad(make_campaign(make_account(make_advertiser("rival")), "Theirs"))
    path = f"{LIST}ads/?campaigns={theirs.ad_group.campaign_id}"
    assert approver.get(path).context["table"].count == 0


def test_a_parent_that_is_off_is_named(approver: Client, trees: list[Campaign]) -> None:
    Campaign.objects.filter(name="Boots").update(wanted="paused")
    rows = approver.get(f"{LIST}ads/").context["table"].rows
    assert [row.word for row in rows] == ["Paused by campaign", "Paused by campaign", "Active"]
    found = approver.get(f"{LIST}ads/?delivery=paused-by-campaign")
    assert names(found) == ["Red", "Blue"]


def test_an_ad_group_is_paused_from_the_list(approver: Client, trees: list[Campaign]) -> None:
    group = trees[0].ad_groups.get()
    group.remote_id, group.wanted = "g1", "active"
    group.save()
    url = f"/a/acme/ad-groups/{group.pk}/status/"
    back = f"{LIST}ad-groups/?campaigns=1"
    assert approver.post(url, {"to": "paused", "next": back})["Location"] == back
    group.refresh_from_db()
    assert group.wanted == "paused"
    assert AuditEntry.objects.get().action == "set ad group status"


@pytest.mark.parametrize("path", ["", "ad-groups/", "ads/", "?cols=setup", "ads/?cols=setup"])
def test_queries_do_not_grow_with_the_rows(
    path: str, approver: Client, advertiser: Advertiser, django_assert_max_num_queries: Any
) -> None:
    def grow(count: int) -> None:
        label, _ = Label.objects.get_or_create(advertiser=advertiser, name="Spring")
        for number in range(count):
            campaign = make_campaign(account, f"C{number}")
            label.campaigns.add(campaign)
            deliver(campaign)
            deliver(make_ad(campaign))

    account = make_account(advertiser)
    grow(2)
    approver.get(LIST + path)
    with django_assert_max_num_queries(40) as few:
        approver.get(LIST + path)
    grow(20)
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert approver.get(LIST + path).context["table"].count == 22


# ---- saved views ----


def save(client: Client, name: str, query: str, **more: str) -> Any:
    wish = {"name": name, "query": query, "level": "ads", **more}
    return client.post(f"{LIST}views/", wish, follow=True)


def test_a_view_opens_as_it_was_kept(approver: Client, trees: list[Campaign]) -> None:
    query = f"range=7d&campaigns={trees[0].pk}&cols=roas,spend&sort=-roas&page=3"
    opened = save(approver, "Best  of Boots", query)
    assert opened.redirect_chain[0][0] == (
        f"{LIST}ads/?range=7d&campaigns={trees[0].pk}&cols=roas,spend&sort=-roas"
    )
    assert list(shown(opened)) == ["roas", "spend"]
    assert names(opened) == ["Blue", "Red"]
    assert SavedView.objects.get().name == "Best of Boots"
    assert not AuditEntry.objects.exists()


def test_views_are_for_oneself_or_for_the_team(
    approver: Client, trees: list[Campaign], people: People
) -> None:
    save(approver, "Private", "search=a")
    save(approver, "Common", "search=b", shared="on")
    viewer = Client()
    viewer.force_login(people.viewer)
    page = text(viewer.get(LIST))
    assert "Common" in page
    assert "Private" not in page
    private, common = (SavedView.objects.get(name=n).pk for n in ("Private", "Common"))
    assert viewer.post(f"{LIST}views/{private}/remove/").status_code == 404
    refused = viewer.post(f"{LIST}views/{common}/remove/", follow=True)
    assert "they or an admin can remove it" in text(refused)
    assert SavedView.objects.count() == 2
    assert AuditEntry.objects.get().action == "share a view"


def test_a_viewer_keeps_views_and_shares_none(
    client: Client, people: People, trees: list[Campaign]
) -> None:
    client.force_login(people.viewer)
    save(client, "Mine", "search=a")
    assert "needs the role editor" in text(save(client, "Ours", "search=a", shared="on"))
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Mine"]


def test_an_admin_removes_what_the_team_shares(
    approver: Client, trees: list[Campaign], people: People
) -> None:
    save(approver, "Common", "search=b", shared="on")
    admin = Client()
    admin.force_login(people.admin)
    admin.post(f"{LIST}views/{SavedView.objects.get().pk}/remove/")
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(("name", "level"), [("", "ads"), ("x" * 81, "ads"), ("Fine", "keywords")])
def test_a_view_that_cannot_be_kept_is_refused(
    name: str, level: str, approver: Client, trees: list[Campaign]
) -> None:
    save(approver, name, "search=a", level=level)
    assert not SavedView.objects.exists()


# ---- export ----


def test_the_file_holds_exactly_what_is_shown(approver: Client, three: dict[str, Campaign]) -> None:
    query = "?cols=roas,spend,cpa&sort=roas"
    page = approver.get(LIST + query)
    answer = approver.get(f"/a/acme/campaigns.csv{query}")
    assert answer["Content-Disposition"] == (
        'attachment; filename="acme-campaigns-2026-02-15_2026-03-14-USD.csv"'
    )
    lines = lines_of(answer)
    assert [line["Campaign"] for line in lines] == [*names(page), "Total"]
    assert [line["Campaign"] for line in lines] == ["Meta", "Google", "Tiktok", "Total"]
    assert [(line["ROAS"], line["Spend (USD)"], line["CPA (USD)"]) for line in lines] == [
        ("1.00", "300.00", "37.50"),
        ("4.00", "100.00", "50.00"),
        ("", "0.00", ""),
        ("1.75", "400.00", "40.00"),
    ]
    assert list(lines[0])[3:6] == ["ROAS", "Spend (USD)", "CPA (USD)"]
    assert (lines[0]["From"], lines[0]["To"]) == ("2026-02-15", "2026-03-14")


def test_the_file_holds_every_row_of_the_filter_and_not_the_page(
    approver: Client, advertiser: Advertiser
) -> None:
    account = make_account(advertiser)
    for number in range(55):
        deliver(make_campaign(account, f"Boots {number:02}"), spend=2)
    make_campaign(account, "Hats")
    lines = lines_of(approver.get("/a/acme/campaigns.csv?search=boots&page=2"))
    assert (len(lines), lines[-1]["Spend (USD)"]) == (56, "110.00")
    assert lines[0]["Filter"] == "Search: boots"


def test_names_in_the_file_are_no_formulas(approver: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser), "=HYPERLINK(1)")
    make_ad(campaign, "@SUM(1)")
    assert lines_of(approver.get("/a/acme/campaigns.csv"))[0]["Campaign"] == "'=HYPERLINK(1)"
    ad = lines_of(approver.get("/a/acme/campaigns/ads.csv"))[0]
    assert (ad["Ad"], ad["In"]) == ("'@SUM(1)", "'=HYPERLINK(1) › Everyone")


def test_page_file_and_api_say_the_same(approver: Client, three: dict[str, Campaign]) -> None:
    api = approver.get("/api/v1/analytics/?breakdown=campaign&range=28d").json()
    lines = lines_of(approver.get("/a/acme/campaigns.csv"))
    page = {row.item.name: row for row in approver.get(LIST).context["table"].rows}
    assert len(api["rows"]) == len(page) == 3
    for row, line in zip(
        sorted(api["rows"], key=lambda r: r["campaign"]),
        sorted(lines[:3], key=lambda r: r["Campaign"]),
    ):
        figures = page[line["Campaign"]].figures
        assert row["campaign"] == line["Campaign"]
        assert float(row["spend"]) == float(line["Spend (USD)"]) == float(figures.spend.amount)
        assert f"{row['roas']:.2f}" == line["ROAS"] if row["roas"] else line["ROAS"] == ""
    assert float(api["total"]["spend"]) == float(lines[3]["Spend (USD)"])
    assert f"{api['total']['cpa']}" == "40"


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
