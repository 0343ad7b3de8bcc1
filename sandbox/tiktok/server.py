"""The TikTok emulator: the API for Business v1.3 over the sandbox's world."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from sandbox.http.webapp import (
    BadBody,
    ConnectionDropped,
    Request,
    Response,
    WsgiApp,
    as_wsgi,
    garbage_of,
)
from sandbox.market.market import Market
from sandbox.tiktok import adgroups, adopt, ads, campaigns, errors, media, report, stale, tools
from sandbox.tiktok import params as read
from sandbox.tiktok.errors import ApiError
from sandbox.tiktok.limits import CallLimits
from sandbox.tiktok.params import Params, TextParams, TikTok, TikTokCall
from sandbox.world.clock import SandboxClock
from sandbox.world.faults import Fault
from sandbox.world.world import World

PREFIX = "/open_api/v1.3/"
_Serve = Callable[[TikTok, TikTokCall], Any]


def tiktok_app(
    world: World, clock: SandboxClock, market: Market, limits: CallLimits | None = None
) -> WsgiApp:
    """The emulator as a WSGI callable; `limits` default to the basic level. A scripted lost answer
    raises ConnectionDropped."""
    tiktok = TikTok(world, market)
    counted = CallLimits("basic") if limits is None else limits
    adopt.complete_outside_campaigns(tiktok)
    return as_wsgi(lambda request: handle(tiktok, request, counted))


def handle(tiktok: TikTok, request: Request, limits: CallLimits) -> Response:
    """Serve one request. Without its trailing slash a path is unknown, as at TikTok."""
    path = request.path.removeprefix(PREFIX)
    is_valid = path.endswith("/") and request.path.startswith(PREFIX)
    route = _ROUTES.get(path.rstrip("/")) if is_valid else None
    if route is None:
        return Response(404, "404 page not found")
    if route[0] != request.method:
        return Response(405, "405 method not allowed")
    fault = tiktok.world.faults.of_call("tiktok", path.rstrip("/"))
    try:
        if tools.token_is_valid(tiktok, request.headers.get("access-token", "")):
            limits.count(path.rstrip("/"))  # without a token nobody knows whose call it is
        code, message, data = _run_call(tiktok, request, path.rstrip("/"), route[1], fault)
    except ApiError as error:
        code, message, data = error.code, error.message, error.data
    except _NotCarriedOut:
        code, message, data = 0, "OK", {}
    request_id = f"{time.time_ns() // 1000}{secrets.token_hex(8).upper()}"
    body = {"code": code, "message": message, "request_id": request_id, "data": data}
    if fault is not None and fault.kind == "garbage":
        return garbage_of(body, cut=bool(fault.detail.get("cut")))
    return Response(200, body, {"X-Tt-Logid": request_id})


class _NotCarriedOut(Exception):
    """A proxy answers in TikTok's place."""


def _run_call(
    tiktok: TikTok, request: Request, path: str, serve: _Serve, fault: Fault | None
) -> tuple[int, str, Any]:
    if fault is not None:
        _apply_fault(fault)
    call = _parse_call(request, path)
    if path not in _PATHS_WITHOUT_TOKEN:
        _authenticate(tiktok, request)
        if path not in _PATHS_WITHOUT_ADVERTISER:
            read.check_advertiser(tiktok, call.params)
    if call.method == "POST":
        stale.before_write(tiktok)
    elif fault is not None and fault.kind == "stale_read":
        tiktok = stale.as_before(tiktok)
    with tiktok.world.transaction() if call.method == "POST" else nullcontext():
        data = serve(tiktok, call)
    if fault is not None and fault.kind == "lose_answer":
        fault.wait()
        raise ConnectionDropped("the answer is lost")
    if isinstance(data, dict) and data.get("error_list"):
        return errors.PARTLY_DONE, "Part of the request succeeded.", data
    return 0, "OK", data


def _parse_call(request: Request, path: str) -> TikTokCall:
    if request.method == "GET":
        return TikTokCall("GET", path, TextParams(request.query), [])
    try:
        fields, files = request.parts
    except BadBody as error:
        raise errors.invalid(str(error)) from None
    if files or request.content_type == "multipart/form-data":
        return TikTokCall("POST", path, TextParams(fields), files)
    if request.body and request.content_type != "application/json":
        raise errors.invalid("Content-Type must be application/json.")
    return TikTokCall("POST", path, fields, [])


