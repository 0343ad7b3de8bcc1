"""The Meta emulator's campaigns and ads are changed, deleted and reviewed."""

from __future__ import annotations

import json
from datetime import date

import pytest

from sandbox.market.market import Market
from tests.sandbox.meta.client import Graph, refused, targeting


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


@pytest.mark.parametrize("below", ["campaign", "adset", "ad"])
def test_what_is_deleted_with_its_parent_cannot_be_changed(graph: Graph, below: str) -> None:
    campaign, ad_set, (ad, _) = graph.tree()
    graph.post(campaign, {"status": "DELETED"})
    node = {"campaign": campaign, "adset": ad_set, "ad": ad}[below]
    for change in ({"status": "ACTIVE"}, {"name": "Back"}, {"status": "ARCHIVED"}):
        refused(graph.post(node, change), "status")
    refused(graph.http.delete(f"/{node}"), "status")
    assert graph.get(node, fields="effective_status")["effective_status"] == "DELETED"


def test_archived_campaign_takes_a_name_and_its_deletion_only(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    graph.post(made, {"status": "ARCHIVED"})
    for status in ("ACTIVE", "PAUSED", "ARCHIVED"):
        refused(graph.post(made, {"status": status}), "status")
    refused(graph.post(made, {"daily_budget": 9000}), "daily_budget")
    assert graph.post(made, {"name": "Old"}).json() == {"success": True}
    shown = graph.get(made, fields="name,status,daily_budget")
    assert shown == {"name": "Old", "status": "ARCHIVED", "daily_budget": "5000", "id": made}
    assert graph.post(made, {"status": "DELETED"}).json() == {"success": True}
    assert graph.get(made, fields="status")["status"] == "DELETED"


@pytest.mark.parametrize("status", ["DELETED", "ARCHIVED"])
def test_nothing_is_created_below_what_is_gone(graph: Graph, status: str) -> None:
    campaign, ad_set, (ad, _) = graph.tree()
    creative = graph.get(ad, fields="creative{id}")["creative"]["id"]
    graph.post(campaign, {"status": status})
    before = (set(graph.world.ad_groups), set(graph.world.ads))
    refused(graph.post(f"{graph.act}/adsets", graph.ad_set(campaign)), "campaign_id")
    body = {"name": "Ad", "adset_id": ad_set, "creative": {"creative_id": creative}}
    refused(graph.post(f"{graph.act}/ads", body), "adset_id")
    assert (set(graph.world.ad_groups), set(graph.world.ads)) == before


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("campaign", "objective", "OUTCOME_TRAFFIC"),
        ("campaign", "buying_type", "RESERVED"),
        ("campaign", "special_ad_categories", ["CREDIT"]),
        ("adset", "campaign_id", "1"),
        ("adset", "optimization_goal", "VALUE"),
        ("adset", "billing_event", "LINK_CLICKS"),
        ("adset", "promoted_object", {"pixel_id": "1"}),
        ("adset", "is_dynamic_creative", True),
        ("ad", "adset_id", "1"),
        ("creative", "object_story_spec", {"page_id": "1"}),
        ("creative", "url_tags", "a=b"),
    ],
)
def test_fields_that_are_set_once_stay(graph: Graph, kind: str, field: str, value: object) -> None:
    campaign, ad_set, (ad, _) = graph.tree()
    creative = graph.get(ad, fields="creative{id}")["creative"]["id"]
    node = {"campaign": campaign, "adset": ad_set, "ad": ad, "creative": creative}[kind]
    name = graph.get(node, fields="name")["name"]
    refused(graph.post(node, {"name": "New", field: value}), field)
    assert graph.get(node, fields="name")["name"] == name


def test_budget_sharing_is_not_switched_on_while_the_campaign_runs(graph: Graph) -> None:
    own = {"daily_budget": None, "is_adset_budget_sharing_enabled": False, "status": "ACTIVE"}
    made = graph.make("campaigns", graph.campaign(**own))
    on = {"is_adset_budget_sharing_enabled": True}
    refused(graph.post(made, on), "is_adset_budget_sharing_enabled", 3858418)
    graph.post(made, {"status": "PAUSED"})
    assert graph.post(made, on).json() == {"success": True}


def test_budget_is_blocked_for_an_hour_after_the_fourth_change(graph: Graph) -> None:
    """Not only until the first of the four is an hour old."""
    body = graph.campaign(daily_budget=None, is_adset_budget_sharing_enabled=False)
    made = graph.make("adsets", graph.ad_set(graph.make("campaigns", body), daily_budget=2000))
    for budget in (2100, 2200, 2300, 2400):
        assert graph.post(made, {"daily_budget": budget}).json() == {"success": True}
        graph.world.clock.advance(hours=0.25)
    graph.world.clock.advance(hours=0.25)
    for _ in range(2):
        error = graph.post(made, {"daily_budget": 2500}).json()["error"]
        assert (error["code"], error["error_subcode"]) == (613, 1487632)
    assert graph.get(made, fields="daily_budget")["daily_budget"] == "2400"
    graph.world.clock.advance(hours=0.5)
    assert graph.post(made, {"daily_budget": 2500}).json() == {"success": True}


