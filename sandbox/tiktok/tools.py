"""The advertiser itself, identities, pixels, places, audience, tokens of the TikTok emulator."""

from __future__ import annotations

from datetime import timedelta

from sandbox.tiktok import errors, places
from sandbox.tiktok import group_rules as rules
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params, Tik
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


def advertiser_info(tik: Tik, params: Params) -> Params:
    """advertiser/info. Raises ApiError 40001 for an account of somebody else."""
    numbers = read.ids(params, "advertiser_ids", 100)
    for number in numbers:
        if number != tik.account.id:
            raise errors.no_permission(number)
    wanted = read.structure(params, "fields", list)
    row = _advertiser(tik)
    return {"list": [{k: v for k, v in row.items() if not wanted or k in wanted}]}


def _advertiser(tik: Tik) -> Params:
    account = tik.account
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
        "create_time": int((tik.now() - timedelta(365)).timestamp()),
    }


def identities(tik: Tik, params: Params) -> Params:
    kinds = (*("TT_USER", "BC_AUTH_TT", "AUTH_CODE"), "CUSTOMIZED_USER")
    kind = read.choice(params, "identity_type", kinds)
    own = {
        "identity_id": tik.account.identity_id,
        "identity_type": "TT_USER",
        "display_name": "Sandbox shop",
        "username": "sandboxshop",
        "available_status": "AVAILABLE",
        "can_push_video": True,
    }
    page = read.page([own] if kind in (None, "TT_USER") else [], params)
    return {"identity_list": page["list"], "page_info": page["page_info"]}


def pixels(tik: Tik, params: Params) -> Params:
    events = [
        {
            "event_id": str(number),
            "event_type": event,
            "optimization_event": event,
            "name": event.replace("_", " ").title(),
            "currency": tik.account.currency,
        }
        for number, event in enumerate(rules.PIXEL_EVENTS, 1)
    ]
    pixel = {
        "pixel_id": tik.account.pixel_id,
        "pixel_code": f"C{tik.account.pixel_id[-12:]}",
        "pixel_name": "Sandbox pixel",
        "activity_status": "ACTIVE",
        "events": events,
    }
    page = read.page([pixel], params)
    return {"pixels": page["list"], "page_info": page["page_info"]}


def regions(tik: Tik, params: Params) -> Params:
    read.require(params, ["placements", "objective_type"])
    read.structure(params, "placements", list)
    return {"region_info": places.regions()}


def interest_categories(tik: Tik, params: Params) -> Params:
    rows = [
        {"interest_category_id": number, "interest_category_name": name, "level": 1}
        for number, name in _INTERESTS.items()
    ]
    return {"interest_categories": rows}


def audience_size(tik: Tik, params: Params) -> Params:
    """ad/audience_size/estimate: a made-up size that depends on the places only."""
    rules.check_targeting(params)
    number = len(read.structure(params, "location_ids", list) or []) or 1
    bounds = {"lower_end": 9_000_000 * number, "upper_end": 11_000_000 * number}
    return {"user_count": bounds, "user_count_stage": 3}


def access_token(tik: Tik, params: Params) -> Params:
    """oauth2/access_token: each auth_code works once. Raises ApiError."""
    read.require(params, ["app_id", "secret", "auth_code"])
    _check_app(tik, params)
    code = str(params["auth_code"])
    if tik.world.get_object("tiktok", "auth_codes", code) is not None:
        raise errors.ApiError(errors.AUTH_CODE_WRONG, "Auth_code is used already.")
    tik.world.put_object("tiktok", "auth_codes", code, {"at": tik.now()})
    token = seeded_secret(tik.world.seed, f"tiktok token {code}", 40)
    tik.world.put_object("tiktok", "tokens", token, {"at": tik.now()})
    return {"access_token": token, "advertiser_ids": [tik.account.id], "scope": SCOPES}


def revoke_token(tik: Tik, params: Params) -> Params:
    read.require(params, ["app_id", "secret", "access_token"])
    _check_app(tik, params)
    token = str(params["access_token"])
    tik.world.put_object("tiktok", "revoked", token, {"at": tik.now()})
    return {}


def advertisers(tik: Tik, params: Params) -> Params:
    read.require(params, ["app_id", "secret"])
    _check_app(tik, params)
    row = {"advertiser_id": tik.account.id, "advertiser_name": tik.account.name}
    return {"list": [row]}


def token_is_valid(tik: Tik, token: str) -> bool:
    world = tik.world
    if world.get_object("tiktok", "revoked", token) is not None:
        return False
    issued = world.get_object("tiktok", "tokens", token)
    return token == tik.account.access_token or issued is not None


def _check_app(tik: Tik, params: Params) -> None:
    if (str(params["app_id"]), params["secret"]) != (tik.account.app_id, tik.account.app_secret):
        raise errors.invalid("app_id or secret is wrong.")
