"""Campaigns of the Meta emulator: create and update."""

from __future__ import annotations

from typing import Any

from sandbox.meta import errors
from sandbox.meta import params as read
from sandbox.meta.graph import (
    Graph,
    daily_of_lifetime,
    read_budgets,
    read_new_status,
    record_budget_edit,
)
from sandbox.meta.nodes import rules
from sandbox.meta.nodes.editing import status_changes
from sandbox.meta.nodes.flight import Flight, flight_of
from sandbox.meta.params import Params
from sandbox.world.model import Campaign


def create_campaign(graph: Graph, params: Params) -> dict[str, Any]:
    """POST act_X/campaigns. Raises GraphError."""
    categories = _read_categories(params)
    name, objective = read.required_text(params, "name"), _read_objective(params)
    raw: Params = {
        "special_ad_categories": categories,
        "special_ad_category_country": read.json_value(params, "special_ad_category_country", list),
        "buying_type": read.choice(params, "buying_type", ("AUCTION", "RESERVED")) or "AUCTION",
        "bid_strategy": read.choice(params, "bid_strategy", rules.BID_STRATEGIES),
        "sharing": read.boolean(params, "is_adset_budget_sharing_enabled"),
        "spend_cap": _read_spend_cap(graph, params),
        "promoted_object": read.json_value(params, "promoted_object", dict),
    }
    flight = _read_flight(graph, params)
    daily = _read_budget(graph, params, raw, flight)
    campaign = Campaign(
        graph.world.new_id("meta"),
        "meta",
        graph.account.id,
        name,
        read_new_status(params),
        graph.now(),
        daily_budget_micros=daily,
        objective=objective,
        raw=raw | flight.raw("stop_time"),
        **flight.days(graph.account.time_zone),
    )
    graph.world.add_campaign(campaign)
    return {"id": campaign.id}


def update_campaign(graph: Graph, campaign: Campaign, params: Params) -> dict[str, Any]:
    """POST /<campaign id>. Raises GraphError."""
    changes = status_changes(graph, params, campaign)
    raw: Params = changes.pop("raw", {})
    if name := read.text(params, "name"):
        changes["name"] = name
    if {"start_time", "stop_time"} & set(params):
        flight = _read_flight(graph, params, campaign)
        changes |= flight.days(graph.account.time_zone)
        raw |= flight.raw("stop_time")
    changes |= _budget_change(graph, campaign, params, raw)
    if "is_adset_budget_sharing_enabled" in params:
        raw["sharing"] = _change_sharing(campaign, params)
    if "bid_strategy" in params:
        raw["bid_strategy"] = read.choice(params, "bid_strategy", rules.BID_STRATEGIES)
    if "spend_cap" in params:
        raw["spend_cap"] = _read_spend_cap(graph, params)
    graph.world.update_campaign(campaign.id, **changes, raw=raw)
    return {"success": True}


def _read_categories(params: Params) -> list[str]:
    categories = read.json_value(params, "special_ad_categories", list)
    if categories is None:
        raise errors.required("special_ad_categories")
    for category in categories:
        if category not in rules.SPECIAL_CATEGORIES:
            raise errors.not_one_of("special_ad_categories", rules.SPECIAL_CATEGORIES)
    special = [category for category in categories if category != "NONE"]
    if special and not read.json_value(params, "special_ad_category_country", list):
        raise errors.required("special_ad_category_country")
    return special


def _read_objective(params: Params) -> str:
    objective = read.required_text(params, "objective")
    if objective not in rules.OBJECTIVES:
        raise errors.not_one_of("objective", rules.OBJECTIVES)
    return objective


def _read_spend_cap(graph: Graph, params: Params) -> str | None:
    cap = read.integer(params, "spend_cap")
    if cap is not None and cap < 100 * rules.usd_in_minor_units(graph.currency):
        raise errors.invalid("spend_cap must be at least 100 USD", "spend_cap")
    return None if cap is None else str(cap)


def _read_budget(graph: Graph, params: Params, raw: Params, flight: Flight) -> int | None:
    """Daily budget in micros; None when the budgets are on the ad sets."""
    daily, lifetime = read_budgets(params)
    if daily is None and lifetime is None:
        _check_sharing(raw)
        return None
    field = "daily_budget" if lifetime is None else "lifetime_budget"
    if lifetime is not None:
        raw["lifetime_budget"] = lifetime
        daily = daily_of_lifetime(lifetime, flight.start or graph.now(), flight.end)
    rules.check_budget(daily or 0, graph.currency, field)
    return read.to_micros(daily or 0, graph.currency)


def _check_sharing(raw: Params) -> None:
    if raw["sharing"] is None:
        raise errors.invalid("", "is_adset_budget_sharing_enabled", subcode=4834011)
    if raw["sharing"] and raw["bid_strategy"] is None:
        raise errors.invalid("", "bid_strategy", subcode=4834005)


def _change_sharing(campaign: Campaign, params: Params) -> bool | None:
    sharing = read.boolean(params, "is_adset_budget_sharing_enabled")
    if sharing and campaign.status == "active" and not campaign.raw.get("sharing"):
        raise errors.invalid("", "is_adset_budget_sharing_enabled", subcode=3858418)
    return sharing


def _budget_change(graph: Graph, campaign: Campaign, params: Params, raw: Params) -> Params:
    daily, lifetime = read_budgets(params)
    if daily is None and lifetime is None:
        return {}
    groups = graph.world.list_ad_groups(campaign.account_id, campaign.id, removed=False)
    if campaign.daily_budget_micros is None and any(g.daily_budget_micros for g in groups):
        raise errors.invalid("", "daily_budget", subcode=1885621)
    raw |= record_budget_edit(graph, campaign)
    flight = _read_flight(graph, params, campaign)
    flight = Flight(flight.start or campaign.created_at, flight.end)
    micros = _read_budget(graph, params, raw, flight)
    if lifetime is None:
        raw["lifetime_budget"] = None
    return {"daily_budget_micros": micros}


def _read_flight(graph: Graph, params: Params, campaign: Campaign | None = None) -> Flight:
    current = campaign.raw if campaign else {}
    flight = flight_of(params, current, "stop_time", graph.account.time_zone)
    if flight.start and flight.end and flight.end <= flight.start:
        raise errors.invalid("stop_time must be after start_time", "stop_time")
    return flight
