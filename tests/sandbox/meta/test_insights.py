"""The Meta emulator's insights add up, are paged and refuse bad questions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.meta.client import Body, Graph

RANGE = {"since": "2026-10-01", "until": "2026-10-07"}


def _insights(graph: Graph, node: str, **params: Any) -> list[Body]:
    metrics = "campaign_id,adset_id,ad_id,impressions,clicks,spend,actions,action_values"
    sent = {"fields": metrics, "time_range": RANGE, "limit": 500, **params}
    rows: list[Body] = graph.get(f"{node}/insights", **sent)["data"]
    return rows


def _total(rows: list[Body], name: str) -> float:
    return round(sum(float(row[name]) for row in rows), 2)


def test_ad_rows_add_up_to_the_campaign(graph: Graph) -> None:
    campaign, _, _ = graph.tree()
    graph.world.clock.advance(days=10)
    ads = _insights(graph, graph.act, level="ad", time_increment=1)
    ads = [row for row in ads if row["campaign_id"] == campaign]
    days = _insights(graph, campaign, time_increment=1)
    whole = _insights(graph, campaign)
    assert (len(ads), len(days), len(whole)) == (14, 7, 1)
    for name in ("impressions", "clicks", "spend"):
        assert _total(ads, name) == _total(days, name) == _total(whole, name) > 0


def test_every_metric_is_text_and_purchases_come_under_several_types(graph: Graph) -> None:
    row = _insights(graph, graph.act, time_range={"since": "2026-09-01", "until": "2026-09-25"})[0]
    assert all(isinstance(row[name], str) for name in ("impressions", "clicks", "spend"))
    purchases = {a["value"] for a in row["actions"] if "purchase" in a["action_type"]}
    values = {a["value"] for a in row["action_values"]}
    assert len(purchases) == len(values) == 1
    assert len([a for a in row["actions"] if "purchase" in a["action_type"]]) == 3


def test_no_delivery_means_no_row(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    graph.world.clock.advance(days=3)
    assert _insights(graph, made, time_increment=1) == []


def _of_status(level: str, *statuses: str) -> list[Body]:
    return [{"field": f"{level}.effective_status", "operator": "IN", "value": list(statuses)}]


def _spend_of(rows: list[Body], key: str) -> dict[str, float]:
    return {
        node: _total([row for row in rows if row[key] == node], "spend")
        for node in {row[key] for row in rows}
    }


def test_deleted_ad_has_no_row_unless_its_status_is_asked_for(graph: Graph) -> None:
    campaign, ad_set, (gone, kept) = graph.tree()
    graph.world.clock.advance(days=10)
    before = _spend_of(_insights(graph, campaign, level="ad"), "ad_id")
    [whole] = _insights(graph, campaign)
    assert graph.http.delete(f"/{gone}").json() == {"success": True}
    for node in (campaign, ad_set, graph.act):
        assert gone not in _spend_of(_insights(graph, node, level="ad"), "ad_id")
    asked = _of_status("ad", "ACTIVE", "DELETED")
    assert _spend_of(_insights(graph, campaign, level="ad", filtering=asked), "ad_id") == before
    # By its own id it is read as before, and the sums of its parents contain it.
    assert _total(_insights(graph, gone), "spend") == before[gone] > 0
    assert _insights(graph, campaign) == [whole]
    assert _total(_insights(graph, ad_set), "spend") == float(whole["spend"])
    only_gone = _insights(graph, campaign, level="ad", filtering=_of_status("ad", "DELETED"))
    assert _spend_of(only_gone, "ad_id") == {gone: before[gone]}
    assert kept in before


@pytest.mark.parametrize("status", ["DELETED", "ARCHIVED"])
def test_children_of_a_deleted_campaign_are_left_out_with_it(graph: Graph, status: str) -> None:
    campaign, ad_set, ads = graph.tree()
    graph.world.clock.advance(days=10)
    before = {
        level: _spend_of(_insights(graph, campaign, level=level), f"{level}_id")
        for level in ("campaign", "adset", "ad")
    }
    graph.post(campaign, {"status": status})
    for level, key in (("campaign", campaign), ("adset", ad_set), ("ad", ads[0])):
        name = f"{level}_id"
        assert key not in _spend_of(_insights(graph, graph.act, level=level), name)
        asked = _insights(graph, graph.act, level=level, filtering=_of_status(level, status))
        assert _spend_of(asked, name) == before[level]
        assert before[level][key] > 0


def test_metric_without_a_value_has_no_key(graph: Graph) -> None:
    graph.tree(daily_budget=100)
    graph.world.clock.advance(days=8)
    fields = "ad_id,clicks,inline_link_clicks,actions,cpc"
    rows = _insights(graph, graph.act, level="ad", time_increment=1, fields=fields)
    without = [row for row in rows if "clicks" not in row]
    assert without
    assert all(row.keys() == {"ad_id", "date_start", "date_stop"} for row in without)
    assert all(int(row["clicks"]) > 0 for row in rows if row not in without)


def test_days_before_37_months_are_refused(graph: Graph) -> None:
    """Counted by the calendar: today is 1 October 2026 in Los Angeles."""
    oldest = {"since": "2023-09-01", "until": "2023-09-02"}
    assert _insights(graph, graph.act, time_range=oldest) == []
    older = {"since": "2023-08-31", "until": "2023-09-02"}
    error = graph.get(f"{graph.act}/insights", fields="spend", time_range=older)["error"]
    assert error["code"] == 3018


def test_insight_pages_show_one_moment(graph: Graph) -> None:
    campaign, _, _ = graph.tree()
    graph.world.clock.advance(days=10)
    whole = _insights(graph, campaign, level="ad", time_increment=1)
    rows: list[Body] = []
    query: Body = {"fields": "ad_id,impressions", "level": "ad", "time_increment": 1, "limit": 5}
    page = graph.get(f"{campaign}/insights", time_range=RANGE, **query)
    rows += page["data"]
    while "next" in page["paging"]:
        page = graph.http.get(page["paging"]["next"]).json()
        rows += page["data"]
    assert [row["impressions"] for row in rows] == [row["impressions"] for row in whole]


@pytest.mark.parametrize(
    "params",
    [
        {"fields": "revenue"},
        {"level": "planet"},
        {"time_range": {"since": "2026-10-07"}},
        {"time_range": {"since": "2026-10-07", "until": "2026-10-01"}},
        {"time_increment": "daily"},
        {"date_preset": "last_2d", "time_range": ""},
        {"date_preset": "last_7d"},
        {"breakdowns": "age"},
        {"sort": ["spend_descending"]},
        {"action_attribution_windows": ["1d_click"]},
        {"filtering": [{"field": "spend", "operator": "GREATER_THAN", "value": 5}]},
        {"filtering": [{"field": "ad.effective_status", "operator": "EQUAL", "value": "DELETED"}]},
        {"filtering": [{"field": "ad.effective_status", "operator": "IN", "value": ["GONE"]}]},
        {"filtering": [{"field": "ad.name", "operator": "LIKE", "value": "x"}]},
        {"filtering": [{"operator": "IN", "value": ["x"]}]},
    ],
)
def test_bad_insights_question_is_refused(graph: Graph, params: Body) -> None:
    sent = {"fields": "spend", "time_range": RANGE, **params}
    assert graph.get(f"{graph.act}/insights", **sent)["error"]["code"] == 100
