"""Ad sets of the Meta emulator: create and update."""

from __future__ import annotations

from datetime import timedelta
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
from sandbox.meta.nodes.editing import check_parent, status_changes
from sandbox.meta.nodes.flight import Flight, flight_of
from sandbox.meta.nodes.places import targets_eea
from sandbox.meta.params import Params
from sandbox.world import review
from sandbox.world.model import AdGroup, Campaign

_FLIGHT = frozenset({"start_time", "end_time", "daily_budget", "lifetime_budget"})
_MAX_START_AHEAD = timedelta(days=37 * 30)


def create_ad_set(graph: Graph, params: Params) -> dict[str, Any]:
    """POST act_X/adsets. Raises GraphError."""
    name = read.required_text(params, "name")
    campaign = graph.campaign(read.required_text(params, "campaign_id"))
    check_parent(graph, campaign, "campaign_id")
    goal, billing = _read_goal(campaign, params)
    targeting = read.json_value(params, "targeting", dict)
    if targeting is None:
        raise errors.invalid("", "targeting", subcode=1885364)
    _check_targeting(campaign, targeting)
    raw: Params = {
        "optimization_goal": goal,
        "billing_event": billing,
        "destination_type": read.text(params, "destination_type"),
        "promoted_object": _read_promoted_object(graph, campaign, goal, params),
        "attribution_spec": read.json_value(params, "attribution_spec", list),
        "is_dynamic_creative": read.boolean(params, "is_dynamic_creative"),
        **_read_bid(campaign, params),
        **_read_dsa(targeting, params),
    }
    flight = _read_flight(graph, params, None)
    daily = _read_budget(graph, campaign, params, raw, flight)
    ad_set = AdGroup(
        graph.world.new_id("meta"),
        "meta",
        graph.account.id,
        campaign.id,
        name,
        read_new_status(params),
        graph.now(),
        daily_budget_micros=daily,
        targeting=targeting,
        raw=raw | flight.raw("end_time"),
        **flight.days(graph.account.time_zone),
    )
    graph.world.add_ad_group(ad_set)
    return {"id": ad_set.id}


def update_ad_set(graph: Graph, ad_set: AdGroup, params: Params) -> dict[str, Any]:
    """POST /<ad set id>. Raises GraphError."""
    changes = status_changes(graph, params, ad_set)
    raw: Params = changes.pop("raw", {})
    campaign = graph.campaign(ad_set.campaign_id)
    flight = _read_flight(graph, params, ad_set)
    if name := read.text(params, "name"):
        changes["name"] = name
    if (targeting := read.json_value(params, "targeting", dict)) is not None:
        _check_targeting(campaign, targeting)
        changes["targeting"] = targeting
        raw |= _read_dsa(targeting, {**ad_set.raw, **params})
        _review_anew(graph, ad_set)
    if {"start_time", "end_time"} & set(params):
        changes |= flight.days(graph.account.time_zone)
        raw |= flight.raw("end_time")
    if {"daily_budget", "lifetime_budget"} & set(params):
        raw |= {**record_budget_edit(graph, ad_set), "lifetime_budget": None}
        raw["billing_event"] = ad_set.raw.get("billing_event", "IMPRESSIONS")
        changes["daily_budget_micros"] = _read_budget(graph, campaign, params, raw, flight)
    if {"bid_amount", "bid_strategy", "bid_constraints"} & set(params):
        raw |= _read_bid(campaign, {**ad_set.raw, **params})
    graph.world.update_ad_group(ad_set.id, **changes, raw=raw)
    return {"success": True}


def _review_anew(graph: Graph, ad_set: AdGroup) -> None:
    """A new audience is reviewed with each ad; budgets, bids and dates are not."""
    for ad in graph.world.list_ads(ad_set.account_id, ad_group_id=ad_set.id, removed=False):
        graph.world.update_ad(ad.id, raw=review.resubmitted(ad, graph.now()))


def _check_targeting(campaign: Campaign, targeting: Params) -> None:
    rules.check_targeting(targeting)
    rules.check_special_audience(campaign.raw.get("special_ad_categories") or [], targeting)


