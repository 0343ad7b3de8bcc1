"""Ad groups of the TikTok emulator: create, update, list."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.tiktok import errors
from sandbox.tiktok import group_rules as rules
from sandbox.tiktok import params as read
from sandbox.tiktok.campaigns import (
    check_not_deleted,
    matches_ids_and_state,
    matches_name,
    select_fields,
)
from sandbox.tiktok.params import Params, TikTok
from sandbox.world.model import AdGroup, Campaign

_TARGETING_FIELDS = (
    "location_ids",
    "zipcode_ids",
    "age_groups",
    "gender",
    "languages",
    "interest_category_ids",
    "operating_systems",
    "audience_ids",
)
_RAW_FIELDS = (
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


def create_ad_group(tiktok: TikTok, params: Params) -> Params:
    """adgroup/create. Raises ApiError."""
    read.require(params, rules.REQUIRED)
    campaign = tiktok.campaign(params["campaign_id"])
    check_not_deleted(campaign)
    name = read.valid_text(params, "adgroup_name", read.NAME_LENGTH)
    optimized = bool(campaign.raw.get("budget_optimize_on"))
    rules.check_ad_group(tiktok, campaign, params)
    begin, end = read_schedule(tiktok, params)
    budget = None if optimized else rules.read_budget(tiktok, params, begin, end)
    status = read.choice(params, "operation_status", ("ENABLE", "DISABLE")) or "ENABLE"
    if not read.claim_request_id(tiktok, params, "adgroup"):
        _check_name(tiktok, campaign, name)
    group = AdGroup(
        tiktok.world.new_id("tiktok"),
        "tiktok",
        tiktok.account.id,
        campaign.id,
        name,
        read.STATUS_FROM_TIKTOK[status],
        tiktok.now(),
        daily_budget_micros=None
        if budget is None
        else rules.daily_micros(budget, params, begin, end),
        start_date=begin.date(),
        end_date=end and rules.last_day(end),
        targeting={key: params[key] for key in _TARGETING_FIELDS if params.get(key)},
        raw={key: params[key] for key in _RAW_FIELDS if params.get(key) is not None}
        | {"budget": budget or 0.0, "placements": rules.read_placements(params)}
        | ({"pacing": "PACING_MODE_SMOOTH"} if optimized else {}),
    )
    tiktok.world.add_ad_group(group)
    return ad_group_row(tiktok, group)


def update_ad_group(tiktok: TikTok, params: Params) -> Params:
    """adgroup/update: name, budget, schedule, targeting, bids. Raises ApiError."""
    read.require(params, ["adgroup_id"])
    group = tiktok.ad_group(params["adgroup_id"])
    check_not_deleted(group)
    for name in rules.IMMUTABLE:
        if params.get(name) not in (None, group.raw.get(name)):
            raise errors.invalid(f"{name}: cannot be changed after creation.")
    changes, raw = _changes(tiktok, group, params)
    if not changes and not raw:
        raise errors.ApiError(errors.NOTHING_TO_UPDATE, "Nothing to update.")
    tiktok.world.update_ad_group(group.id, **changes, raw=raw)
    return ad_group_row(tiktok, group)


def update_budgets(tiktok: TikTok, params: Params) -> Params:
    """adgroup/budget/update: `budget` is a list of {adgroup_id, budget}. Raises ApiError."""
    if params.get("scheduled_budget"):
        raise errors.invalid("scheduled_budget: is not served by this sandbox; send budget.")
    rows = read.json_value(params, "budget", list)
    if not rows:
        raise errors.missing(["budget"])
    for row in rows:
        read.require(row, ["adgroup_id", "budget"])
        group = tiktok.ad_group(row["adgroup_id"])
        check_not_deleted(group)
        tiktok.world.update_ad_group(group.id, **_new_budget(tiktok, group, row))
    return {"adgroup_ids": [str(row["adgroup_id"]) for row in rows]}


def update_ad_group_status(tiktok: TikTok, params: Params) -> Params:
    """adgroup/status/update, with allow_partial_success. Raises ApiError."""
    ad_group_ids = read.ids(params, "adgroup_ids")
    read.require(params, ["operation_status"])
    status = read.choice(params, "operation_status", read.STATUS_FROM_TIKTOK) or ""
    failures: list[Params] = []
    for ad_group_id in ad_group_ids:
        try:
            check_not_deleted(tiktok.ad_group(ad_group_id))
        except errors.ApiError as error:
            if not read.boolean(params, "allow_partial_success"):
                raise
            failures.append({"adgroup_id": ad_group_id, "error_message": error.message})
    failed_ids = [row["adgroup_id"] for row in failures]
    updated = [ad_group_id for ad_group_id in ad_group_ids if ad_group_id not in failed_ids]
    for ad_group_id in updated:
        tiktok.world.update_ad_group(ad_group_id, status=read.STATUS_FROM_TIKTOK[status])
    return {
        "adgroup_ids": updated,
        "status": status,
        **({"error_list": failures} if failures else {}),
    }


def list_ad_groups(tiktok: TikTok, params: Params) -> Params:
    """adgroup/get."""
    filtering = read.json_value(params, "filtering", dict) or {}
    campaigns = [str(value) for value in filtering.get("campaign_ids") or []]
    groups = [
        item
        for item in tiktok.world.list_ad_groups(tiktok.account.id)
        if matches_ids_and_state(item, filtering, "adgroup_ids", item.id)
        and matches_name(item.name, filtering, "adgroup_name")
        and (not campaigns or item.campaign_id in campaigns)
    ]
    fields = read.json_value(params, "fields", list)
    rows = [select_fields(ad_group_row(tiktok, g), fields, "adgroup_id") for g in reversed(groups)]
    return read.page(rows, params)


def ad_group_row(tiktok: TikTok, group: AdGroup) -> Params:
    return {
        "advertiser_id": group.account_id,
        "campaign_id": group.campaign_id,
        "campaign_name": tiktok.campaign(group.campaign_id).name,
        "adgroup_id": group.id,
        "adgroup_name": group.name,
        **group.targeting,
        **group.raw,
        "operation_status": read.STATUS_TO_TIKTOK[group.status],
        "secondary_status": ad_group_secondary_status(tiktok, group),
        "create_time": read.format_time(group.created_at),
        "modify_time": read.format_time(group.updated_at or group.created_at),
    }


def ad_group_secondary_status(tiktok: TikTok, group: AdGroup) -> str:
    today = tiktok.now().date()
    campaign = tiktok.campaign(group.campaign_id)
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


def read_schedule(tiktok: TikTok, params: Params) -> tuple[datetime, datetime | None]:
    """(begin, end) of the ad group. Raises ApiError."""
    begin = read.utc_time(params, "schedule_start_time") or tiktok.now()
    end = read.utc_time(params, "schedule_end_time")
    if begin < tiktok.now() - timedelta(hours=12):
        raise errors.invalid("schedule_start_time: may be at most 12 hours in the past.")
    return begin, rules.validate_end(params, begin, end)


def _changes(tiktok: TikTok, group: AdGroup, params: Params) -> tuple[Params, Params]:
    changes: Params = {}
    raw: Params = {}
    if "adgroup_name" in params:
        changes["name"] = read.valid_text(params, "adgroup_name", read.NAME_LENGTH)
    if params.get("budget") is not None:
        budget = _new_budget(tiktok, group, params)
        raw |= budget.pop("raw", {})
        changes |= budget
    if "schedule_end_time" in params:
        begin = read.utc_time(group.raw, "schedule_start_time") or group.created_at
        merged = {**group.raw, **params}
        end = rules.validate_end(merged, begin, read.utc_time(params, "schedule_end_time"))
        changes["end_date"] = end and rules.last_day(end)
        raw["schedule_end_time"] = params["schedule_end_time"]
    targeting = {key: params[key] for key in _TARGETING_FIELDS if key in params}
    if targeting:
        merged = {**group.targeting, **targeting}
        rules.check_targeting(merged)
        changes["targeting"] = merged
    for name in ("bid_price", "conversion_bid_price", "roas_bid"):
        if name in params:
            raw[name] = read.money(params, name)
    return changes, raw


def _new_budget(tiktok: TikTok, group: AdGroup, params: Params) -> dict[str, Any]:
    """Under campaign budget optimisation TikTok silently ignores the value. (TikTok, CBO)"""
    if tiktok.campaign(group.campaign_id).raw.get("budget_optimize_on"):
        return {}
    begin = read.utc_time(group.raw, "schedule_start_time") or group.created_at
    end = read.utc_time(group.raw, "schedule_end_time")
    budget = rules.read_budget(tiktok, {**group.raw, **params}, begin, end)
    daily = rules.daily_micros(budget, group.raw, begin, end)
    return {"daily_budget_micros": daily, "raw": {"budget": budget}}


def _check_name(tiktok: TikTok, campaign: Campaign, name: str) -> None:
    others = tiktok.world.list_ad_groups(tiktok.account.id, campaign.id, removed=False)
    if any(item.name == name for item in others):
        raise errors.ApiError(errors.EXISTS, f"Ad group name already exists: {name}")
