"""Implements each RPC method: takes a request message and fills a response message."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.google.errors import refuse, rpc_status
from sandbox.google.geo import COUNTRIES, Country, country_of, find_countries
from sandbox.google.kinds import KINDS, Kind
from sandbox.google.mutate import MutateResult, Operation, run_operations
from sandbox.google.query import account
from sandbox.google.query.search import SearchResult, search
from sandbox.google.query.views import build_view
from sandbox.google.store import GoogleStore, last_part
from sandbox.market.market import Market

Message = Any


@dataclass(frozen=True)
class GoogleCall:
    """The context of one request."""

    store: GoogleStore
    market: Market
    request_id: str
    page_rows: int


def mutate_all(call: GoogleCall, request: Message, response: Message) -> Message:
    """GoogleAdsService.Mutate: operations of several kinds in one transaction."""
    operations = []
    for index, item in enumerate(request.mutate_operations):
        which = item.WhichOneof("operation") or "campaign_operation"
        path = (("mutate_operations", index), (which, None))
        kind = KINDS.get(which.removesuffix("_operation"))
        operations.append(Operation(kind, getattr(item, which), path))
    outcome = _run_operations(call, request, operations)
    # A call that only validates has no names, and then no answers.
    for name, operation in zip(outcome.names, operations, strict=False):
        answer = response.mutate_operation_responses.add()
        if name and operation.kind is not None:
            result = getattr(answer, operation.kind.name + "_result")
            _fill_result(call, request, result, operation.kind, name)
    return _add_failures(call, outcome, response)


def mutate_kind(call: GoogleCall, request: Message, response: Message, kind: Kind) -> Message:
    """The mutate method of one resource's own service."""
    operations = [
        Operation(kind, item, (("operations", index),))
        for index, item in enumerate(request.operations)
    ]
    outcome = _run_operations(call, request, operations)
    for name in outcome.names:
        result = response.results.add()
        if name:
            _fill_result(call, request, result, kind, name)
    return _add_failures(call, outcome, response)


def _run_operations(
    call: GoogleCall, request: Message, operations: list[Operation]
) -> MutateResult:
    return run_operations(
        call.store,
        operations,
        partial=request.partial_failure,
        validate_only=request.validate_only,
    )


def _fill_result(
    call: GoogleCall, request: Message, result: Message, kind: Kind, name: str
) -> None:
    result.resource_name = name
    field = request.DESCRIPTOR.fields_by_name["response_content_type"]
    mutable = field.enum_type.values_by_name["MUTABLE_RESOURCE"].number
    if request.response_content_type == mutable:
        message = build_view(call.store, kind, last_part(name))
        if message is not None:
            getattr(result, kind.name).CopyFrom(message)


def _add_failures(call: GoogleCall, outcome: MutateResult, response: Message) -> Message:
    if outcome.problems:
        message = "Multiple errors in 'details'."
        if len(outcome.problems) == 1:
            message = outcome.problems[0].message
        status = rpc_status(outcome.problems, call.request_id, 3, message)
        response.partial_failure_error.CopyFrom(status)
    return response


def search_page(call: GoogleCall, request: Message, response: Message) -> Message:
    if request.page_size:
        message = "Setting the page size is not supported: pages have 10,000 rows."
        refuse("request_error", "PAGE_SIZE_NOT_SUPPORTED", message, path=(("page_size", None),))
    settings = request.search_settings
    answer = _search(call, request, summary=settings.return_summary_row)
    if request.validate_only:
        return response
    start = _offset(request)
    rows = answer.rows[start : start + call.page_rows]
    if not settings.omit_results:
        response.results.extend(rows)
        if start + len(rows) < len(answer.rows):
            response.next_page_token = _page_token(request.query, start + len(rows))
    if settings.return_total_results_count:
        response.total_results_count = len(answer.rows)
    response.field_mask.paths.extend(answer.paths)
    if answer.summary is not None:
        response.summary_row.CopyFrom(answer.summary)
    return response


def search_stream(call: GoogleCall, request: Message, response: Message) -> Iterator[Message]:
    """Batches of at most one page; one empty batch when there are no rows."""
    settings = request.DESCRIPTOR.fields_by_name["summary_row_setting"].enum_type
    setting = settings.values_by_number[request.summary_row_setting].name
    answer = _search(call, request, summary=setting.startswith("SUMMARY_ROW_"))
    rows = () if setting == "SUMMARY_ROW_ONLY" else answer.rows
    for start in range(0, max(len(rows), 1), call.page_rows):
        batch = type(response)(request_id=call.request_id)
        batch.results.extend(rows[start : start + call.page_rows])
        batch.field_mask.paths.extend(answer.paths)
        if answer.summary is not None and start + call.page_rows >= len(rows):
            batch.summary_row.CopyFrom(answer.summary)
        yield batch


def _search(call: GoogleCall, request: Message, *, summary: bool) -> SearchResult:
    with call.store.world.lock:
        return search(call.store, call.market, request.customer_id, request.query, summary=summary)


def _page_token(query: str, offset: int) -> str:
    body = json.dumps([offset, hashlib.sha256(query.encode()).hexdigest()[:16]])
    return base64.urlsafe_b64encode(body.encode()).decode()


def _offset(request: Message) -> int:
    """Where the page starts; a token goes only with the query that it came from."""
    if not request.page_token:
        return 0
    try:
        offset, _ = json.loads(base64.urlsafe_b64decode(request.page_token.encode()))
        if _page_token(request.query, offset) == request.page_token:
            return int(offset)
    except (binascii.Error, ValueError, TypeError):
        pass
    message = "The page token does not belong to this query."
    return refuse("request_error", "INVALID_PAGE_TOKEN", message, path=(("page_token", None),))


def accessible_customers(call: GoogleCall, request: Message, response: Message) -> Message:
    owner = call.store.account
    ids = [item for item in (owner.manager_id, owner.id) if item]
    response.resource_names.extend(f"customers/{item}" for item in ids)
    return response


def suggest_places(call: GoogleCall, request: Message, response: Message) -> Message:
    """Countries by name or by resource name; the sandbox has no smaller places."""
    for term, country in _requested_places(request):
        if request.country_code and country.code != request.country_code:
            continue
        row = response.geo_target_constant_suggestions.add(search_term=term, locale="en")
        row.geo_target_constant.CopyFrom(account.geo_target(country))
    return response


def _requested_places(request: Message) -> Iterator[tuple[str, Country]]:
    for name in request.geo_targets.geo_target_constants:
        country = country_of(name)
        if country is not None:
            yield name, country
    for term in request.location_names.names:
        for country in find_countries(term):
            yield term, country
    if request.WhichOneof("query") is None:
        for country in COUNTRIES.values():
            yield country.name, country
