"""Checks of bidding strategies: exactly one, and allowed for the channel."""

from sandbox.google.errors import Problem
from sandbox.google.fields import get_enum
from sandbox.google.rules.shared import (
    Problems,
    ResourceChange,
    check_bid,
    check_range,
    field_path,
    required_problem,
)

_CONVERSION = ("maximize_conversions", "maximize_conversion_value")
_ALLOWED = {
    "SEARCH": (
        "target_spend",
        *_CONVERSION,
        "target_cpa",
        "target_roas",
        "manual_cpc",
        "target_impression_share",
    ),
    "DISPLAY": (
        "target_spend",
        *_CONVERSION,
        "target_cpa",
        "target_roas",
        "manual_cpc",
        "manual_cpm",
    ),
    "PERFORMANCE_MAX": _CONVERSION,
    "DEMAND_GEN": (*_CONVERSION, "target_cpa", "target_roas", "target_spend", "target_cpc"),
}
_BIDS = {
    "target_spend": ("cpc_bid_ceiling_micros",),
    "maximize_conversions": ("target_cpa_micros",),
    "target_cpa": ("target_cpa_micros",),
    "target_impression_share": ("cpc_bid_ceiling_micros",),
    "target_cpc": ("target_cpc_micros",),
}
_REQUIRED = {
    "target_cpa": ("target_cpa_micros",),
    "target_roas": ("target_roas",),
    "target_impression_share": ("location", "cpc_bid_ceiling_micros"),
}


def check_bidding(change: ResourceChange) -> Problems:
    message = change.message
    strategy = message.WhichOneof("campaign_bidding_strategy")
    if strategy is None:
        yield required_problem(field_path("campaign_bidding_strategy"))
        return
    if not change.is_create and strategy not in change.fields:
        return
    if strategy == "bidding_strategy":
        text = f"{message.bidding_strategy} was not found."
        yield Problem("mutate_error", "RESOURCE_NOT_FOUND", text, field_path("bidding_strategy"))
        return
    yield from _check_allowed(change, strategy)
    yield from _check_options(change, strategy)


def _check_allowed(change: ResourceChange, strategy: str) -> Problems:
    channel = get_enum(change.message, "advertising_channel_type")
    if channel not in _ALLOWED or strategy in _ALLOWED[channel]:
        return
    text = f"{channel} campaigns cannot use {strategy}."
    code = "CANNOT_CREATE_CAMPAIGN_WITH_BIDDING_STRATEGY"
    if strategy == "manual_cpm" and channel == "SEARCH":
        code = "BIDDING_STRATEGY_NOT_ALLOWED_FOR_SEARCH_ONLY_CAMPAIGNS"
    yield Problem("bidding_error", code, text, field_path(strategy))


def _check_options(change: ResourceChange, strategy: str) -> Problems:
    options = getattr(change.message, strategy)
    for name in _REQUIRED.get(strategy, ()):
        if not getattr(options, name):
            yield required_problem(field_path(strategy, name))
    for name in _BIDS.get(strategy, ()):
        yield from check_bid(change, getattr(options, name), field_path(strategy, name))
    if strategy in ("maximize_conversion_value", "target_roas") and options.target_roas:
        path = field_path(strategy, "target_roas")
        yield from check_range(options.target_roas, 0.01, 1000, path)
