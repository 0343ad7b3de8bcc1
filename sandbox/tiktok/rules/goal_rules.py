"""What single goals of TikTok ad groups need: app, products, value, frequency, hours."""

from __future__ import annotations

from sandbox.tiktok import errors
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params
from sandbox.world.model import Campaign

_HALF_HOURS = 336  # of a week
_PRODUCT_FIELDS = {
    "CATALOG": ("catalog_id", "catalog_authorized_bc_id", "shopping_ads_retargeting_type"),
    "STORE": ("store_id", "store_authorized_bc_id"),
    "SHOWCASE": (),
}


def check_app(params: Params) -> None:
    """Raises ApiError, as all functions here."""
    read.require(params, ["app_id", "operating_systems"])
    systems = read.json_value(params, "operating_systems", list) or []
    if len(systems) != 1 or systems[0] not in ("ANDROID", "IOS"):
        raise errors.invalid("operating_systems: exactly one of ANDROID, IOS.")


def check_products(params: Params) -> None:
    read.require(params, ["shopping_ads_type", "product_source"])
    read.choice(params, "shopping_ads_type", ("VIDEO", "LIVE", "PRODUCT_SHOPPING_ADS"))
    source = read.choice(params, "product_source", _PRODUCT_FIELDS) or ""
    read.require(params, _PRODUCT_FIELDS[source])


def check_value(params: Params) -> None:
    read.require(params, ["deep_bid_type"])
    kind = read.choice(params, "deep_bid_type", ("VO_MIN_ROAS", "VO_HIGHEST_VALUE"))
    if kind == "VO_MIN_ROAS":
        read.require(params, ["roas_bid"])


def check_frequency(campaign: Campaign, params: Params) -> None:
    bounds = {"frequency": 1000, "frequency_schedule": 30}
    sent = [name for name in bounds if params.get(name) is not None]
    if sent and campaign.objective != "REACH":
        raise errors.invalid(f"{sent[0]}: is for the objective REACH only.")
    if len(sent) == 1:
        raise errors.missing(set(bounds) - set(sent))
    for name in sent:
        read.integer(params, name, 1, 1, bounds[name])


def check_dayparting(params: Params) -> None:
    text = params.get("dayparting")
    if text in (None, ""):
        return
    if not isinstance(text, str) or len(text) != _HALF_HOURS or set(text) - {"0", "1"}:
        raise errors.invalid(f"dayparting: must be {_HALF_HOURS} characters 0 or 1.")
