"""The TikTok emulator's ad groups: what is refused, ignored and partly done."""

from __future__ import annotations

import pytest

from tests.sandbox.tiktok.client import Body, Tik, refused


@pytest.mark.parametrize(
    ("changes", "words", "code"),
    [
        ({"adgroup_name": None}, "Missing required field(s): adgroup_name.", 40002),
        ({"schedule_start_time": None}, "schedule_start_time", 40002),
        ({"billing_event": "CPC"}, "use OCPM", 40002),
        ({"optimization_goal": "REACH", "billing_event": "CPM"}, "optimization_goal", 40002),
        ({"promotion_type": None}, "promotion_type", 40002),
        ({"pixel_id": None}, "Please select a pixel", 40002),
        ({"pixel_id": "1"}, "pixel_id", 40002),
        ({"optimization_event": None}, "together", 40002),
        ({"optimization_event": "ON_WEB_ORDER"}, "optimization_event", 40002),
        ({"placements": None}, "placements", 40002),
        ({"location_ids": None}, "location_ids", 40002),
        ({"location_ids": ["1"]}, "not a known location", 40002),
        ({"location_ids": ["6252001", "5332921"]}, "lies inside", 40002),
        ({"age_groups": ["AGE_13_17"]}, "13-17", 40065),
        ({"age_groups": ["OLD"]}, "age_groups", 40002),
        ({"bid_type": None}, "bid_type", 40002),
        ({"bid_type": "BID_TYPE_CUSTOM"}, "conversion_bid_price", 40002),
        ({"schedule_type": "SCHEDULE_START_END"}, "schedule_end_time", 40002),
        ({"schedule_start_time": "2026-09-30 06:00:00"}, "12 hours", 40002),
        ({"schedule_start_time": "tomorrow"}, "YYYY-MM-DD HH:MM:SS", 40002),
        ({"campaign_id": "5"}, "Campaign 5 doesn't exist", 40007),
    ],
)
def test_bad_ad_group_is_refused_and_not_made(
    tik: Tik, changes: Body, words: str, code: int
) -> None:
    campaign = tik.new_campaign()
    before = set(tik.world.ad_groups)
    refused(tik.post("adgroup/create", tik.group(campaign, **changes)), words, code)
    assert set(tik.world.ad_groups) == before


def test_budget_of_an_ad_group_is_ignored_under_campaign_optimisation(tik: Tik) -> None:
    campaign = tik.new_campaign()
    body = tik.group(campaign, budget=5.0, budget_mode="BUDGET_MODE_DAY")
    made = tik.done("adgroup/create", body)["adgroup_id"]
    assert tik.world.ad_groups[made].daily_budget_micros is None
    tik.done("adgroup/update", {"adgroup_id": made, "adgroup_name": "B", "budget": 500.0})
    assert tik.world.ad_groups[made].daily_budget_micros is None
    assert tik.world.campaigns[campaign].daily_budget_micros == 100_000_000


def test_own_budget_of_an_ad_group_has_a_minimum(tik: Tik) -> None:
    campaign = tik.new_campaign(budget_optimize_on=None, budget_mode="BUDGET_MODE_INFINITE")
    low = tik.group(campaign, **tik.own_budget(budget=19.99))
    refused(tik.post("adgroup/create", low), "at least 20.00 USD")
    made = tik.done("adgroup/create", tik.group(campaign, **tik.own_budget()))["adgroup_id"]
    assert tik.world.ad_groups[made].daily_budget_micros == 20_000_000
    tik.done("adgroup/budget/update", {"budget": [{"adgroup_id": made, "budget": 35.5}]})
    assert tik.world.ad_groups[made].daily_budget_micros == 35_500_000


def test_total_budget_must_cover_each_day(tik: Tik) -> None:
    campaign = tik.new_campaign(budget_optimize_on=None, budget_mode="BUDGET_MODE_INFINITE")
    flight = {
        "schedule_type": "SCHEDULE_START_END",
        "schedule_end_time": "2026-11-01 06:00:00",
        **tik.own_budget(budget_mode="BUDGET_MODE_TOTAL", budget=619.0),
    }
    refused(tik.post("adgroup/create", tik.group(campaign, **flight)), "at least 620.00 USD")
    made = tik.done("adgroup/create", tik.group(campaign, **{**flight, "budget": 620.0}))
    assert tik.world.ad_groups[made["adgroup_id"]].daily_budget_micros == 20_000_000


def test_sent_placements_are_ignored_with_automatic_placement(tik: Tik) -> None:
    body = tik.group(tik.new_campaign(), placement_type="PLACEMENT_TYPE_AUTOMATIC")
    made = tik.done("adgroup/create", body)
    assert made["placements"] == ["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"]


def test_goal_of_an_ad_group_cannot_change(tik: Tik) -> None:
    _, group, _ = tik.tree()
    answer = tik.post("adgroup/update", {"adgroup_id": group, "optimization_goal": "CLICK"})
    refused(answer, "cannot be changed")


def test_partial_success_lists_what_failed(tik: Tik) -> None:
    _, group, _ = tik.tree()
    switch = {"adgroup_ids": [group, "9"], "operation_status": "DISABLE"}
    assert tik.post("adgroup/status/update", switch)["code"] == 40007
    assert tik.world.ad_groups[group].status == "active"
    answer = tik.post("adgroup/status/update", {**switch, "allow_partial_success": True})
    assert answer["code"] == 20001
    assert [row["adgroup_id"] for row in answer["data"]["error_list"]] == ["9"]
    assert tik.world.ad_groups[group].status == "paused"
