"""Ad groups of the TikTok emulator: create, update, list."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.tiktok import errors, objects
from sandbox.tiktok import params as read
from sandbox.tiktok.campaigns import matches_ids_and_state, matches_name, select_fields
from sandbox.tiktok.params import Params, TikTok
from sandbox.tiktok.rules import group_changes as changes
from sandbox.tiktok.rules import group_rules as rules
from sandbox.world.model import AdGroup

_MOST_BUDGETS = 20  # of one adgroup/budget/update
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
    "click_attribution_window",
    "view_attribution_window",
)


def create_ad_group(tiktok: TikTok, params: Params) -> Params:
    """adgroup/create. Raises ApiError."""
    read.require(params, rules.REQUIRED)
    campaign = tiktok.campaign(params["campaign_id"])
    objects.check_not_deleted(tiktok, campaign)
    name = read.valid_text(params, "adgroup_name", read.NAME_LENGTH)
    optimized = bool(campaign.raw.get("budget_optimize_on"))
    rules.check_ad_group(tiktok, campaign, params)
    begin, end = read_schedule(tiktok, params)
    budget = None if optimized else rules.read_budget(tiktok, params, begin, end)
    read.choice(params, "operation_status", ("ENABLE", "DISABLE"))
    if not objects.claim_request_id(tiktok, params):
        changes.check_name(tiktok, campaign, name)
    group = AdGroup(
        tiktok.world.new_id("tiktok"),
        "tiktok",
        tiktok.account.id,
        campaign.id,
        name,
        "active",  # DISABLE is ignored, as in campaign/create
        tiktok.now(),
        daily_budget_micros=None
        if budget is None
        else rules.daily_micros(budget, params, begin, end),
        start_date=begin.date(),
        end_date=rules.last_day(end),
        targeting={key: params[key] for key in changes.TARGETING_FIELDS if params.get(key)},
        raw={key: params[key] for key in _RAW_FIELDS if params.get(key) is not None}
        | {
            "budget": budget or 0.0,
            "placements": rules.read_placements(params),
            "schedule_end_time": read.format_time(end),
        }
        | ({"pacing": "PACING_MODE_SMOOTH"} if optimized else {}),
    )
    tiktok.world.add_ad_group(group)
    return ad_group_row(tiktok, group)


def update_ad_group(tiktok: TikTok, params: Params) -> Params:
    """adgroup/update: name, budget, schedule, targeting, bids. Raises ApiError."""
    read.require(params, ["adgroup_id"])
    group = tiktok.ad_group(params["adgroup_id"])
    objects.check_not_deleted(tiktok, group)
    for name in rules.IMMUTABLE:
        if params.get(name) not in (None, group.raw.get(name)):
            raise errors.invalid(f"{name}: cannot be changed after creation.")
    new, raw = changes.changes_of(tiktok, group, params)
    same = all(getattr(group, name) == value for name, value in new.items())
    if same and all(group.raw.get(name) == value for name, value in raw.items()):
        raise errors.ApiError(errors.NOTHING_TO_UPDATE, "Nothing to update.")
    tiktok.world.update_ad_group(group.id, **new, raw=raw)
    return ad_group_row(tiktok, group)


def update_budgets(tiktok: TikTok, params: Params) -> Params:
    """adgroup/budget/update: `budget` is a list of {adgroup_id, budget}. Raises ApiError."""
    if params.get("scheduled_budget"):
        raise errors.invalid("scheduled_budget: is not served by this sandbox; send budget.")
    rows = read.json_value(params, "budget", list)
    if not rows:
        raise errors.missing(["budget"])
    if len(rows) > _MOST_BUDGETS:
        raise errors.ApiError(errors.TOO_MANY_IDS, f"budget: at most {_MOST_BUDGETS} ad groups.")
    for row in rows:
        if not isinstance(row, dict):
            raise errors.invalid("budget: must be a list of objects.")
        read.require(row, ["adgroup_id", "budget"])
        group = tiktok.ad_group(row["adgroup_id"])
        objects.check_not_deleted(tiktok, group)
        tiktok.world.update_ad_group(group.id, **changes.new_budget(tiktok, group, row))
    return {"adgroup_ids": [str(row["adgroup_id"]) for row in rows]}


def update_ad_group_status(tiktok: TikTok, params: Params) -> Params:
    """adgroup/status/update, with allow_partial_success. Raises ApiError."""
    ad_group_ids = read.ids(params, "adgroup_ids")
    read.require(params, ["operation_status"])
    status = read.choice(params, "operation_status", read.STATUS_FROM_TIKTOK) or ""
    failures: list[Params] = []
    for ad_group_id in ad_group_ids:
        try:
            objects.check_not_deleted(tiktok, tiktok.ad_group(ad_group_id))
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
    campaigns = read.filter_ids(filtering, "campaign_ids")
    groups = [
        item
        for item in tiktok.world.list_ad_groups(tiktok.account.id)
        if matches_ids_and_state(tiktok, item, filtering, "adgroup_ids")
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


def read_schedule(tiktok: TikTok, params: Params) -> tuple[datetime, datetime]:
    """(begin, end) of the ad group; one without an end ends in ten years. Raises ApiError."""
    begin = read.utc_time(params, "schedule_start_time") or tiktok.now()
    end = read.utc_time(params, "schedule_end_time")
    if begin < tiktok.now() - timedelta(hours=12):
        raise errors.invalid("schedule_start_time: may be at most 12 hours in the past.")
    return begin, rules.validate_end(tiktok, params, begin, end)
