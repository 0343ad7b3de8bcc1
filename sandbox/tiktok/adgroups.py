"""Ad groups of the TikTok emulator."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.tiktok import campaigns as tiktok_campaigns
from sandbox.tiktok import errors
from sandbox.tiktok import group_rules as rules
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params, Tik
from sandbox.world.model import AdGroup, Campaign

_TARGETING = (
    "location_ids",
    "zipcode_ids",
    "age_groups",
    "gender",
    "languages",
    "interest_category_ids",
    "operating_systems",
    "audience_ids",
)
_KEPT = (
    "billing_event",
    "optimization_goal",
    "optimization_event",
    "pixel_id",
    "promotion_type",
    "promotion_target_type",
    "placement_type",
    "placements",
    "pacing",
    "bid_type",
    "bid_price",
    "conversion_bid_price",
    "deep_bid_type",
    "roas_bid",
    "schedule_type",
    "schedule_start_time",
    "schedule_end_time",
    "budget_mode",
    "dayparting",
    "frequency",
    "frequency_schedule",
    "app_id",
)


def create(tik: Tik, params: Params) -> Params:
    """adgroup/create. Raises ApiError."""
    read.require(params, rules.REQUIRED)
    campaign = tik.campaign(params["campaign_id"])
    tiktok_campaigns.check_alive(campaign)
    name = read.checked_text(params, "adgroup_name", read.NAME_LENGTH)
    optimized = bool(campaign.raw.get("budget_optimize_on"))
    rules.check(tik, campaign, params)
    begin, end = schedule(tik, params)
    budget = None if optimized else rules.budget(tik, params, begin, end)
    status = read.choice(params, "operation_status", ("ENABLE", "DISABLE")) or "ENABLE"
    if not read.once(tik, params, "adgroup"):
        _check_name(tik, campaign, name)
    group = AdGroup(
        tik.world.new_id("tiktok"),
        "tiktok",
        tik.account.id,
        campaign.id,
        name,
        read.NEUTRAL[status],
        tik.now(),
        daily_budget_micros=None if budget is None else rules.daily(budget, params, begin, end),
        start_date=begin.date(),
        end_date=end and rules.last_day(end),
        targeting={key: params[key] for key in _TARGETING if params.get(key)},
        raw={key: params[key] for key in _KEPT if params.get(key) is not None}
        | {"budget": budget or 0.0, "placements": rules.placements(params)}
        | ({"pacing": "PACING_MODE_SMOOTH"} if optimized else {}),
    )
    tik.world.add_ad_group(group)
    return shown(tik, group)


def update(tik: Tik, params: Params) -> Params:
    """adgroup/update: name, budget, schedule, targeting, bids. Raises ApiError."""
    read.require(params, ["adgroup_id"])
    group = tik.ad_group(params["adgroup_id"])
    tiktok_campaigns.check_alive(group)
    for fixed in rules.IMMUTABLE:
        if params.get(fixed) not in (None, group.raw.get(fixed)):
            raise errors.invalid(f"{fixed}: cannot be changed after creation.")
    changes, raw = _changes(tik, group, params)
    if not changes and not raw:
        raise errors.ApiError(errors.NOTHING_TO_UPDATE, "Nothing to update.")
    tik.world.update_ad_group(group.id, **changes, raw=raw)
    return shown(tik, group)


def update_budgets(tik: Tik, params: Params) -> Params:
    """adgroup/budget/update: `budget` is a list of {adgroup_id, budget}. Raises ApiError."""
    if params.get("scheduled_budget"):
        raise errors.invalid("scheduled_budget: is not served by this sandbox; send budget.")
    rows = read.structure(params, "budget", list)
    if not rows:
        raise errors.missing(["budget"])
    for row in rows:
        read.require(row, ["adgroup_id", "budget"])
        group = tik.ad_group(row["adgroup_id"])
        tiktok_campaigns.check_alive(group)
        tik.world.update_ad_group(group.id, **_new_budget(tik, group, row))
    return {"adgroup_ids": [str(row["adgroup_id"]) for row in rows]}


def update_status(tik: Tik, params: Params) -> Params:
    """adgroup/status/update, with allow_partial_success. Raises ApiError."""
    numbers = read.ids(params, "adgroup_ids")
    read.require(params, ["operation_status"])
    word = read.choice(params, "operation_status", read.NEUTRAL) or ""
    wrong: list[Params] = []
    for number in numbers:
        try:
            tiktok_campaigns.check_alive(tik.ad_group(number))
        except errors.ApiError as error:
            if not read.flag(params, "allow_partial_success"):
                raise
            wrong.append({"adgroup_id": number, "error_message": error.message})
    failed = [row["adgroup_id"] for row in wrong]
    done = [number for number in numbers if number not in failed]
    for number in done:
        tik.world.update_ad_group(number, status=read.NEUTRAL[word])
    return {"adgroup_ids": done, "status": word, **({"error_list": wrong} if wrong else {})}


def listed(tik: Tik, params: Params) -> Params:
    """adgroup/get."""
    rule = read.structure(params, "filtering", dict) or {}
    campaigns = [str(value) for value in rule.get("campaign_ids") or []]
    found = [
        item
        for item in tik.world.list_ad_groups(tik.account.id)
        if tiktok_campaigns.passes(item, rule, "adgroup_ids", item.id)
        and tiktok_campaigns.named(item.name, rule, "adgroup_name")
        and (not campaigns or item.campaign_id in campaigns)
    ]
    wanted = read.structure(params, "fields", list)
    rows = [tiktok_campaigns.pick(shown(tik, g), wanted, "adgroup_id") for g in reversed(found)]
    return read.page(rows, params)


def shown(tik: Tik, group: AdGroup) -> Params:
    return {
        "advertiser_id": group.account_id,
        "campaign_id": group.campaign_id,
        "campaign_name": tik.campaign(group.campaign_id).name,
        "adgroup_id": group.id,
        "adgroup_name": group.name,
        **group.targeting,
        **group.raw,
        "operation_status": read.SWITCH[group.status],
        "secondary_status": secondary_status(tik, group),
        "create_time": read.shown(group.created_at),
        "modify_time": read.shown(group.updated_at or group.created_at),
    }


def secondary_status(tik: Tik, group: AdGroup) -> str:
    today = tik.now().date()
    campaign = tik.campaign(group.campaign_id)
    if group.status == "removed" or campaign.status == "removed":
        return "ADGROUP_STATUS_DELETE"
    if campaign.status == "paused":
        return "ADGROUP_STATUS_CAMPAIGN_DISABLE"
    if group.status == "paused":
        return "ADGROUP_STATUS_DISABLE"
    if group.end_date and today > group.end_date:
        return "ADGROUP_STATUS_TIME_DONE"
    if group.start_date and today < group.start_date:
        return "ADGROUP_STATUS_NOT_START"
    return "ADGROUP_STATUS_DELIVERY_OK"


def schedule(tik: Tik, params: Params) -> tuple[datetime, datetime | None]:
    """Begin and end of the flight. Raises ApiError."""
    begin = read.instant(params, "schedule_start_time") or tik.now()
    end = read.instant(params, "schedule_end_time")
    if begin < tik.now() - timedelta(hours=12):
        raise errors.invalid("schedule_start_time: may be at most 12 hours in the past.")
    return begin, rules.checked_end(params, begin, end)


def _changes(tik: Tik, group: AdGroup, params: Params) -> tuple[Params, Params]:
    changes: Params = {}
    raw: Params = {}
    if "adgroup_name" in params:
        changes["name"] = read.checked_text(params, "adgroup_name", read.NAME_LENGTH)
    if params.get("budget") is not None:
        budget = _new_budget(tik, group, params)
        raw |= budget.pop("raw", {})
        changes |= budget
    if "schedule_end_time" in params:
        begin = read.instant(group.raw, "schedule_start_time") or group.created_at
        merged = {**group.raw, **params}
        end = rules.checked_end(merged, begin, read.instant(params, "schedule_end_time"))
        changes["end_date"] = end and rules.last_day(end)
        raw["schedule_end_time"] = params["schedule_end_time"]
    targeting = {key: params[key] for key in _TARGETING if key in params}
    if targeting:
        merged = {**group.targeting, **targeting}
        rules.check_targeting(merged)
        changes["targeting"] = merged
    for name in ("bid_price", "conversion_bid_price", "roas_bid"):
        if name in params:
            raw[name] = read.money(params, name)
    return changes, raw


def _new_budget(tik: Tik, group: AdGroup, params: Params) -> dict[str, Any]:
    """Under campaign budget optimisation the value is ignored without a word. (TikTok, CBO)"""
    if tik.campaign(group.campaign_id).raw.get("budget_optimize_on"):
        return {}
    begin = read.instant(group.raw, "schedule_start_time") or group.created_at
    end = read.instant(group.raw, "schedule_end_time")
    budget = rules.budget(tik, {**group.raw, **params}, begin, end)
    daily = rules.daily(budget, group.raw, begin, end)
    return {"daily_budget_micros": daily, "raw": {"budget": budget}}


def _check_name(tik: Tik, campaign: Campaign, name: str) -> None:
    others = tik.world.list_ad_groups(tik.account.id, campaign.id, removed=False)
    if any(item.name == name for item in others):
        raise errors.ApiError(errors.EXISTS, f"Ad group name already exists: {name}")
