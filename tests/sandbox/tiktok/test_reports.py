"""The TikTok emulator's reports add up, are paged and refuse bad questions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.tiktok.client import Body, Tik, changed, refused


def _report(tik: Tik, level: str, dimensions: list[str], **changes: Any) -> Body:
    sent = {
        "report_type": "BASIC",
        "service_type": "AUCTION",
        "data_level": f"AUCTION_{level}",
        "dimensions": dimensions,
        "metrics": ["spend", "impressions", "clicks", "complete_payment", "ctr"],
        "start_date": "2026-10-01",
        "end_date": "2026-10-07",
        "page_size": 1000,
    }
    return tik.get("report/integrated/get", **changed(sent, changes))


def _total(rows: list[Body], name: str) -> float:
    return round(sum(float(row["metrics"][name]) for row in rows), 2)


def test_ad_rows_add_up_to_ad_groups_and_campaigns(tik: Tik) -> None:
    campaign, _, _ = tik.tree()
    tik.world.clock.advance(days=10)
    totals = []
    for level, name in (("AD", "ad_id"), ("ADGROUP", "adgroup_id"), ("CAMPAIGN", "campaign_id")):
        rows = _report(tik, level, [name, "stat_time_day"])["data"]["list"]
        names = ("spend", "impressions", "clicks", "complete_payment")
        totals.append([_total(rows, metric) for metric in names])
    assert totals[0] == totals[1] == totals[2]
    own = {"field_name": "campaign_ids", "filter_type": "IN", "filter_value": f'["{campaign}"]'}
    rows = _report(tik, "CAMPAIGN", ["campaign_id", "stat_time_day"], filtering=[own])["data"][
        "list"
    ]
    assert [row["dimensions"]["stat_time_day"] for row in rows] == [
        f"2026-10-0{day} 00:00:00" for day in range(1, 8)
    ]
    assert all(isinstance(value, str) for row in rows for value in row["metrics"].values())


def test_report_pages_cover_everything_once(tik: Tik) -> None:
    tik.tree()
    tik.world.clock.advance(days=10)
    whole = _report(tik, "AD", ["ad_id", "stat_time_day"])["data"]["list"]
    seen: list[Body] = []
    for number in range(1, 100):
        data = _report(tik, "AD", ["ad_id", "stat_time_day"], page=number, page_size=10)["data"]
        seen += data["list"]
        if number == data["page_info"]["total_page"]:
            break
    assert seen == whole
    assert len(whole) > 30


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start_date": None}, "start_date"),
        ({"start_date": "2026-09-01"}, "30 days"),
        ({"end_date": "2026-09-30"}, "before"),
        ({"metrics": ["conversions"]}, "conversions doesn't exist"),
        ({"dimensions": ["campaign_id", "stat_time_day"]}, "campaign_id is not allowed"),
        ({"dimensions": ["stat_time_day"]}, "ad_id is required"),
        ({"data_level": "AD"}, "data_level"),
        ({"report_type": "AUDIENCE"}, "report_type"),
        ({"page_size": 1001}, "page_size"),
        ({"service_type": "RESERVATION"}, "service_type"),
        ({"filtering": [{"field_name": "ad_status", "filter_type": "IN"}]}, "filter_value"),
        (
            {
                "filtering": [
                    {
                        "field_name": "ad_status",
                        "filter_type": "IN",
                        "filter_value": ["STATUS_ALL"],
                    }
                ]
            },
            "the text of a JSON array",
        ),
        (
            {"filtering": [{"field_name": "my_status", "filter_type": "IN", "filter_value": "[]"}]},
            "my_status is not served",
        ),
    ],
)
def test_bad_report_question_is_refused(tik: Tik, changes: Body, words: str) -> None:
    dimensions = changes.pop("dimensions", ["ad_id", "stat_time_day"])
    refused(_report(tik, "AD", dimensions, **changes), words)


def test_ratio_without_a_divisor_is_a_dash(tik: Tik) -> None:
    """Not zero: an ad without a sale has no cost per sale."""
    tik.tree()
    tik.world.clock.advance(days=10)
    names = ["complete_payment", "cost_per_complete_payment", "clicks", "cpc", "ctr"]
    rows = _report(tik, "AD", ["ad_id", "stat_time_day"], metrics=names)["data"]["list"]
    without = [row["metrics"] for row in rows if row["metrics"]["complete_payment"] == "0"]
    assert without
    assert {row["cost_per_complete_payment"] for row in without} == {"-"}
    assert all(float(row["metrics"]["ctr"]) > 0 for row in rows if row["metrics"]["clicks"] != "0")


def test_ids_without_delivery_are_listed_only_without_a_day(tik: Tik) -> None:
    _, _, (ad, _) = tik.tree()
    days = {"start_date": "2026-09-30", "end_date": "2026-10-01"}
    rows = _report(tik, "AD", ["ad_id"], **days)["data"]["list"]
    found = {row["dimensions"]["ad_id"]: row["metrics"] for row in rows}
    assert found[ad] == {
        "spend": "0.00",
        "impressions": "0",
        "clicks": "0",
        "complete_payment": "0",
        "ctr": "-",
    }
    daily = _report(tik, "AD", ["ad_id", "stat_time_day"], **days)["data"]["list"]
    assert ad not in {row["dimensions"]["ad_id"] for row in daily}