def _read_goal(campaign: Campaign, params: Params) -> tuple[str, str]:
    goal = read.required_text(params, "optimization_goal")
    billing = read.required_text(params, "billing_event")
    rules.check_goal(campaign.objective, goal, billing)
    return goal, billing


def _read_promoted_object(
    graph: Graph, campaign: Campaign, goal: str, params: Params
) -> Params | None:
    promoted: Params | None = read.json_value(params, "promoted_object", dict)
    rules.check_promoted_object(campaign.objective, goal, promoted)
    for name, own_id in (("pixel_id", graph.account.pixel_id), ("page_id", graph.account.page_id)):
        if promoted and name in promoted and str(promoted[name]) != own_id:
            raise errors.invalid(
                f"promoted_object: {name} {promoted[name]} is unknown", "promoted_object"
            )
    return promoted


def _read_bid(campaign: Campaign, params: Params) -> Params:
    strategy = read.choice(params, "bid_strategy", rules.BID_STRATEGIES)
    amount = read.integer(params, "bid_amount")
    effective = strategy or campaign.raw.get("bid_strategy")
    if effective in rules.CAPPED and amount is None:
        raise errors.invalid("", "bid_amount", subcode=2490487)
    if amount is not None and effective not in rules.CAPPED:
        raise errors.invalid("bid_amount needs a bid strategy with a cap", "bid_amount")
    constraints = read.json_value(params, "bid_constraints", dict)
    rules.check_roas_floor(effective, constraints)
    return {"bid_strategy": strategy, "bid_amount": amount, "bid_constraints": constraints}


def _read_dsa(targeting: Params, params: Params) -> Params:
    """Beneficiary and payer, required for the EEA. (Marketing API, DSA)"""
    fields = {name: read.text(params, name) for name in ("dsa_beneficiary", "dsa_payor")}
    if targets_eea(targeting):
        for name, value in fields.items():
            if value is None or len(value) > 512:
                raise errors.required(name)
    return fields


def _read_budget(
    graph: Graph, campaign: Campaign, params: Params, raw: Params, flight: Flight
) -> int | None:
    daily, lifetime = read_budgets(params)
    on_campaign = campaign.daily_budget_micros is not None
    if on_campaign and (daily is not None or lifetime is not None):
        raise errors.invalid("", "daily_budget", subcode=1885621)
    if on_campaign:
        return None
    if daily is None and lifetime is None:
        raise errors.required("daily_budget")
    field = "daily_budget" if lifetime is None else "lifetime_budget"
    if lifetime is not None:
        if flight.end is None:
            raise errors.required("end_time")
        raw["lifetime_budget"] = lifetime
        daily = daily_of_lifetime(lifetime, flight.start or graph.now(), flight.end)
    rules.check_budget(
        daily or 0,
        graph.currency,
        field,
        billing=raw["billing_event"],
        bid=raw.get("bid_amount") or 0,
    )
    return read.to_micros(daily or 0, graph.currency)


def _read_flight(graph: Graph, params: Params, ad_set: AdGroup | None) -> Flight:
    current = ad_set.raw if ad_set else {}
    flight = flight_of(params, current, "end_time", graph.account.time_zone)
    if ad_set is None or _FLIGHT & set(params):
        _check_flight(graph, params, ad_set, flight)
    return flight


def _check_flight(graph: Graph, params: Params, ad_set: AdGroup | None, flight: Flight) -> None:
    start, end = flight.start, flight.end
    if start and start > graph.now() + _MAX_START_AHEAD:
        raise errors.invalid("", "start_time", subcode=3018)
    if end is None:
        return
    begin = start or (ad_set.created_at if ad_set else graph.now())
    if end <= begin or ("end_time" in params and end <= graph.now()):
        raise errors.invalid("end_time must be after start_time and in the future", "end_time")
    if _has_daily_budget(params, ad_set) and end - begin <= timedelta(1):
        raise errors.invalid("A daily budget needs a flight of more than 24 hours", "end_time")


def _has_daily_budget(params: Params, ad_set: AdGroup | None) -> bool:
    """After this call."""
    if ad_set is None or {"daily_budget", "lifetime_budget"} & set(params):
        return read.text(params, "daily_budget") is not None
    return ad_set.daily_budget_micros is not None and not ad_set.raw.get("lifetime_budget")
