"""Rules of TikTok ad groups: goal, billing, pixel, bid, placements, targeting, budget."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sandbox.tiktok import errors
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params, TikTok
from sandbox.tiktok.rules import goal_rules, places
from sandbox.world.model import Campaign

REQUIRED = (
    "campaign_id",
    "adgroup_name",
    "billing_event",
    "optimization_goal",
    "schedule_start_time",
    "schedule_type",
    # The schema asks for both, also where the campaign has the budget and they are ignored.
    "budget",
    "budget_mode",
)
IMMUTABLE = (
    "placement_type",
    "placements",
    "optimization_goal",
    "billing_event",
    "promotion_type",
    "pixel_id",
    "budget_mode",
    "click_attribution_window",
    "view_attribution_window",
)
BILLING = {
    "CLICK": "CPC",
    "TRAFFIC_LANDING_PAGE_VIEW": "OCPM",
    "CONVERT": "OCPM",
    "VALUE": "OCPM",
    "AUTOMATIC_VALUE_OPTIMIZATION": "OCPM",
    "INSTALL": "OCPM",
    "IN_APP_EVENT": "OCPM",
    "LEAD_GENERATION": "OCPM",
    "CONVERSION_LEADS": "OCPM",
    "PREFERRED_LEAD": "OCPM",
    "CONVERSATION": "OCPM",
    "FOLLOWERS": "OCPM",
    "PROFILE_VIEWS": "OCPM",
    "PAGE_VISIT": "OCPM",
    "REACH": "CPM",
    "SHOW": "CPM",
    "ENGAGED_VIEW": "CPV",
    "ENGAGED_VIEW_FIFTEEN": "CPV",
    "DESTINATION_VISIT": "OCPM",
}
_CLICKS = ("CLICK",)
GOALS = {
    "REACH": ("REACH", "SHOW"),
    "VIDEO_VIEWS": ("ENGAGED_VIEW", "ENGAGED_VIEW_FIFTEEN"),
    "TRAFFIC": (*_CLICKS, "TRAFFIC_LANDING_PAGE_VIEW", "DESTINATION_VISIT"),
    "ENGAGEMENT": ("FOLLOWERS", "PROFILE_VIEWS", "PAGE_VISIT"),
    "LEAD_GENERATION": (
        *_CLICKS,
        "CONVERT",
        "LEAD_GENERATION",
        "CONVERSION_LEADS",
        "PREFERRED_LEAD",
        "CONVERSATION",
    ),
    "APP_PROMOTION": ("INSTALL", "IN_APP_EVENT", "VALUE", "AUTOMATIC_VALUE_OPTIMIZATION", *_CLICKS),
    "WEB_CONVERSIONS": (*_CLICKS, "CONVERT", "VALUE", "AUTOMATIC_VALUE_OPTIMIZATION"),
    "PRODUCT_SALES": (*_CLICKS, "CONVERT", "VALUE", "AUTOMATIC_VALUE_OPTIMIZATION"),
}
PLACEMENTS = ("PLACEMENT_TIKTOK", "PLACEMENT_PANGLE", "PLACEMENT_GLOBAL_APP_BUNDLE")
PIXEL_EVENTS = ("SHOPPING", "ON_WEB_CART", "INITIATE_ORDER", "ON_WEB_DETAIL", "FORM")
AGES = (
    "AGE_13_17",
    "AGE_18_24",
    "AGE_25_34",
    "AGE_35_44",
    "AGE_45_54",
    "AGE_55_100",
)
_NO_PROMOTION = ("REACH", "VIDEO_VIEWS", "ENGAGEMENT")
_PROMOTIONS = (
    "WEBSITE",
    "APP_ANDROID",
    "APP_IOS",
    "LEAD_GENERATION",
    "LEAD_GEN_CLICK_TO_TT_DIRECT_MESSAGE",
    "VIDEO_SHOPPING",
    "LIVE_SHOPPING",
    "PSA_PRODUCT",
    "WEBSITE_OR_DISPLAY",
)
_MIN_USD = 20.0
_MOST_PLACES = 3000
_TEN_YEARS = timedelta(days=3650)


def check_ad_group(tiktok: TikTok, campaign: Campaign, params: Params) -> None:
    """All rules but those on budget and schedule. Raises ApiError."""
    _check_goal(campaign, params)
    _check_promotion(campaign, params)
    _check_pixel(tiktok, campaign, params)
    _check_bid(campaign, params)
    goal_rules.check_frequency(campaign, params)
    goal_rules.check_dayparting(params)
    read_placements(params)
    check_targeting(params)


def _check_goal(campaign: Campaign, params: Params) -> None:
    goal = read.choice(params, "optimization_goal", BILLING) or ""
    if goal not in GOALS[campaign.objective]:
        raise errors.not_one_of("optimization_goal", goal, GOALS[campaign.objective])
    if params["billing_event"] != BILLING[goal]:
        raise errors.invalid(
            f"billing_event: {params['billing_event']} doesn't match the optimization goal {goal};"
            f" use {BILLING[goal]}."
        )


def _check_promotion(campaign: Campaign, params: Params) -> None:
    if campaign.objective in _NO_PROMOTION:
        return
    read.require(params, ["promotion_type"])
    kind = read.choice(params, "promotion_type", _PROMOTIONS)
    if campaign.objective == "LEAD_GENERATION" and kind == "LEAD_GENERATION":
        read.require(params, ["promotion_target_type"])
        read.choice(params, "promotion_target_type", ("INSTANT_PAGE", "EXTERNAL_WEBSITE"))
    if campaign.objective == "APP_PROMOTION":
        goal_rules.check_app(params)
    if campaign.objective == "PRODUCT_SALES":
        goal_rules.check_products(params)


def _check_pixel(tiktok: TikTok, campaign: Campaign, params: Params) -> None:
    pixel, event = params.get("pixel_id"), params.get("optimization_event")
    to_website = params.get("promotion_type") == "WEBSITE"
    required = campaign.objective == "WEB_CONVERSIONS" or (
        campaign.objective == "PRODUCT_SALES" and to_website
    )
    if required and not pixel:
        raise errors.invalid("Please select a pixel.")
    if bool(pixel) != bool(event):
        raise errors.invalid("pixel_id and optimization_event must be sent together.")
    if pixel and str(pixel) != tiktok.account.pixel_id:
        raise errors.invalid(f"pixel_id: {pixel} is not a pixel of this advertiser.")
    if event and event not in PIXEL_EVENTS:
        raise errors.not_one_of("optimization_event", event, PIXEL_EVENTS)


def _check_bid(campaign: Campaign, params: Params) -> None:
    optimized = campaign.raw.get("budget_optimize_on")
    read.require(params, ["bid_type"] if optimized else ["pacing"])
    read.choice(params, "pacing", ("PACING_MODE_SMOOTH", "PACING_MODE_FAST"))
    if read.choice(params, "bid_type", ("BID_TYPE_NO_BID", "BID_TYPE_CUSTOM")) == "BID_TYPE_CUSTOM":
        name = "conversion_bid_price" if params["billing_event"] == "OCPM" else "bid_price"
        read.require(params, [name])
        budget = campaign.raw["budget"] if optimized else read.money(params, "budget")
        check_bid(name, read.money(params, name), budget)
    if params["optimization_goal"] == "VALUE":
        goal_rules.check_value(params)


def check_bid(name: str, bid: float, budget: float) -> None:
    """Raises ApiError."""
    if bid >= budget:
        raise errors.invalid(f"{name}: the bid must be below the budget.")


def read_placements(params: Params) -> list[str]:
    """The requested placements, or with automatic placement TikTok's. Raises ApiError."""
    kinds = ("PLACEMENT_TYPE_NORMAL", "PLACEMENT_TYPE_AUTOMATIC")
    kind = read.choice(params, "placement_type", kinds) or kinds[0]
    if kind == "PLACEMENT_TYPE_AUTOMATIC":
        return list(PLACEMENTS[:2])  # sent placements are ignored, not refused
    requested = read.json_value(params, "placements", list)
    if not requested:
        raise errors.missing(["placements"])
    for placement in requested:
        if placement not in PLACEMENTS:
            raise errors.not_one_of("placements", placement, PLACEMENTS)
    return list(requested)


