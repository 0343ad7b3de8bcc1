"""The gRPC server side: one generic handler for every method, with the SDK's message types."""

import functools
import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import grpc
from google.ads.googleads.v26.services.types import (  # noqa: TID251
    ad_group_ad_service,
    ad_group_criterion_service,
    ad_group_service,
    asset_service,
    campaign_budget_service,
    campaign_criterion_service,
    campaign_service,
    customer_service,
    geo_target_constant_service,
    google_ads_service,
)

from sandbox.google import errors, faults
from sandbox.google.adopt import complete_outside_objects
from sandbox.google.errors import Problem, Refusal, trailing_metadata
from sandbox.google.kinds import KINDS
from sandbox.google.server import calls
from sandbox.google.server.access import check_customer, check_login, check_token, check_writable
from sandbox.google.server.quota import OperationQuota
from sandbox.google.server.token import TokenIssuer
from sandbox.google.store import GoogleStore
from sandbox.market.market import Market
from sandbox.world.world import World

Message = Any
_log = logging.getLogger(__name__)
_PREFIX = "/google.ads.googleads.v26.services."


@dataclass(frozen=True)
class Method:
    """One RPC. `run` takes the call, the request and an empty response."""

    service: str
    name: str
    types: Any
    run: Callable[[calls.GoogleCall, Message, Message], Any]
    response: str
    request: str
    writes: bool = False
    streams: bool = False

    @property
    def path(self) -> str:
        return f"{_PREFIX}{self.service}/{self.name}"

    def type_of(self, name: str) -> Any:
        return getattr(self.types, name).pb()


_ADS = google_ads_service
_METHODS = [
    Method(
        *("GoogleAdsService", "Mutate", _ADS, calls.mutate_all),
        *("MutateGoogleAdsResponse", "MutateGoogleAdsRequest"),
        writes=True,
    ),
    Method(
        *("GoogleAdsService", "Search", _ADS, calls.search_page),
        *("SearchGoogleAdsResponse", "SearchGoogleAdsRequest"),
    ),
    Method(
        *("GoogleAdsService", "SearchStream", _ADS, calls.search_stream),
        *("SearchGoogleAdsStreamResponse", "SearchGoogleAdsStreamRequest"),
        streams=True,
    ),
    Method(
        *("CustomerService", "ListAccessibleCustomers", customer_service),
        calls.accessible_customers,
        *("ListAccessibleCustomersResponse", "ListAccessibleCustomersRequest"),
    ),
    Method(
        *("GeoTargetConstantService", "SuggestGeoTargetConstants", geo_target_constant_service),
        calls.suggest_places,
        *("SuggestGeoTargetConstantsResponse", "SuggestGeoTargetConstantsRequest"),
    ),
]
_TYPES = {
    "campaign_budget": campaign_budget_service,
    "campaign": campaign_service,
    "ad_group": ad_group_service,
    "ad_group_ad": ad_group_ad_service,
    "ad_group_criterion": ad_group_criterion_service,
    "campaign_criterion": campaign_criterion_service,
    "asset": asset_service,
}
_METHODS += [
    Method(
        kind.service,
        kind.method,
        _TYPES[kind.name],
        functools.partial(calls.mutate_kind, kind=kind),
        f"{kind.method}Response",
        f"{kind.method}Request",
        writes=True,
    )
    for kind in KINDS.values()
]
_BY_PATH = {method.path: method for method in _METHODS}


def _operation(method: Method, request: Message) -> str:
    """The name for faults; a mutate that only validates is a call of its own."""
    validates = method.writes and request.validate_only
    return f"{method.service}.{'Validate' if validates else ''}{method.name}"


def _serialized(kind: Any, answer: Message) -> bytes:
    """Garbage is sent as it is."""
    return answer if isinstance(answer, bytes) else bytes(kind.SerializeToString(answer))


class Dispatcher(grpc.GenericRpcHandler):
    """Answers every served method; for others gRPC answers UNIMPLEMENTED."""

    def __init__(self, world: World, market: Market, issuer: TokenIssuer, page_rows: int) -> None:
        self._world = world
        self._market = market
        self._issuer = issuer
        self._page_rows = page_rows
        self._quota = OperationQuota(world)

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        method = _BY_PATH.get(details.method)
        if method is None:
            return None
        make = (
            grpc.unary_stream_rpc_method_handler
            if method.streams
            else grpc.unary_unary_rpc_method_handler
        )
        return make(
            functools.partial(self._respond_stream if method.streams else self._respond, method),
            request_deserializer=method.type_of(method.request).FromString,
            response_serializer=functools.partial(_serialized, method.type_of(method.response)),
        )

    def _respond(self, method: Method, request: Message, context: Any) -> Message:
        request_id = secrets.token_urlsafe(16)
        try:
            response = self._run_call(method, request, context, request_id)
        except Refusal as refusal:
            _abort(context, refusal, request_id)
        context.set_trailing_metadata((("request-id", request_id),))
        return response

    def _respond_stream(self, method: Method, request: Message, context: Any) -> Iterator[Message]:
        yield from self._respond(method, request, context)

    def _run_call(self, method: Method, request: Message, context: Any, request_id: str) -> Any:
        self._check_caller(method, request, context)
        fault = self._world.faults.of_call("google", _operation(method, request))
        faults.raise_before_call(fault)
        garbage = [faults.GARBAGE] if method.streams else faults.GARBAGE
        if faults.hides_answer(fault, carried_out=False):
            return garbage
        self._quota.count(request)
        store = GoogleStore(self._world)
        complete_outside_objects(store)
        call = calls.GoogleCall(store, self._market, request_id, self._page_rows)
        try:
            response = method.run(call, request, method.type_of(method.response)())
            # A stream is built here completely, so that a refused query aborts the call.
            response = list(response) if method.streams else response
        except Refusal:
            raise
        except Exception as error:
            _log.exception("the Google emulator failed in %s.%s", method.service, method.name)
            problem = Problem("internal_error", "INTERNAL_ERROR", f"Emulator defect: {error!r}")
            raise errors.refusal([problem]) from error
        faults.raise_after_call(fault)
        return garbage if faults.hides_answer(fault, carried_out=True) else response

    def _check_caller(self, method: Method, request: Message, context: Any) -> None:
        metadata = dict(context.invocation_metadata())
        account = self._world.account("google")
        check_token(self._issuer, metadata)
        check_login(account, metadata)
        if "customer_id" in request.DESCRIPTOR.fields_by_name:
            check_customer(account, request.customer_id, metadata.get("login-customer-id"))
        if method.writes:
            check_writable(account, request.customer_id)


def _abort(context: Any, refusal: Refusal, request_id: str) -> None:
    context.set_trailing_metadata(trailing_metadata(refusal, request_id))
    context.abort(refusal.status, refusal.status_message)
