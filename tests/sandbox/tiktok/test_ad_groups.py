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
        ({"location_ids": ["6252001", "6252001"]}, "listed twice", 40002),
        ({"location_ids": [str(n) for n in range(3001)]}, "at most 3000", 40002),
        ({"location_ids": '["6252001"]'}, "location_ids: must be a JSON array", 40002),
        ({"budget": None}, "Missing required field(s): budget.", 40002),
        ({"budget_mode": None}, "Missing required field(s): budget_mode.", 40002),
        ({"optimization_goal": "VALUE"}, "deep_bid_type", 40002),
        ({"optimization_goal": "VALUE", "deep_bid_type": "VO_MIN_ROAS"}, "roas_bid", 40002),
        ({"frequency": 3, "frequency_schedule": 7}, "REACH only", 40002),
        ({"dayparting": "1" * 335}, "336", 40002),
        ({"adgroup_name": "漢" * 257}, "512", 40002),
        (
            {"bid_type": "BID_TYPE_CUSTOM", "conversion_bid_price": 100.0},
            "below the budget",
            40002,
        ),
        ({"campaign_id": 5}, "must be a string", 40002),
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


def test_clicks_of_a_sales_campaign_need_a_pixel_too(tik: Tik) -> None:
    clicks = {"optimization_goal": "CLICK", "billing_event": "CPC"}
    body = tik.group(tik.new_campaign(), **clicks, pixel_id=None, optimization_event=None)
    before = set(tik.world.ad_groups)
    refused(tik.post("adgroup/create", body), "Please select a pixel")
    assert set(tik.world.ad_groups) == before


@pytest.mark.parametrize(
    ("objective", "changes", "words"),
    [
        ("APP_PROMOTION", {"app_id": "1"}, "operating_systems"),
        ("APP_PROMOTION", {"app_id": "1", "operating_systems": ["IOS", "ANDROID"]}, "exactly one"),
        ("PRODUCT_SALES", {"shopping_ads_type": "VIDEO"}, "product_source"),
        ("PRODUCT_SALES", {"shopping_ads_type": "X", "product_source": "STORE"}, "shopping_ads"),
        ("PRODUCT_SALES", {"shopping_ads_type": "VIDEO", "product_source": "STORE"}, "store_id"),
        ("REACH", {"frequency": 1001, "frequency_schedule": 7}, "frequency"),
        ("REACH", {"frequency": 3}, "frequency_schedule"),
    ],
)
def test_goals_have_fields_of_their_own(
    tik: Tik, objective: str, changes: Body, words: str
) -> None:
    goals = {
        "APP_PROMOTION": ("INSTALL", "OCPM", "APP_IOS"),
        "PRODUCT_SALES": ("CONVERT", "OCPM", "WEBSITE"),
        "REACH": ("REACH", "CPM", None),
    }
    goal, billing, promotion = goals[objective]
    app = "APP_INSTALL" if objective == "APP_PROMOTION" else None
    campaign = tik.new_campaign(objective_type=objective, app_promotion_type=app)
    pixel = {} if objective == "PRODUCT_SALES" else {"pixel_id": None, "optimization_event": None}
    body = tik.group(
        campaign,
        optimization_goal=goal,
        billing_event=billing,
        promotion_type=promotion,
        **pixel,
        **changes,
    )
    before = set(tik.world.ad_groups)
    refused(tik.post("adgroup/create", body), words)
    assert set(tik.world.ad_groups) == before


def test_ad_group_without_an_end_shows_one_in_ten_years(tik: Tik) -> None:
    _, group, _ = tik.tree()
    row = tik.get("adgroup/get", filtering={"adgroup_ids": [group]})["data"]["list"][0]
    assert row["schedule_type"] == "SCHEDULE_FROM_NOW"
    assert row["schedule_end_time"] == "2036-09-28 06:00:00"


def _with_own_budget(tik: Tik, **changes: object) -> str:
    campaign = tik.new_campaign(
        operation_status="ENABLE", budget_optimize_on=None, budget_mode="BUDGET_MODE_INFINITE"
    )
    body = tik.group(campaign, **tik.own_budget(**changes))
    return str(tik.done("adgroup/create", body)["adgroup_id"])