def _authenticate(tiktok: TikTok, request: Request) -> None:
    token = request.headers.get("access-token", "")
    if not token:
        raise ApiError(errors.TOKEN_EMPTY, "Access token is empty. Send the header Access-Token.")
    if not tools.token_is_valid(tiktok, token):
        raise ApiError(errors.TOKEN_WRONG, "Access token is incorrect or has been revoked.")


def _apply_fault(fault: Fault) -> None:
    """Wait or raise as the fault says, before the call."""
    if fault.kind in ("timeout_before", "delay"):
        fault.wait()
    if fault.kind == "timeout_before":
        raise ConnectionDropped("nothing was done")
    if fault.kind == "garbage" and not fault.is_carried_out:
        raise _NotCarriedOut
    default = _FAULT_CODES.get(fault.kind)
    if default is not None:
        code, message = default
        raise ApiError(int(fault.detail.get("code", code)), fault.detail.get("message", message))


_FAULT_CODES = {
    "throttle": (errors.TOO_FREQUENT, errors.TOO_FREQUENT_MESSAGE),
    "server_error": (errors.SYSTEM, "System error, please try again later."),
    "http_200_error": (errors.INVALID, "Invalid parameter."),
    "expired_token": (errors.TOKEN_EXPIRED, "Access token is expired."),
}
_PATHS_WITHOUT_TOKEN = ("oauth2/access_token", "oauth2/revoke_token")
_PATHS_WITHOUT_ADVERTISER = ("advertiser/info", "oauth2/advertiser/get")


def _with_params(serve: Callable[[TikTok, Params], Any]) -> _Serve:
    return lambda tiktok, call: serve(tiktok, call.params)


_ROUTES: dict[str, tuple[str, _Serve]] = {
    "advertiser/info": ("GET", _with_params(tools.advertiser_info)),
    "campaign/create": ("POST", _with_params(campaigns.create_campaign)),
    "campaign/update": ("POST", _with_params(campaigns.update_campaign)),
    "campaign/status/update": ("POST", _with_params(campaigns.update_campaign_status)),
    "campaign/get": ("GET", _with_params(campaigns.list_campaigns)),
    "adgroup/create": ("POST", _with_params(adgroups.create_ad_group)),
    "adgroup/update": ("POST", _with_params(adgroups.update_ad_group)),
    "adgroup/budget/update": ("POST", _with_params(adgroups.update_budgets)),
    "adgroup/status/update": ("POST", _with_params(adgroups.update_ad_group_status)),
    "adgroup/get": ("GET", _with_params(adgroups.list_ad_groups)),
    "ad/create": ("POST", _with_params(ads.create_ads)),
    "ad/update": ("POST", _with_params(ads.update_ads)),
    "ad/status/update": ("POST", _with_params(ads.update_ad_status)),
    "ad/get": ("GET", _with_params(ads.list_ads)),
    "ad/review_info": ("GET", _with_params(ads.review_info)),
    "ad/audience_size/estimate": ("POST", _with_params(tools.audience_size)),
    "file/image/ad/upload": ("POST", media.upload_image),
    "file/image/ad/info": ("GET", _with_params(media.image_info)),
    "file/image/ad/search": ("GET", _with_params(media.search_images)),
    "file/video/ad/upload": ("POST", media.upload_video),
    "file/video/ad/info": ("GET", _with_params(media.video_info)),
    "file/video/ad/search": ("GET", _with_params(media.search_videos)),
    "identity/get": ("GET", _with_params(tools.identities)),
    "pixel/list": ("GET", _with_params(tools.pixels)),
    "tool/region": ("GET", _with_params(tools.regions)),
    "tool/interest_category": ("GET", _with_params(tools.interest_categories)),
    "report/integrated/get": ("GET", _with_params(report.integrated_report)),
    "oauth2/access_token": ("POST", _with_params(tools.access_token)),
    "oauth2/revoke_token": ("POST", _with_params(tools.revoke_token)),
    "oauth2/advertiser/get": ("GET", _with_params(tools.advertisers)),
}
