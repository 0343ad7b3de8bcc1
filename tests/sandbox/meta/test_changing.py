"""The Meta emulator's campaigns and ads are changed, deleted and reviewed."""

from __future__ import annotations

import json

from tests.sandbox.meta.client import Graph, refused


def test_update_changes_name_status_budget_and_dates(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    changes = {"name": "New", "status": "ACTIVE", "daily_budget": 7000}
    times = {"start_time": "2026-10-05T00:00:00-0700", "stop_time": "2026-11-01T00:00:00-0700"}
    assert graph.post(made, {**changes, **times}).json() == {"success": True}
    shown = graph.get(made, fields="name,status,daily_budget,start_time,stop_time")
    assert shown == {"id": made, **changes, "daily_budget": "7000", **times}
    campaign = graph.world.campaigns[made]
    assert str(campaign.start_date) == "2026-10-05"
    assert str(campaign.end_date) == "2026-10-31"


def test_fifth_budget_change_within_an_hour_is_refused(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    for budget in (5100, 5200, 5300, 5400):
        assert graph.post(made, {"daily_budget": budget}).json() == {"success": True}
    error = graph.post(made, {"daily_budget": 5500}).json()["error"]
    assert (error["code"], error["error_subcode"]) == (613, 1487632)
    assert graph.get(made, fields="daily_budget")["daily_budget"] == "5400"
    graph.world.clock.advance(hours=1.1)
    assert graph.post(made, {"daily_budget": 5500}).json() == {"success": True}


def test_deleted_campaign_is_hidden_and_cannot_be_changed(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    assert graph.http.delete(f"/{made}").json() == {"success": True}
    assert graph.get(made, fields="effective_status")["effective_status"] == "DELETED"
    listed = graph.get(f"{graph.act}/campaigns")["data"]
    assert made not in [row["id"] for row in listed]
    asked = graph.get(f"{graph.act}/campaigns", effective_status=["DELETED"])["data"]
    assert asked == []
    refused(graph.post(made, {"name": "Back"}), "status")


def test_effective_status_follows_parents_and_review(graph: Graph) -> None:
    campaign, ad_set, (ad, _) = graph.tree()

    def state(node: str) -> str:
        return str(graph.get(node, fields="effective_status")["effective_status"])

    assert state(ad) == "PENDING_REVIEW"
    graph.world.clock.advance(hours=3)
    assert (state(campaign), state(ad_set), state(ad)) == ("ACTIVE", "ACTIVE", "ACTIVE")
    graph.post(ad_set, {"status": "PAUSED"})
    assert state(ad) == "ADSET_PAUSED"
    graph.post(campaign, {"status": "PAUSED"})
    graph.post(ad_set, {"status": "ACTIVE"})
    assert (state(ad_set), state(ad)) == ("CAMPAIGN_PAUSED", "CAMPAIGN_PAUSED")


def test_refused_wording_is_disapproved_with_a_reason(graph: Graph) -> None:
    _, _, (ad, _) = graph.tree("A miracle cure")
    graph.world.clock.advance(hours=3)
    shown = graph.get(ad, fields="effective_status,ad_review_feedback")
    assert shown["effective_status"] == "DISAPPROVED"
    assert "miracle cure" in json.dumps(shown["ad_review_feedback"])