def test_longer_flight_needs_a_budget_for_its_days(tik: Tik) -> None:
    group = _with_own_budget(
        tik,
        budget_mode="BUDGET_MODE_TOTAL",
        budget=620.0,
        schedule_type="SCHEDULE_START_END",
        schedule_end_time="2026-11-01 06:00:00",
    )
    longer = {"adgroup_id": group, "schedule_end_time": "2026-11-02 06:00:00"}
    refused(tik.post("adgroup/update", longer), "at least 640.00 USD")
    assert tik.world.ad_groups[group].raw["schedule_end_time"] == "2026-11-01 06:00:00"
    tik.done("adgroup/update", {**longer, "budget": 640.0})


def test_budget_of_an_ad_group_covers_what_today_has_cost(tik: Tik) -> None:
    group = _with_own_budget(tik, budget=100.0)
    campaign = tik.world.ad_groups[group].campaign_id
    tik.done("ad/create", {"adgroup_id": group, "creatives": [tik.creative()]})
    tik.world.clock.advance(days=3, hours=17)
    spent = tik.spend(campaign, days=1)
    assert spent > 25
    low = [{"adgroup_id": group, "budget": round(spent - 0.01, 2)}]
    refused(tik.post("adgroup/budget/update", {"budget": low}), "spent already")
    assert tik.world.ad_groups[group].daily_budget_micros == 100_000_000


def test_bulk_change_takes_twenty_ad_groups_all_or_none(tik: Tik) -> None:
    group = _with_own_budget(tik)
    change = {"adgroup_id": group, "budget": 40.0}
    answer = tik.post("adgroup/budget/update", {"budget": [change] * 21})
    refused(answer, "at most 20", 40011)
    unknown = {"adgroup_id": "9", "budget": 40.0}
    answer = tik.post("adgroup/budget/update", {"budget": [change, unknown]})
    refused(answer, "9 doesn't exist", 40007)
    assert tik.world.ad_groups[group].daily_budget_micros == 20_000_000


def test_update_that_changes_nothing_is_refused(tik: Tik) -> None:
    _, group, _ = tik.tree()
    body = {"adgroup_id": group, "adgroup_name": "Everyone", "location_ids": ["6252001"]}
    refused(tik.post("adgroup/update", body), "Nothing to update", 40012)


def test_name_of_another_ad_group_cannot_be_taken(tik: Tik) -> None:
    campaign, group, _ = tik.tree()
    tik.done("adgroup/create", tik.group(campaign, adgroup_name="Others"))
    body = {"adgroup_id": group, "adgroup_name": "Others"}
    refused(tik.post("adgroup/update", body), "exists", 40052)
    assert tik.world.ad_groups[group].name == "Everyone"


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


@pytest.mark.parametrize(
    "change",
    [
        {"optimization_goal": "CLICK"},
        {"billing_event": "CPC"},
        {"promotion_type": "APP_IOS"},
        {"placement_type": "PLACEMENT_TYPE_AUTOMATIC"},
        {"placements": ["PLACEMENT_PANGLE"]},
        {"pixel_id": "5"},
        {"budget_mode": "BUDGET_MODE_TOTAL"},
        {"click_attribution_window": "SEVEN_DAYS"},
        {"view_attribution_window": "OFF"},
    ],
)
def test_nature_of_an_ad_group_cannot_change(tik: Tik, change: Body) -> None:
    _, group, _ = tik.tree()
    body = {"adgroup_id": group, "adgroup_name": "B", **change}
    refused(tik.post("adgroup/update", body), "cannot be changed")
    assert tik.world.ad_groups[group].name == "Everyone"


def test_partial_success_lists_what_failed(tik: Tik) -> None:
    _, group, _ = tik.tree()
    switch = {"adgroup_ids": [group, "9"], "operation_status": "DISABLE"}
    assert tik.post("adgroup/status/update", switch)["code"] == 40007
    assert tik.world.ad_groups[group].status == "active"
    answer = tik.post("adgroup/status/update", {**switch, "allow_partial_success": True})
    assert answer["code"] == 20001
    assert [row["adgroup_id"] for row in answer["data"]["error_list"]] == ["9"]
    assert tik.world.ad_groups[group].status == "paused"
