from __future__ import annotations

import io

import pytest

from campaigns.importing.parsing.layout import Layout, find_layout
from campaigns.importing.parsing.mapping import check_mapping
from campaigns.importing.parsing.problems import FileRefused
from core.common.errors import InvalidInput


def layout_of(text: str, **wishes: str) -> Layout:
    return find_layout(io.BytesIO(text.encode()), "utf-8", check_mapping(wishes))


def columns_of(header: str) -> tuple[str, dict[str, str]]:
    found = layout_of(header + "\n")
    assert not found.problems
    return found.kind, {field: column.header for field, column in found.columns.items()}


def test_a_google_ads_report_is_recognised_under_its_titles() -> None:
    found = layout_of(
        "Ad report\n"
        '"March 1, 2026 - March 2, 2026"\n'
        "Day,Campaign,Ad group,Ad ID,Ad name,Currency code,Clicks,Impr.,CTR,Cost,Conversions,"
        "Conv. value\n"
    )
    assert (found.kind, found.header_line, found.separator) == ("google", 3, ",")
    assert {field: column.header for field, column in found.columns.items()} == {
        "campaign": "Campaign",
        "ad_group": "Ad group",
        "ad": "Ad name",
        "date": "Day",
        "impressions": "Impr.",
        "clicks": "Clicks",
        "conversions": "Conversions",
        "spend": "Cost",
        "revenue": "Conv. value",
        "currency": "Currency code",
    }
    assert found.columns["ad"].spare == found.headers.index("Ad ID")


def test_a_meta_report_is_recognised() -> None:
    kind, columns = columns_of(
        "Reporting starts,Reporting ends,Campaign name,Ad set name,Ad name,Impressions,"
        "Clicks (all),Link clicks,Amount spent (EUR),Results,Purchases,Purchases conversion value"
    )
    assert kind == "meta"
    assert columns == {
        "first": "Reporting starts",
        "last": "Reporting ends",
        "campaign": "Campaign name",
        "ad_group": "Ad set name",
        "ad": "Ad name",
        "impressions": "Impressions",
        "clicks": "Link clicks",
        "spend": "Amount spent (EUR)",
        "conversions": "Purchases",
        "revenue": "Purchases conversion value",
    }


def test_the_day_wins_over_the_reporting_period() -> None:
    _, columns = columns_of("Campaign name,Day,Reporting starts,Reporting ends,Amount spent (USD)")
    assert columns["date"] == "Day"
    assert not {"first", "last"} & columns.keys()


def test_a_tiktok_report_is_recognised() -> None:
    kind, columns = columns_of(
        "Campaign name,Ad group name,Ad name,By Day,Cost,Impressions,Clicks (destination),"
        "Conversions,Total purchase value (website),Currency"
    )
    assert kind == "tiktok"
    assert columns == {
        "campaign": "Campaign name",
        "ad_group": "Ad group name",
        "ad": "Ad name",
        "date": "By Day",
        "spend": "Cost",
        "impressions": "Impressions",
        "clicks": "Clicks (destination)",
        "conversions": "Conversions",
        "revenue": "Total purchase value (website)",
        "currency": "Currency",
    }


def test_our_own_column_names_need_no_map() -> None:
    assert columns_of("campaign,ad,date,impressions,clicks,spend")[0] == "plain"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator: str) -> None:
    rows = [["campaign", "date", "spend"], ["a", "2026-03-01", '"1,5"']]
    found = layout_of("\n".join(separator.join(row) for row in rows))
    assert (found.separator, found.kind) == (separator, "plain")


def test_an_unknown_header_names_what_is_missing_and_what_there_is() -> None:
    found = layout_of("Kampagne;Tag;Kosten\nA;2026-03-01;1,5\nB;2026-03-02;2,5\n")
    assert (found.separator, found.header_line) == (";", 1)
    assert found.missing == ("campaign", "date", "impressions")
    assert [(p.line, p.field) for p in found.problems] == [
        (1, "campaign"),
        (1, "date"),
        (1, "impressions"),
    ]
    assert all("The file has: Kampagne, Tag, Kosten." in p.reason for p in found.problems)
    assert "segment Time, Day" in found.problems[1].reason


def test_a_google_report_without_days_says_how_to_get_them() -> None:
    found = layout_of("Report\nMarch\nCampaign,Impr.,Clicks,Cost\nA,1,1,1\n")
    assert found.missing == ("date",)
    assert found.header_line == 3


def test_any_file_is_read_by_a_map() -> None:
    found = layout_of(
        "test;week;arm;seen\n1;201446;0;5\n",
        campaign="test",
        period="week:isoweek",
        ad="ARM",
        impressions="seen:comma",
    )
    assert found.problems == ()
    assert found.kind == "mapped"
    assert {f: (c.index, c.format) for f, c in found.columns.items()} == {
        "campaign": (0, ""),
        "period": (1, "isoweek"),
        "ad": (2, ""),
        "impressions": (3, "comma"),
    }


def test_a_map_mends_a_recognised_export() -> None:
    found = layout_of(
        "Campaign,Ad ID,Ad name,Day,Impr.,Cost\nA,1,x,1/2/2026,5,1\n",
        ad="Ad ID",
        date="Day:%d/%m/%Y",
    )
    assert found.kind == "google"
    assert (found.columns["ad"].index, found.columns["ad"].spare) == (1, None)
    assert found.columns["date"].format == "%d/%m/%Y"
    assert found.columns["spend"].header == "Cost"


def test_a_column_name_may_hold_colons() -> None:
    found = layout_of(
        "Name: campaign,Day: date,n\nA,1,5\n",
        campaign="Name: campaign",
        date="Day: date:%d.%m.%Y",
        clicks="n",
    )
    assert found.problems == ()
    assert found.columns["date"].format == "%d.%m.%Y"


def test_a_mapped_column_that_is_not_there_is_named() -> None:
    found = layout_of("a,b,c\n1,2,3\n", campaign="a", date="day", clicks="c")
    assert [(p.line, p.field) for p in found.problems] == [(1, "day")]
    assert "There is no column 'day'. The file has: a, b, c." in found.problems[0].reason


def test_one_column_for_two_fields_is_refused() -> None:
    found = layout_of("a,b,c\n1,2,3\n", campaign="a", date="b", clicks="c", impressions="c")
    assert "both clicks and impressions" in found.problems[0].reason


def test_a_file_of_one_column_has_no_separator() -> None:
    with pytest.raises(FileRefused, match="comma, semicolon, tab, vertical bar"):
        layout_of("campaign\nA\n")


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"cost": "a"}, "'cost' is not a field"),
        ({"campaign": " "}, "No column is given for campaign"),
        ({"date": "a", "period": "b:isoweek"}, "either date, or period"),
        ({"date": "a", "last": "b"}, "either date, or period"),
        ({"period": "a"}, "isoweek or sundayweek or mondayweek"),
        ({"period": "a:month"}, "isoweek or sundayweek or mondayweek"),
        ({"clicks": "a:german"}, "comma for 1.234,56"),
        ({"date": "a:%d/%m"}, "not a date format"),
        ({"campaign": "a:x"}, "campaign has no format"),
        ({"campaign": "b"}, "2 columns named 'b'"),
    ],
)
def test_a_map_that_cannot_be_meant_is_refused(wishes: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        layout_of("a,b,b\n1,2,3\n", **wishes)
    assert caught.value.field == "mapping"
