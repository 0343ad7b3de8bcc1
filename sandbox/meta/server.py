"""The Meta emulator: the Graph API, Marketing API v26.0, over the sandbox's world."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from typing import Any
from urllib.parse import parse_qsl

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
from sandbox.meta import adopt, errors, routes
from sandbox.meta import params as read
from sandbox.meta.errors import GraphError
from sandbox.meta.graph import Graph
from sandbox.meta.nodes import account as meta_account
from sandbox.meta.params import Params
from sandbox.meta.routes import GraphCall
from sandbox.meta.usage import Usage
from sandbox.world.clock import SandboxClock
from sandbox.world.faults import Fault
from sandbox.world.world import World

OLDEST_VERSION = 20
_MAX_BATCH_SIZE = 50
_PATHS_WITHOUT_TOKEN = ("oauth/access_token",)


def meta_app(world: World, clock: SandboxClock, market: Market) -> WsgiApp:
    """The emulator as a WSGI callable. A scripted lost answer raises ConnectionDropped."""
    server = MetaServer(Graph(world, market))
    return as_wsgi(server.handle)


class MetaServer:
    """Authentication, faults, batches and usage headers around the calls."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._usage = Usage(graph)
        adopt.complete_outside_campaigns(graph)

    def handle(self, request: Request) -> Response:
        trace, kind = "A" + secrets.token_urlsafe(16), "ads_management"
        try:
            call = _parse_call(request)
            kind = _kind_of_use(call)
            if call.path == "" and call.method == "POST":
                response = self._run_batch(request, call)
            else:
                response = self._run_single(request, call)
        except GraphError as error:
            response = error.response(trace)
        except BadBody as error:
            response = errors.invalid(str(error)).response(trace)
        usage = self._usage.headers(kind)
        response.headers = {**usage, "x-fb-trace-id": trace, **response.headers}
        return response

    def _run_single(self, request: Request, call: GraphCall) -> Response:
        operation = routes.operation_of(self.graph, call)
        fault = self.graph.world.faults.of_call("meta", operation)
        if fault is not None:
            fault_response = _apply_fault(fault, operation, self._usage)
            if fault_response is not None:
                return fault_response
        if call.path not in _PATHS_WITHOUT_TOKEN:
            self._authenticate(request, call)
        refusal = self._usage.count(_kind_of_use(call))
        if refusal is not None:
            return refusal
        body = routes.run_call(self.graph, call)
        if fault is not None and fault.kind == "lose_answer":
            fault.wait()
            raise ConnectionDropped("the answer is lost")
        if fault is not None and fault.kind == "garbage":
            return garbage_of(body, cut=bool(fault.detail.get("cut")))
        return Response(200, body)

    def _authenticate(self, request: Request, call: GraphCall) -> None:
        token = read.text(call.params, "access_token")
        scheme, _, header_token = request.headers.get("authorization", "").partition(" ")
        if token is None and scheme.lower() in ("bearer", "oauth"):
            token = header_token.strip()
        if not token:
            raise GraphError("An access token is required to request this resource.", 104)
        if meta_account.token_has_expired(self.graph, token):
            raise errors.expired_token()
        if not meta_account.token_is_valid(self.graph, token):
            raise errors.bad_token()
        proof = read.text(call.params, "appsecret_proof")
        if proof is None and self.graph.account.raw.get("requires_appsecret_proof"):
            raise errors.invalid("API calls from the server require an appsecret_proof argument")
        if proof is not None and not hmac.compare_digest(proof, self._proof(token)):
            raise errors.invalid("Invalid appsecret_proof provided in the API argument")

    def _proof(self, token: str) -> str:
        key = self.graph.account.app_secret.encode()
        return hmac.new(key, token.encode(), hashlib.sha256).hexdigest()

    def _run_batch(self, request: Request, call: GraphCall) -> Response:
        entries = read.json_value(call.params, "batch", list)
        if entries is None:
            raise errors.required("batch")
        if len(entries) > _MAX_BATCH_SIZE:
            raise errors.invalid(f"Too many requests in batch; at most {_MAX_BATCH_SIZE}", "batch")
        self._authenticate(request, call)
        return Response(200, [self._run_entry(request, call, entry) for entry in entries])

    def _run_entry(self, request: Request, outer: GraphCall, entry: Params) -> Params:
        path, _, query = str(entry.get("relative_url", "")).partition("?")
        shared = {k: v for k, v in outer.params.items() if k in ("access_token", "appsecret_proof")}
        body = dict(parse_qsl(str(entry.get("body", "")), keep_blank_values=True))
        query_params = dict(parse_qsl(query, keep_blank_values=True))
        inner = GraphCall(
            str(entry.get("method", "GET")).upper(),
            _without_version(path),
            {**shared, **query_params, **body},
            outer.files,
            outer.url.rstrip("/") + "/" + path.strip("/"),
            query_params,
        )
        try:
            response = self._run_single(request, inner)
        except GraphError as error:
            response = error.response("batch")
        headers = [{"name": "Content-Type", "value": "application/json"}]
        return {"code": response.status, "headers": headers, "body": json.dumps(response.content)}


def _kind_of_use(call: GraphCall) -> str:
    return "ads_insights" if call.edge == "insights" else "ads_management"


def _apply_fault(fault: Fault, operation: str, usage: Usage) -> Response | None:
    """Wait, raise or answer as the fault says; None when the call continues."""
    if fault.kind in ("timeout_before", "delay"):
        fault.wait()
    if fault.kind == "timeout_before":
        raise ConnectionDropped("nothing was done")
    if fault.kind == "throttle":
        return _throttle_response(fault, operation, usage)
    if fault.kind == "server_error":
        raise errors.server_fault()
    if fault.kind == "expired_token":
        raise errors.expired_token()
    if fault.kind == "http_200_error":
        raise errors.security_check_required()
    if fault.kind == "garbage" and not fault.is_carried_out:
        return garbage_of({"id": "0"}, cut=bool(fault.detail.get("cut")))
    return None


def _throttle_response(fault: Fault, operation: str, usage: Usage) -> Response:
    insights = operation.startswith("insights")
    code = int(fault.detail.get("code", 80000 if insights else 80004))
    kind = "ads_insights" if insights else "ads_management"
    return usage.refusal(kind, code, int(fault.detail.get("minutes", 1)))


def _parse_call(request: Request) -> GraphCall:
    fields, files = request.parts
    params: dict[str, Any] = {**request.query, **fields}
    method = str(params.pop("method", request.method)).upper()
    host = request.headers.get("host", "graph.sandbox")
    query = {name: value for name, value in request.query.items() if name != "after"}
    return GraphCall(
        method,
        _without_version(request.path),
        params,
        files,
        f"http://{host}{request.path}",
        query,
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
