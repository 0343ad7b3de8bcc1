"""What an update changes in an ad group of the TikTok emulator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.tiktok import errors
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params, TikTok
from sandbox.tiktok.rules import group_rules as rules
from sandbox.tiktok.rules import spent
from sandbox.world.model import AdGroup, Campaign

TARGETING_FIELDS = (
    "location_ids",
    "zipcode_ids",
    "age_groups",
    "gender",
    "languages",
    "interest_category_ids",
    "operating_systems",
    "audience_ids",
)
_BIDS = ("bid_price", "conversion_bid_price", "roas_bid")


def changes_of(tiktok: TikTok, group: AdGroup, params: Params) -> tuple[Params, Params]:
    """(fields, vendor fields) that adgroup/update sets. Raises ApiError."""
    changes: Params = {}
    raw: Params = {}
    if "adgroup_name" in params:
        changes["name"] = read.valid_text(params, "adgroup_name", read.NAME_LENGTH)
        if changes["name"] != group.name:
            check_name(tiktok, tiktok.campaign(group.campaign_id), changes["name"])
    if params.get("budget") is not None:
        budget = new_budget(tiktok, group, params)
        raw |= budget.pop("raw", {})
        changes |= budget
    if "schedule_end_time" in params:
        end = _new_end(tiktok, group, params)
        changes["end_date"] = rules.last_day(end)
        raw["schedule_end_time"] = read.format_time(end)
    targeting = {key: params[key] for key in TARGETING_FIELDS if key in params}
    if targeting:
        merged = {**group.targeting, **targeting}
        rules.check_targeting(merged)
        changes["targeting"] = merged
    return changes, raw | _bids(params, raw.get("budget") or group.raw.get("budget") or 0.0)


def _bids(params: Params, budget: float) -> Params:
    """The new bids, below the budget where the ad group has one of its own."""
    bids = {name: read.money(params, name) for name in _BIDS if name in params}
    for name, bid in bids.items():
        if budget and name != "roas_bid":
            rules.check_bid(name, bid, budget)
    return bids


def _new_end(tiktok: TikTok, group: AdGroup, params: Params) -> datetime:
    begin = read.utc_time(group.raw, "schedule_start_time") or group.created_at
    merged = {**group.raw, **params}
    end = rules.validate_end(tiktok, merged, begin, read.utc_time(params, "schedule_end_time"))
    if group.daily_budget_micros is not None and params.get("budget") is None:
        rules.read_budget(tiktok, group.raw, begin, end)  # it must cover the new days
    return end


def new_budget(tiktok: TikTok, group: AdGroup, params: Params) -> dict[str, Any]:
    """Under campaign budget optimisation TikTok silently ignores the value. (TikTok, CBO)"""
    if tiktok.campaign(group.campaign_id).raw.get("budget_optimize_on"):
        return {}
    begin = read.utc_time(group.raw, "schedule_start_time") or group.created_at
    end = read.utc_time({**group.raw, **params}, "schedule_end_time")
    mode = group.raw["budget_mode"]
    budget = rules.read_budget(tiktok, {**group.raw, **params, "budget_mode": mode}, begin, end)
    spent.check_budget(tiktok, budget, mode, group.campaign_id, group.id)
    daily = rules.daily_micros(budget, group.raw, begin, end)
    return {"daily_budget_micros": daily, "raw": {"budget": budget}}


def check_name(tiktok: TikTok, campaign: Campaign, name: str) -> None:
    others = tiktok.world.list_ad_groups(tiktok.account.id, campaign.id, removed=False)
    if any(item.name == name for item in others):
        raise errors.ApiError(errors.EXISTS, f"Ad group name already exists: {name}")