def check_targeting(params: Params) -> None:
    locations = [str(item) for item in read.json_value(params, "location_ids", list) or []]
    zip_codes = read.json_value(params, "zipcode_ids", list) or []
    if not locations and not zip_codes:
        raise errors.missing(["location_ids"])
    if len(locations) + len(zip_codes) > _MOST_PLACES:
        raise errors.invalid(f"location_ids: at most {_MOST_PLACES} places.")
    places.check_places(locations)
    ages = read.json_value(params, "age_groups", list) or []
    for age in ages:
        if age not in AGES:
            raise errors.not_one_of("age_groups", age, AGES)
    places.check_ages(ages, locations)
    read.choice(params, "gender", ("GENDER_UNLIMITED", "GENDER_MALE", "GENDER_FEMALE"))


def validate_end(tiktok: TikTok, params: Params, begin: datetime, end: datetime | None) -> datetime:
    """The end, which without one is in ten years. Raises ApiError."""
    kinds = ("SCHEDULE_FROM_NOW", "SCHEDULE_START_END")
    kind = read.choice(params, "schedule_type", kinds)
    if params.get("budget_mode") == "BUDGET_MODE_TOTAL" and kind != "SCHEDULE_START_END":
        raise errors.invalid("schedule_type: a total budget needs SCHEDULE_START_END.")
    if kind == "SCHEDULE_FROM_NOW":
        return begin + _TEN_YEARS
    if end is None:
        raise errors.missing(["schedule_end_time"])
    if end <= begin or end <= tiktok.now():
        raise errors.invalid("schedule_end_time: must be after schedule_start_time and now.")
    return end


def read_budget(tiktok: TikTok, params: Params, begin: datetime, end: datetime | None) -> float:
    """At least 20 USD a day; a total budget at least that per day. (TikTok, budgets)"""
    mode = read.choice(params, "budget_mode", ("BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL"))
    if mode is None:
        raise errors.missing(["budget_mode"])
    amount = read.money(params, "budget")
    days = _days(begin, end) if mode == "BUDGET_MODE_TOTAL" else 1
    minimum = round(tiktok.units(_MIN_USD) * days, 2)
    if amount < minimum:
        raise errors.invalid(
            f"budget: The ad group budget must be at least {minimum:.2f} {tiktok.account.currency}."
        )
    return amount


def daily_micros(amount: float, params: Params, begin: datetime, end: datetime | None) -> int:
    total = params.get("budget_mode") == "BUDGET_MODE_TOTAL"
    return read.micros(amount / _days(begin, end) if total else amount)


def last_day(end: datetime) -> date:
    """The last day on which the ad group runs."""
    return (end - timedelta(seconds=1)).date()


def _days(begin: datetime, end: datetime | None) -> int:
    return 1 if end is None else max(1, -(-int((end - begin).total_seconds()) // 86_400))
