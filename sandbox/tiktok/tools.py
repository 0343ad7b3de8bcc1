"""Account, identities, pixels, places, audience and tokens of the TikTok emulator."""

from __future__ import annotations

from datetime import timedelta

from sandbox.tiktok import errors
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params, TikTok
from sandbox.tiktok.rules import group_rules as rules
from sandbox.tiktok.rules import places
from sandbox.world.seeding import seeded_secret

SCOPES = [4, 5, 6, 220]
_STATUS = {"active": "STATUS_ENABLE", "disabled": "STATUS_DISABLE"}
_INTERESTS = {
    "26": "Food & Beverage",
    "15": "Beauty & Personal Care",
    "22": "Apparel & Accessories",
    "13": "Sports & Outdoor",
    "20": "Travel",
    "24": "Tech & Electronics",
    "27": "Home Improvement",
}


def advertiser_info(tiktok: TikTok, params: Params) -> Params:
    """advertiser/info. Raises ApiError 40001 for a foreign account."""
    advertiser_ids = read.ids(params, "advertiser_ids", 100)
    for advertiser_id in advertiser_ids:
        if advertiser_id != tiktok.account.id:
            raise errors.no_permission(advertiser_id)
    fields = read.json_value(params, "fields", list)
    row = _advertiser_row(tiktok)
    return {"list": [{k: v for k, v in row.items() if not fields or k in fields}]}


def _advertiser_row(tiktok: TikTok) -> Params:
    account = tiktok.account
    return {
        "advertiser_id": account.id,
        "name": account.name,
        "status": _STATUS.get(account.status, "STATUS_LIMIT"),
        "currency": account.currency,
        "timezone": "Etc/UTC" if account.time_zone == "UTC" else account.time_zone,
        "display_timezone": account.time_zone,
        "country": "US",
        "balance": 250_000.0,
        "role": "ROLE_ADVERTISER",
        "company": "Sandbox shop",
        "owner_bc_id": account.manager_id,
        "create_time": int((tiktok.now() - timedelta(365)).timestamp()),
    }


def identities(tiktok: TikTok, params: Params) -> Params:
    kinds = (*("TT_USER", "BC_AUTH_TT", "AUTH_CODE"), "CUSTOMIZED_USER")
    kind = read.choice(params, "identity_type", kinds)
    own = {
        "identity_id": tiktok.account.identity_id,
        "identity_type": "TT_USER",
        "display_name": "Sandbox shop",
        "username": "sandboxshop",
        "available_status": "AVAILABLE",
        "can_push_video": True,
    }
    page = read.page([own] if kind in (None, "TT_USER") else [], params)
    return {"identity_list": page["list"], "page_info": page["page_info"]}


def pixels(tiktok: TikTok, params: Params) -> Params:
    events = [
        {
            "event_id": str(number),
            "event_type": event,
            "optimization_event": event,
            "name": event.replace("_", " ").title(),
            "currency": tiktok.account.currency,
        }
        for number, event in enumerate(rules.PIXEL_EVENTS, 1)
    ]
    pixel = {
        "pixel_id": tiktok.account.pixel_id,
        "pixel_code": f"C{tiktok.account.pixel_id[-12:]}",
        "pixel_name": "Sandbox pixel",
        "activity_status": "ACTIVE",
        "events": events,
    }
    page = read.page([pixel], params)
    return {"pixels": page["list"], "page_info": page["page_info"]}


def regions(tiktok: TikTok, params: Params) -> Params:
    read.require(params, ["placements", "objective_type"])
    read.json_value(params, "placements", list)
    return {"region_info": places.region_rows()}


def interest_categories(tiktok: TikTok, params: Params) -> Params:
    rows = [
        {"interest_category_id": number, "interest_category_name": name, "level": 1}
        for number, name in _INTERESTS.items()
    ]
    return {"interest_categories": rows}


def audience_size(tiktok: TikTok, params: Params) -> Params:
    """ad/audience_size/estimate: an invented size that depends only on the places."""
    rules.check_targeting(params)
    place_count = len(read.json_value(params, "location_ids", list) or []) or 1
    bounds = {"lower_end": 9_000_000 * place_count, "upper_end": 11_000_000 * place_count}
    return {"user_count": bounds, "user_count_stage": 3}


def access_token(tiktok: TikTok, params: Params) -> Params:
    """oauth2/access_token: each auth_code works once. Raises ApiError."""
    read.require(params, ["app_id", "secret", "auth_code"])
    _check_app(tiktok, params)
    code = str(params["auth_code"])
    if tiktok.world.get_object("tiktok", "auth_codes", code) is not None:
        raise errors.ApiError(errors.AUTH_CODE_WRONG, "Auth_code is used already.")
    tiktok.world.put_object("tiktok", "auth_codes", code, {"at": tiktok.now()})
    token = seeded_secret(tiktok.world.seed, f"tiktok token {code}", 40)
    tiktok.world.put_object("tiktok", "tokens", token, {"at": tiktok.now()})
    return {"access_token": token, "advertiser_ids": [tiktok.account.id], "scope": SCOPES}


def revoke_token(tiktok: TikTok, params: Params) -> Params:
    read.require(params, ["app_id", "secret", "access_token"])
    _check_app(tiktok, params)
    token = str(params["access_token"])
    tiktok.world.put_object("tiktok", "revoked", token, {"at": tiktok.now()})
    return {}


def advertisers(tiktok: TikTok, params: Params) -> Params:
    read.require(params, ["app_id", "secret"])
    _check_app(tiktok, params)
    row = {"advertiser_id": tiktok.account.id, "advertiser_name": tiktok.account.name}
    return {"list": [row]}


def token_is_valid(tiktok: TikTok, token: str) -> bool:
    world = tiktok.world
    if world.get_object("tiktok", "revoked", token) is not None:
        return False
    issued = world.get_object("tiktok", "tokens", token)
    return token == tiktok.account.access_token or issued is not None


def _check_app(tiktok: TikTok, params: Params) -> None:
    if (str(params["app_id"]), params["secret"]) != (
        tiktok.account.app_id,
        tiktok.account.app_secret,
    ):
        raise errors.invalid("app_id or secret is wrong.")
