"""Campaigns of the TikTok emulator: create, update, list."""

from __future__ import annotations

from typing import Any

from sandbox.tiktok import errors, objects
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params, TikTok
from sandbox.tiktok.rules import spent
from sandbox.world.model import Campaign

OBJECTIVES = (
    "REACH",
    "VIDEO_VIEWS",
    "TRAFFIC",
    "ENGAGEMENT",
    "LEAD_GENERATION",
    "APP_PROMOTION",
    "WEB_CONVERSIONS",
    "PRODUCT_SALES",
)
BUDGET_MODES = (
    "BUDGET_MODE_INFINITE",
    "BUDGET_MODE_DAY",
    "BUDGET_MODE_TOTAL",
    "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
)
_APP_TYPES = ("APP_INSTALL", "APP_RETARGETING", "APP_PREREGISTRATION")
_INDUSTRIES = ("HOUSING", "EMPLOYMENT", "CREDIT")
_DAY_WITH_CBO = ("REACH", "VIDEO_VIEWS", "ENGAGEMENT")
_IMMUTABLE = ("objective_type", "budget_mode", "budget_optimize_on", "app_promotion_type")
_STATES = ("STATUS_ALL", "STATUS_NOT_DELETE", "STATUS_DELETE")
_MIN_USD = 50.0
_ASSUMED_DAYS = 30  # days over which the market spreads a lifetime budget of a campaign


def create_campaign(tiktok: TikTok, params: Params) -> Params:
    """campaign/create. Raises ApiError."""
    read.require(params, ["campaign_name", "objective_type", "budget_mode"])
    name = read.valid_text(params, "campaign_name", read.NAME_LENGTH)
    objective = read.choice(params, "objective_type", OBJECTIVES)
    mode = read.choice(params, "budget_mode", BUDGET_MODES) or ""
    optimized = read.boolean(params, "budget_optimize_on")
    if objective == "APP_PROMOTION":
        read.require(params, ["app_promotion_type"])
        read.choice(params, "app_promotion_type", _APP_TYPES)
    for industry in read.json_value(params, "special_industries", list) or []:
        if industry not in _INDUSTRIES:
            raise errors.not_one_of("special_industries", industry, _INDUSTRIES)
    _check_mode(str(objective), mode, optimized)
    budget = _read_budget(tiktok, params, mode)
    read.choice(params, "operation_status", ("ENABLE", "DISABLE"))
    if not objects.claim_request_id(tiktok, params):
        _check_name(tiktok, name)
    campaign = Campaign(
        tiktok.world.new_id("tiktok"),
        "tiktok",
        tiktok.account.id,
        name,
        # DISABLE is for allow-listed accounts only; for others it is ignored without a word.
        "active",
        tiktok.now(),
        daily_budget_micros=_daily_micros(budget, mode) if optimized else None,
        objective=str(objective),
        raw={
            "budget_mode": mode,
            "budget": budget,
            "budget_optimize_on": optimized,
            "app_promotion_type": params.get("app_promotion_type"),
            "special_industries": params.get("special_industries") or [],
        },
    )
    tiktok.world.add_campaign(campaign)
    return campaign_row(tiktok, campaign)


def update_campaign(tiktok: TikTok, params: Params) -> Params:
    """campaign/update: name, budget and special industries only. Raises ApiError."""
    read.require(params, ["campaign_id"])
    campaign = tiktok.campaign(params["campaign_id"])
    objects.check_not_deleted(tiktok, campaign)
    _check_immutable(campaign, params)
    changes: Params = {}
    raw: Params = {}
    if "campaign_name" in params:
        name = read.valid_text(params, "campaign_name", read.NAME_LENGTH)
        if name != campaign.name:
            _check_name(tiktok, name)
            changes["name"] = name
    if params.get("budget") is not None:
        raw, daily = _new_budget(tiktok, campaign, params)
        changes |= daily
    if "special_industries" in params:
        raw["special_industries"] = read.json_value(params, "special_industries", list) or []
    if not changes and all(campaign.raw.get(key) == value for key, value in raw.items()):
        raise errors.ApiError(errors.NOTHING_TO_UPDATE, "Nothing to update.")
    tiktok.world.update_campaign(campaign.id, **changes, raw=raw)
    return campaign_row(tiktok, campaign)


def update_campaign_status(tiktok: TikTok, params: Params) -> Params:
    """campaign/status/update: all or nothing. Raises ApiError."""
    campaign_ids = read.ids(params, "campaign_ids")
    read.require(params, ["operation_status"])
    status = read.choice(params, "operation_status", read.STATUS_FROM_TIKTOK) or ""
    for campaign_id in campaign_ids:
        objects.check_not_deleted(tiktok, tiktok.campaign(campaign_id))
    for campaign_id in campaign_ids:
        tiktok.world.update_campaign(campaign_id, status=read.STATUS_FROM_TIKTOK[status])
    return {"campaign_ids": campaign_ids, "status": status}


