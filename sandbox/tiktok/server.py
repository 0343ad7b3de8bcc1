"""A TikTok API for Business (v1.3 shapes) over the sandbox's world."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from sandbox.http.webapp import BadBody, ConnectionDropped, Request, Response, WsgiApp, as_wsgi
from sandbox.market.market import Market
from sandbox.tiktok import adgroups, adopt, ads, campaigns, errors, media, report, tools
from sandbox.tiktok import params as read
from sandbox.tiktok.errors import ApiError
from sandbox.tiktok.params import Call, Params, Tik
from sandbox.world.clock import SandboxClock
from sandbox.world.faults import Fault
from sandbox.world.world import World

PREFIX = "/open_api/v1.3/"
_Serve = Callable[[Tik, Call], Any]


def tiktok_app(world: World, clock: SandboxClock, market: Market) -> WsgiApp:
    """The emulator as a WSGI callable. A scripted lost answer raises ConnectionDropped."""
    tik = Tik(world, market)
    adopt.dress_outside_campaigns(tik)
    return as_wsgi(lambda request: handle(tik, request))


def handle(tik: Tik, request: Request) -> Response:
    """The trailing slash is part of the path: without it the gateway knows nothing."""
    path = request.path.removeprefix(PREFIX)
    known = path.endswith("/") and request.path.startswith(PREFIX)
    route = _ROUTES.get(path.rstrip("/")) if known else None
    if route is None:
        return Response(404, "404 page not found")
    if route[0] != request.method:
        return Response(405, "405 method not allowed")
    try:
        code, message, data = _answer(tik, request, path.rstrip("/"), route[1])
    except ApiError as error:
        code, message, data = error.code, error.message, error.data
    number = f"{time.time_ns() // 1000}{secrets.token_hex(8).upper()}"
    body = {"code": code, "message": message, "request_id": number, "data": data}
    return Response(200, body, {"X-Tt-Logid": number})


def _answer(tik: Tik, request: Request, path: str, serve: _Serve) -> tuple[int, str, Any]:
    fault = tik.world.faults.take("tiktok", path)
    if fault is not None:
        _before(fault)
    call = _call_of(request, path)
    if path not in _OPEN:
        _authenticate(tik, request)
        if path not in _WITHOUT_ADVERTISER:
            read.check_advertiser(tik, call.params)
    with tik.world.transaction() if call.method == "POST" else nullcontext():
        data = serve(tik, call)
    if fault is not None and fault.kind == "lose_answer":
        fault.wait()
        raise ConnectionDropped("the answer is lost")
    if isinstance(data, dict) and data.get("error_list"):
        return errors.PARTLY, "Part of the request succeeded.", data
    return 0, "OK", data


def _call_of(request: Request, path: str) -> Call:
    if request.method == "GET":
        return Call("GET", path, dict(request.query), [])
    try:
        fields, files = request.parts
    except BadBody as error:
        raise errors.invalid(str(error)) from None
    if files or request.content_type == "multipart/form-data":
        return Call("POST", path, fields, files)
    if request.body and request.content_type != "application/json":
        raise errors.invalid("Content-Type must be application/json.")
    return Call("POST", path, fields, [])


def _authenticate(tik: Tik, request: Request) -> None:
    token = request.headers.get("access-token", "")
    if not token:
        raise ApiError(errors.TOKEN_EMPTY, "Access token is empty. Send the header Access-Token.")
    if not tools.token_is_valid(tik, token):
        raise ApiError(errors.TOKEN_WRONG, "Access token is incorrect or has been revoked.")


def _before(fault: Fault) -> None:
    """What a fault does instead of the call."""
    if fault.kind in ("timeout_before", "delay"):
        fault.wait()
    if fault.kind == "timeout_before":
        raise ConnectionDropped("nothing was done")
    usual = _FAULT_CODES.get(fault.kind)
    if usual is not None:
        code, message = usual
        raise ApiError(int(fault.detail.get("code", code)), fault.detail.get("message", message))


_FAULT_CODES = {
    "throttle": (errors.TOO_FREQUENT, "Too many requests. Please retry in some time."),
    "server_error": (errors.SYSTEM, "System error, please try again later."),
    "http_200_error": (errors.INVALID, "Invalid parameter."),
    "expired_token": (errors.TOKEN_EXPIRED, "Access token is expired."),
}
_OPEN = ("oauth2/access_token", "oauth2/revoke_token")
_WITHOUT_ADVERTISER = ("advertiser/info", "oauth2/advertiser/get")


def _params(serve: Callable[[Tik, Params], Any]) -> _Serve:
    return lambda tik, call: serve(tik, call.params)


_ROUTES: dict[str, tuple[str, _Serve]] = {
    "advertiser/info": ("GET", _params(tools.advertiser_info)),
    "campaign/create": ("POST", _params(campaigns.create)),
    "campaign/update": ("POST", _params(campaigns.update)),
    "campaign/status/update": ("POST", _params(campaigns.update_status)),
    "campaign/get": ("GET", _params(campaigns.listed)),
    "adgroup/create": ("POST", _params(adgroups.create)),
    "adgroup/update": ("POST", _params(adgroups.update)),
    "adgroup/budget/update": ("POST", _params(adgroups.update_budgets)),
    "adgroup/status/update": ("POST", _params(adgroups.update_status)),
    "adgroup/get": ("GET", _params(adgroups.listed)),
    "ad/create": ("POST", _params(ads.create)),
    "ad/update": ("POST", _params(ads.update)),
    "ad/status/update": ("POST", _params(ads.update_status)),
    "ad/get": ("GET", _params(ads.listed)),
    "ad/review_info": ("GET", _params(ads.reviews)),
    "ad/audience_size/estimate": ("POST", _params(tools.audience_size)),
    "file/image/ad/upload": ("POST", media.upload_image),
    "file/image/ad/info": ("GET", _params(media.image_info)),
    "file/image/ad/search": ("GET", _params(media.search_images)),
    "file/video/ad/upload": ("POST", media.upload_video),
    "file/video/ad/info": ("GET", _params(media.video_info)),
    "file/video/ad/search": ("GET", _params(media.search_videos)),
    "identity/get": ("GET", _params(tools.identities)),
    "pixel/list": ("GET", _params(tools.pixels)),
    "tool/region": ("GET", _params(tools.regions)),
    "tool/interest_category": ("GET", _params(tools.interest_categories)),
    "report/integrated/get": ("GET", _params(report.integrated)),
    "oauth2/access_token": ("POST", _params(tools.access_token)),
    "oauth2/revoke_token": ("POST", _params(tools.revoke_token)),
    "oauth2/advertiser/get": ("GET", _params(tools.advertisers)),
}
