"""A Meta Graph API (Marketing API v26.0 shapes) over the sandbox's world."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from typing import Any
from urllib.parse import parse_qsl

from sandbox.http.webapp import BadBody, ConnectionDropped, Request, Response, WsgiApp, as_wsgi
from sandbox.market.market import Market
from sandbox.meta import adopt, errors, routes
from sandbox.meta import params as read
from sandbox.meta.errors import GraphError
from sandbox.meta.graph import Graph
from sandbox.meta.nodes import account as meta_account
from sandbox.meta.params import Params
from sandbox.meta.routes import Call
from sandbox.world.clock import SandboxClock
from sandbox.world.faults import Fault
from sandbox.world.world import World

OLDEST_VERSION = 20
_MOST_IN_A_BATCH = 50
_QUOTA_AN_HOUR = 100_000
_OPEN_PATHS = ("oauth/access_token",)


def meta_app(world: World, clock: SandboxClock, market: Market) -> WsgiApp:
    """The emulator as a WSGI callable. A scripted lost answer raises ConnectionDropped."""
    server = MetaServer(Graph(world, market))
    return as_wsgi(server.handle)


class MetaServer:
    """Authentication, faults, batches and usage headers around the calls."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._calls: list[float] = []
        adopt.dress_outside_campaigns(graph)

    def handle(self, request: Request) -> Response:
        trace = "A" + secrets.token_urlsafe(16)
        try:
            call = _call_of(request)
            if call.path == "" and call.method == "POST":
                response = self._batch(request, call)
            else:
                response = self._single(request, call)
        except GraphError as error:
            response = error.response(trace)
        except BadBody as error:
            response = errors.invalid(str(error)).response(trace)
        response.headers = {**self._usage(), "x-fb-trace-id": trace, **response.headers}
        return response

    def _single(self, request: Request, call: Call) -> Response:
        operation = routes.operation_of(self.graph, call)
        fault = self.graph.world.faults.take("meta", operation)
        if fault is not None:
            refused = _before(fault, operation, self.graph)
            if refused is not None:
                return refused
        if call.path not in _OPEN_PATHS:
            self._authenticate(request, call)
        body = routes.answer(self.graph, call)
        if fault is not None and fault.kind == "lose_answer":
            fault.wait()
            raise ConnectionDropped("the answer is lost")
        return Response(200, body)

    def _authenticate(self, request: Request, call: Call) -> None:
        token = read.text(call.params, "access_token")
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if token is None and scheme.lower() in ("bearer", "oauth"):
            token = given.strip()
        if not token:
            raise GraphError("An access token is required to request this resource.", 104)
        if not meta_account.token_is_valid(self.graph, token):
            raise errors.bad_token()
        proof = read.text(call.params, "appsecret_proof")
        if proof is not None and not hmac.compare_digest(proof, self._proof(token)):
            raise errors.invalid("Invalid appsecret_proof provided in the API argument")

    def _proof(self, token: str) -> str:
        key = self.graph.account.app_secret.encode()
        return hmac.new(key, token.encode(), hashlib.sha256).hexdigest()

    def _batch(self, request: Request, call: Call) -> Response:
        entries = read.structure(call.params, "batch", list)
        if entries is None:
            raise errors.required("batch")
        if len(entries) > _MOST_IN_A_BATCH:
            raise errors.invalid(f"Too many requests in batch; at most {_MOST_IN_A_BATCH}", "batch")
        self._authenticate(request, call)
        return Response(200, [self._entry(request, call, entry) for entry in entries])

    def _entry(self, request: Request, outer: Call, entry: Params) -> Params:
        path, _, query = str(entry.get("relative_url", "")).partition("?")
        shared = {k: v for k, v in outer.params.items() if k in ("access_token", "appsecret_proof")}
        body = dict(parse_qsl(str(entry.get("body", "")), keep_blank_values=True))
        asked = dict(parse_qsl(query, keep_blank_values=True))
        inner = Call(
            str(entry.get("method", "GET")).upper(),
            _without_version(path),
            {**shared, **asked, **body},
            outer.files,
            outer.url.rstrip("/") + "/" + path.strip("/"),
            asked,
        )
        try:
            response = self._single(request, inner)
        except GraphError as error:
            response = error.response("batch")
        headers = [{"name": "Content-Type", "value": "application/json"}]
        return {"code": response.status, "headers": headers, "body": json.dumps(response.content)}

    def _usage(self) -> dict[str, str]:
        """How much of the hourly quota is used, in percent. (Marketing API, rate limits)"""
        now = time.monotonic()
        self._calls = [moment for moment in self._calls[-5000:] if moment > now - 3600] + [now]
        percent = 100 * len(self._calls) // _QUOTA_AN_HOUR
        tier = {"ads_api_access_tier": "standard_access"}
        account = {"acc_id_util_pct": percent, "reset_time_duration": 0, **tier}
        return {
            "X-App-Usage": json.dumps({"call_count": percent, "total_cputime": 0, "total_time": 0}),
            "X-Ad-Account-Usage": json.dumps(account),
            "X-Business-Use-Case-Usage": _use_case(self.graph, percent, 0),
        }


def _use_case(graph: Graph, percent: int, minutes: int) -> str:
    usage = {
        "type": "ads_management",
        "call_count": percent,
        "total_cputime": 0,
        "total_time": 0,
        "estimated_time_to_regain_access": minutes,
        "ads_api_access_tier": "standard_access",
    }
    return json.dumps({graph.account.id: [usage]})


def _before(fault: Fault, operation: str, graph: Graph) -> Response | None:
    """What a fault does instead of the call; None when the call goes on."""
    if fault.kind in ("timeout_before", "delay"):
        fault.wait()
    if fault.kind == "timeout_before":
        raise ConnectionDropped("nothing was done")
    if fault.kind == "throttle":
        return _throttled(fault, operation, graph)
    if fault.kind == "server_error":
        raise errors.server_fault()
    if fault.kind == "expired_token":
        raise errors.expired_token()
    if fault.kind == "http_200_error":
        raise errors.user_must_act()
    return None


def _throttled(fault: Fault, operation: str, graph: Graph) -> Response:
    usual = 80000 if operation.startswith("insights") else 80004
    response = errors.throttled(int(fault.detail.get("code", usual))).response("throttled")
    minutes = int(fault.detail.get("minutes", 1))
    response.headers["X-Business-Use-Case-Usage"] = _use_case(graph, 100, minutes)
    return response


def _call_of(request: Request) -> Call:
    fields, files = request.parts
    params: dict[str, Any] = {**request.query, **fields}
    method = str(params.pop("method", request.method)).upper()
    host = request.headers.get("host", "graph.sandbox")
    visible = {name: value for name, value in request.query.items() if name != "after"}
    return Call(
        method,
        _without_version(request.path),
        params,
        files,
        f"http://{host}{request.path}",
        visible,
    )


def _without_version(path: str) -> str:
    trimmed = path.strip("/")
    match = re.match(r"v(\d+)\.\d+(?:/|$)", trimmed)
    if match is None:
        return trimmed
    if int(match[1]) < OLDEST_VERSION:
        raise GraphError(
            "(#2635) You are calling a deprecated version of the Ads API. Please update.", 2635
        )
    return trimmed[match.end() :].strip("/")