def list_campaigns(tiktok: TikTok, params: Params) -> Params:
    """campaign/get."""
    filtering = read.json_value(params, "filtering", dict) or {}
    campaigns = [
        item
        for item in tiktok.world.list_campaigns(tiktok.account.id)
        if matches_ids_and_state(tiktok, item, filtering, "campaign_ids")
        and matches_name(item.name, filtering, "campaign_name")
    ]
    fields = read.json_value(params, "fields", list)
    rows = [
        select_fields(campaign_row(tiktok, item), fields, "campaign_id")
        for item in reversed(campaigns)
    ]
    return read.page(rows, params)


def campaign_row(tiktok: TikTok, campaign: Campaign) -> Params:
    return {
        "advertiser_id": campaign.account_id,
        "campaign_id": campaign.id,
        "campaign_name": campaign.name,
        "objective_type": campaign.objective,
        "campaign_type": "REGULAR_CAMPAIGN",
        **{key: value for key, value in campaign.raw.items() if value is not None},
        "operation_status": read.STATUS_TO_TIKTOK[campaign.status],
        "secondary_status": f"CAMPAIGN_STATUS_{read.STATUS_TO_TIKTOK[campaign.status]}",
        "create_time": read.format_time(campaign.created_at),
        "modify_time": read.format_time(campaign.updated_at or campaign.created_at),
        "is_new_structure": True,
    }


def matches_ids_and_state(tiktok: TikTok, item: Any, filtering: Params, name: str) -> bool:
    """Whether the id is among the requested ids; deleted objects match only on request. Raises
    ApiError."""
    ids = read.filter_ids(filtering, name)
    state = read.choice(filtering, "primary_status", _STATES) or "STATUS_NOT_DELETE"
    if ids and item.id not in ids:
        return False
    return state == "STATUS_ALL" or objects.is_deleted(tiktok, item) == (state == "STATUS_DELETE")


def matches_name(name: str, filtering: Params, key: str) -> bool:
    return str(filtering.get(key) or "").casefold() in name.casefold()


def select_fields(row: Params, fields: list[str] | None, key: str) -> Params:
    if not fields:
        return row
    return {name: value for name, value in row.items() if name in fields or name == key}


def _check_immutable(campaign: Campaign, params: Params) -> None:
    there = {**campaign.raw, "objective_type": campaign.objective}
    for name in _IMMUTABLE:
        if params.get(name) not in (None, there.get(name)):
            raise errors.invalid(f"{name}: cannot be changed after creation.")


def _check_mode(objective: str, mode: str, optimized: bool) -> None:
    if not optimized:
        return
    allowed = ["BUDGET_MODE_TOTAL", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"]
    if objective in _DAY_WITH_CBO:
        allowed.append("BUDGET_MODE_DAY")
    if mode not in allowed:
        raise errors.invalid(
            f"budget_mode: with budget_optimize_on use one of {', '.join(allowed)}."
        )


def _read_budget(tiktok: TikTok, params: Params, mode: str) -> float | None:
    if mode == "BUDGET_MODE_INFINITE":
        return None
    read.require(params, ["budget"])
    budget = read.money(params, "budget")
    minimum = round(tiktok.units(_MIN_USD), 2)
    if budget < minimum:
        raise errors.invalid(
            f"budget: The campaign budget must be at least {minimum:.2f} {tiktok.account.currency}."
        )
    return budget


def _daily_micros(budget: float | None, mode: str) -> int | None:
    if budget is None:
        return None
    return read.micros(budget / _ASSUMED_DAYS if mode == "BUDGET_MODE_TOTAL" else budget)


def _new_budget(tiktok: TikTok, campaign: Campaign, params: Params) -> tuple[Params, Params]:
    mode = campaign.raw["budget_mode"]
    if mode == "BUDGET_MODE_INFINITE":
        raise errors.invalid("budget: a campaign without a budget limit takes none.")
    budget = _read_budget(tiktok, params, mode)
    if budget is not None:
        spent.check_budget(tiktok, budget, mode, campaign.id)
    if not campaign.raw.get("budget_optimize_on"):
        return {"budget": budget}, {}
    daily = _daily_micros(budget, mode)
    changed = daily != campaign.daily_budget_micros
    return {"budget": budget}, {"daily_budget_micros": daily} if changed else {}


def _check_name(tiktok: TikTok, name: str) -> None:
    others = tiktok.world.list_campaigns(tiktok.account.id, removed=False)
    if any(item.name == name for item in others):
        raise errors.ApiError(errors.EXISTS, f"Campaign name already exists: {name}")