def test_new_places_in_the_european_union_need_beneficiary_and_payer(graph: Graph) -> None:
    ad_set = graph.make("adsets", graph.ad_set(graph.make("campaigns", graph.campaign())))
    europe = targeting(geo_locations={"countries": ["DE"]})
    refused(graph.post(ad_set, {"targeting": europe}), "dsa_beneficiary")
    assert graph.world.ad_groups[ad_set].targeting == targeting()
    named = {"dsa_beneficiary": "Shop", "dsa_payor": "Shop"}
    assert graph.post(ad_set, {"targeting": europe, **named}).json() == {"success": True}
    shown = graph.get(ad_set, fields="dsa_beneficiary,dsa_payor")
    assert shown == {**named, "id": ad_set}


def test_ad_set_in_its_last_day_and_after_its_end_can_still_be_paused_and_renamed(
    graph: Graph,
) -> None:
    body = graph.campaign(daily_budget=None, is_adset_budget_sharing_enabled=False)
    campaign = graph.make("campaigns", body)
    flight = {"daily_budget": 900, "end_time": "2026-10-03T23:59:59-0700"}
    ad_set = graph.make("adsets", graph.ad_set(campaign, **flight))
    for days in (2, 3):
        graph.world.clock.advance(days=days)
        change = {"status": "PAUSED", "name": f"After {days}"}
        assert graph.post(ad_set, change).json() == {"success": True}
        assert graph.post(ad_set, {"daily_budget": 900 + days}).json() == {"success": True}
    past = {"end_time": "2026-10-04T12:00:00-0700"}
    refused(graph.post(ad_set, past), "end_time")
    assert graph.get(ad_set, fields="end_time")["end_time"] == flight["end_time"]


def _new_creative(graph: Graph, message: str) -> str:
    link = {"link": "https://shop.example.com/", "message": message}
    story = {"page_id": graph.ours.page_id, "link_data": link}
    return graph.make("adcreatives", graph.creative(object_story_spec=story))


@pytest.mark.parametrize("change", ["creative", "targeting"])
def test_changed_creative_or_audience_is_reviewed_again_and_pauses_delivery(
    graph: Graph, change: str
) -> None:
    _, ad_set, (ad, other) = graph.tree(daily_budget=100_000)
    graph.post(other, {"status": "PAUSED"})  # the day's budget is for one ad alone
    market = Market(graph.world)
    graph.world.clock.advance(days=2)

    def finished() -> list[tuple[str, date, int]]:
        rows = market.rows(graph.ours.id, date(2026, 10, 1), date(2026, 10, 2))
        return [(row.ad_id, row.day, row.impressions) for row in rows]

    before = finished()
    assert ad in {row[0] for row in before}
    if change == "creative":
        graph.post(ad, {"creative": {"creative_id": _new_creative(graph, "Other words")}})
    else:
        graph.post(ad_set, {"targeting": targeting(geo_locations={"countries": ["CA"]})})
    state = graph.get(ad, fields="effective_status")["effective_status"]
    assert state == "PENDING_REVIEW"
    today = date(2026, 10, 3)

    def shown_today() -> int:
        rows = market.rows(graph.ours.id, today, today)
        return sum(row.impressions for row in rows if row.ad_id == ad)

    at_once = shown_today()
    graph.world.clock.advance(hours=2)
    assert shown_today() == at_once
    assert graph.get(ad, fields="effective_status")["effective_status"] == "ACTIVE"
    graph.world.clock.advance(hours=2)
    assert shown_today() > at_once
    assert finished() == before


def test_refused_change_keeps_what_was_delivered_before_it(graph: Graph) -> None:
    _, _, (ad, _) = graph.tree(daily_budget=100_000)
    graph.world.clock.advance(days=2)
    days = (date(2026, 10, 1), date(2026, 10, 2))
    graph.post(ad, {"creative": {"creative_id": _new_creative(graph, "A miracle cure")}})
    graph.world.clock.advance(days=2)
    assert graph.get(ad, fields="effective_status")["effective_status"] == "DISAPPROVED"
    rows = Market(graph.world).rows(graph.ours.id, days[0], date(2026, 10, 5))
    mine = [row for row in rows if row.ad_id == ad]
    assert sum(row.impressions for row in mine if row.day in days) > 0
    assert not [row for row in mine if row.day > date(2026, 10, 3)]


def test_budget_name_and_dates_are_not_reviewed_again(graph: Graph) -> None:
    campaign, ad_set, (ad, _) = graph.tree()
    graph.world.clock.advance(days=1)
    graph.post(campaign, {"daily_budget": 9000})
    graph.post(ad_set, {"name": "Other", "end_time": "2026-12-01T00:00:00-0800"})
    graph.post(ad, {"name": "Other"})
    assert graph.get(ad, fields="effective_status")["effective_status"] == "ACTIVE"
