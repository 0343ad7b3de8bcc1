"""The campaigns list as a file: what is shown, all of it, and the same as the API."""

from __future__ import annotations

import pytest
from django.test import Client

from campaigns.models import Campaign, Label
from core.models import Advertiser
from tests.campaigns.lists.pages import LIST, lines_of, make_three, names, shown
from tests.campaigns.page_rows import deliver, make_account, make_ad, make_campaign

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def three(advertiser: Advertiser) -> dict[str, Campaign]:
    return make_three(advertiser)


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


@pytest.mark.parametrize(
    ("tab", "breakdown"),
    [("", "campaign"), ("ad-groups/", "ad_group"), ("ads/", "ad")],
)
def test_totals_of_each_tab_are_those_of_the_api(
    tab: str, breakdown: str, approver: Client, three: dict[str, Campaign]
) -> None:
    for number, campaign in enumerate(three.values(), start=1):
        deliver(make_ad(campaign), spend=7 * number, revenue=11, clicks=3, conversions="1")
    total = approver.get(f"/api/v1/analytics/?breakdown={breakdown}&range=28d").json()["total"]
    page = shown(approver.get(f"{LIST}{tab}?cols=spend,roas,cpa,conversions"))
    assert page["spend"] == f"${float(total['spend']):.2f}"
    assert page["roas"] == f"{total['roas']:.2f}x"
    assert page["cpa"] == f"${float(total['cpa']):.2f}"
    assert page["conversions"] == total["conversions"]


def test_page_file_and_api_say_the_same(approver: Client, three: dict[str, Campaign]) -> None:
    api = approver.get("/api/v1/analytics/?breakdown=campaign&range=28d").json()
    lines = lines_of(approver.get("/a/acme/campaigns.csv"))
    page = {row.item.name: row for row in approver.get(LIST).context["table"].rows}
    assert len(api["rows"]) == len(page) == 3
    for row, line in zip(
        sorted(api["rows"], key=lambda r: r["campaign"]),
        sorted(lines[:3], key=lambda r: r["Campaign"]),
        strict=True,
    ):
        figures = page[line["Campaign"]].figures
        assert row["campaign"] == line["Campaign"]
        assert float(row["spend"]) == float(line["Spend (USD)"]) == float(figures.spend.amount)
        assert f"{row['roas']:.2f}" == line["ROAS"] if row["roas"] else line["ROAS"] == ""
    assert float(api["total"]["spend"]) == float(lines[3]["Spend (USD)"])
    assert f"{api['total']['cpa']}" == "40"


def test_the_api_names_labels_and_filters_by_them(
    approver: Client, three: dict[str, Campaign], advertiser: Advertiser
) -> None:
    label = Label.objects.create(advertiser=advertiser, name="Spring")
    label.campaigns.add(three["meta"])
    found = approver.get("/api/v1/campaigns/?label=spring").json()["results"]
    assert [(row["name"], row["labels"]) for row in found] == [("Meta", ["Spring"])]
    assert len(approver.get("/api/v1/campaigns/").json()["results"]) == 3
