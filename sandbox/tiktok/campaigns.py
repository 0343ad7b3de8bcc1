"""Campaigns of the TikTok emulator."""

from __future__ import annotations

from typing import Any

from sandbox.tiktok import errors
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params, Tik
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
_LEAST_USD = 50.0
_ASSUMED_DAYS = 30  # over which the market spreads a lifetime budget of a campaign


def create(tik: Tik, params: Params) -> Params:
    """campaign/create. Raises ApiError."""
    read.require(params, ["campaign_name", "objective_type", "budget_mode"])
    name = read.checked_text(params, "campaign_name", read.NAME_LENGTH)
    objective = read.choice(params, "objective_type", OBJECTIVES)
    mode = read.choice(params, "budget_mode", BUDGET_MODES) or ""
    optimized = read.flag(params, "budget_optimize_on")
    if objective == "APP_PROMOTION":
        read.require(params, ["app_promotion_type"])
        read.choice(params, "app_promotion_type", _APP_TYPES)
    for industry in read.structure(params, "special_industries", list) or []:
        if industry not in _INDUSTRIES:
            raise errors.not_one_of("special_industries", industry, _INDUSTRIES)
    _check_mode(str(objective), mode, optimized)
    budget = _budget(tik, params, mode)
    status = read.choice(params, "operation_status", ("ENABLE", "DISABLE")) or "ENABLE"
    if not read.once(tik, params, "campaign"):
        _check_name(tik, name)
    campaign = Campaign(
        tik.world.new_id("tiktok"),
        "tiktok",
        tik.account.id,
        name,
        read.NEUTRAL[status],
        tik.now(),
        daily_budget_micros=_daily(budget, mode) if optimized else None,
        objective=str(objective),
        raw={
            "budget_mode": mode,
            "budget": budget,
            "budget_optimize_on": optimized,
            "app_promotion_type": params.get("app_promotion_type"),
            "special_industries": params.get("special_industries") or [],
        },
    )
    tik.world.add_campaign(campaign)
    return shown(tik, campaign)


def update(tik: Tik, params: Params) -> Params:
    """campaign/update: name, budget and special industries only. Raises ApiError."""
    read.require(params, ["campaign_id"])
    campaign = tik.campaign(params["campaign_id"])
    check_alive(campaign)
    changes: Params = {}
    raw: Params = {}
    if "campaign_name" in params:
        name = read.checked_text(params, "campaign_name", read.NAME_LENGTH)
        if name != campaign.name:
            _check_name(tik, name)
            changes["name"] = name
    if params.get("budget") is not None:
        raw, daily = _new_budget(tik, campaign, params)
        changes |= daily
    if "special_industries" in params:
        raw["special_industries"] = read.structure(params, "special_industries", list) or []
    if not changes and all(campaign.raw.get(key) == value for key, value in raw.items()):
        raise errors.ApiError(errors.NOTHING_TO_UPDATE, "Nothing to update.")
    tik.world.update_campaign(campaign.id, **changes, raw=raw)
    return shown(tik, campaign)


def update_status(tik: Tik, params: Params) -> Params:
    """campaign/status/update: all or nothing. Raises ApiError."""
    numbers = read.ids(params, "campaign_ids")
    read.require(params, ["operation_status"])
    word = read.choice(params, "operation_status", read.NEUTRAL) or ""
    for number in numbers:
        check_alive(tik.campaign(number))
    for number in numbers:
        tik.world.update_campaign(number, status=read.NEUTRAL[word])
    return {"campaign_ids": numbers, "status": word}


def listed(tik: Tik, params: Params) -> Params:
    """campaign/get."""
    rule = read.structure(params, "filtering", dict) or {}
    found = [
        item
        for item in tik.world.list_campaigns(tik.account.id)
        if passes(item, rule, "campaign_ids", item.id) and named(item.name, rule, "campaign_name")
    ]
    wanted = read.structure(params, "fields", list)
    rows = [pick(shown(tik, item), wanted, "campaign_id") for item in reversed(found)]
    return read.page(rows, params)


def shown(tik: Tik, campaign: Campaign) -> Params:
    return {
        "advertiser_id": campaign.account_id,
        "campaign_id": campaign.id,
        "campaign_name": campaign.name,
        "objective_type": campaign.objective,
        "campaign_type": "REGULAR_CAMPAIGN",
        **{key: value for key, value in campaign.raw.items() if value is not None},
        "operation_status": read.SWITCH[campaign.status],
        "secondary_status": f"CAMPAIGN_STATUS_{read.SWITCH[campaign.status]}",
        "create_time": read.shown(campaign.created_at),
        "modify_time": read.shown(campaign.updated_at or campaign.created_at),
        "is_new_structure": True,
    }


def passes(item: Any, rule: Params, name: str, number: str) -> bool:
    """Whether an object is among the asked ids; deleted ones only when asked for."""
    asked = rule.get(name)
    if asked and number not in [str(value) for value in asked]:
        return False
    state = rule.get("primary_status") or "STATUS_NOT_DELETE"
    return state == "STATUS_ALL" or (item.status == "removed") == (state == "STATUS_DELETE")


def named(name: str, rule: Params, key: str) -> bool:
    return str(rule.get(key) or "").casefold() in name.casefold()


def pick(row: Params, wanted: list[str] | None, key: str) -> Params:
    if not wanted:
        return row
    return {name: value for name, value in row.items() if name in wanted or name == key}


def check_alive(item: Any) -> None:
    if item.status == "removed":
        raise errors.invalid(f"{item.id} is deleted and cannot be changed.")


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


def _budget(tik: Tik, params: Params, mode: str) -> float | None:
    if mode == "BUDGET_MODE_INFINITE":
        return None
    read.require(params, ["budget"])
    budget = read.money(params, "budget")
    least = round(tik.units(_LEAST_USD), 2)
    if budget < least:
        raise errors.invalid(
            f"budget: The campaign budget must be at least {least:.2f} {tik.account.currency}."
        )
    return budget


def _daily(budget: float | None, mode: str) -> int | None:
    if budget is None:
        return None
    return read.micros(budget / _ASSUMED_DAYS if mode == "BUDGET_MODE_TOTAL" else budget)


def _new_budget(tik: Tik, campaign: Campaign, params: Params) -> tuple[Params, Params]:
    mode = campaign.raw["budget_mode"]
    if mode == "BUDGET_MODE_INFINITE":
        raise errors.invalid("budget: a campaign without a budget limit takes none.")
    budget = _budget(tik, params, mode)
    if not campaign.raw.get("budget_optimize_on"):
        return {"budget": budget}, {}
    daily = _daily(budget, mode)
    changed = daily != campaign.daily_budget_micros
    return {"budget": budget}, {"daily_budget_micros": daily} if changed else {}


def _check_name(tik: Tik, name: str) -> None:
    others = tik.world.list_campaigns(tik.account.id, removed=False)
    if any(item.name == name for item in others):
        raise errors.ApiError(errors.EXISTS, f"Campaign name already exists: {name}")
