"""Bidding strategies of campaigns: exactly one, and one that the channel offers."""

from sandbox.google.errors import Problem
from sandbox.google.fields import get_enum
from sandbox.google.rules.shared import Problems, ResourceChange, at, bid, decimal_range, required

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
_NEEDED = {
    "target_cpa": ("target_cpa_micros",),
    "target_roas": ("target_roas",),
    "target_impression_share": ("location", "cpc_bid_ceiling_micros"),
}


def bidding(change: ResourceChange) -> Problems:
    message = change.message
    strategy = message.WhichOneof("campaign_bidding_strategy")
    if strategy is None:
        yield required(at("campaign_bidding_strategy"))
        return
    if not change.creating and strategy not in change.fields:
        return
    if strategy == "bidding_strategy":
        text = f"{message.bidding_strategy} was not found."
        yield Problem("mutate_error", "RESOURCE_NOT_FOUND", text, at("bidding_strategy"))
        return
    yield from _offered(change, strategy)
    yield from _options(change, strategy)


def _offered(change: ResourceChange, strategy: str) -> Problems:
    channel = get_enum(change.message, "advertising_channel_type")
    if channel not in _ALLOWED or strategy in _ALLOWED[channel]:
        return
    text = f"{channel} campaigns cannot use {strategy}."
    code = "CANNOT_CREATE_CAMPAIGN_WITH_BIDDING_STRATEGY"
    if strategy == "manual_cpm" and channel == "SEARCH":
        code = "BIDDING_STRATEGY_NOT_ALLOWED_FOR_SEARCH_ONLY_CAMPAIGNS"
    yield Problem("bidding_error", code, text, at(strategy))


def _options(change: ResourceChange, strategy: str) -> Problems:
    options = getattr(change.message, strategy)
    for name in _NEEDED.get(strategy, ()):
        if not getattr(options, name):
            yield required(at(strategy, name))
    for name in _BIDS.get(strategy, ()):
        yield from bid(change, getattr(options, name), at(strategy, name))
    if strategy in ("maximize_conversion_value", "target_roas") and options.target_roas:
        path = at(strategy, "target_roas")
        yield from decimal_range(options.target_roas, 0.01, 1000, path)
