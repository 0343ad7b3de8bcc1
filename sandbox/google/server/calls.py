"""What each method answers: request message in, response message out."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.google.errors import refuse, rpc_status
from sandbox.google.geo import COUNTRIES, Country, countries_named, country_of
from sandbox.google.kinds import KINDS, Kind
from sandbox.google.mutate import Operation, Outcome, perform
from sandbox.google.query import account
from sandbox.google.query.search import Answer, search
from sandbox.google.query.views import view
from sandbox.google.store import Store, last_part
from sandbox.market.market import Market

Message = Any


@dataclass(frozen=True)
class Call:
    """One request under way."""

    store: Store
    market: Market
    request_id: str
    page_rows: int


def mutate_all(call: Call, request: Message, response: Message) -> Message:
    """GoogleAdsService.Mutate: operations of several kinds in one transaction."""
    operations = []
    for index, item in enumerate(request.mutate_operations):
        which = item.WhichOneof("operation") or "campaign_operation"
        path = (("mutate_operations", index), (which, None))
        kind = KINDS.get(which.removesuffix("_operation"))
        operations.append(Operation(kind, getattr(item, which), path))
    outcome = _performed(call, request, operations)
    for name, operation in zip(outcome.names, operations):
        answer = response.mutate_operation_responses.add()
        if name and operation.kind is not None:
            result = getattr(answer, operation.kind.name + "_result")
            _fill_result(call, request, result, operation.kind, name)
    return _with_failures(call, outcome, response)


def mutate_kind(call: Call, request: Message, response: Message, kind: Kind) -> Message:
    """The mutate method of one resource's own service."""
    operations = [
        Operation(kind, item, (("operations", index),))
        for index, item in enumerate(request.operations)
    ]
    outcome = _performed(call, request, operations)
    for name in outcome.names:
        result = response.results.add()
        if name:
            _fill_result(call, request, result, kind, name)
    return _with_failures(call, outcome, response)


def _performed(call: Call, request: Message, operations: list[Operation]) -> Outcome:
    return perform(
        call.store,
        operations,
        partial=request.partial_failure,
        validate_only=request.validate_only,
    )


def _fill_result(call: Call, request: Message, result: Message, kind: Kind, name: str) -> None:
    result.resource_name = name
    field = request.DESCRIPTOR.fields_by_name["response_content_type"]
    wanted = field.enum_type.values_by_name["MUTABLE_RESOURCE"].number
    if request.response_content_type == wanted:
        message = view(call.store, kind, last_part(name))
        if message is not None:
            getattr(result, kind.name).CopyFrom(message)


def _with_failures(call: Call, outcome: Outcome, response: Message) -> Message:
    if outcome.problems:
        sentence = "Multiple errors in 'details'."
        if len(outcome.problems) == 1:
            sentence = outcome.problems[0].message
        status = rpc_status(outcome.problems, call.request_id, 3, sentence)
        response.partial_failure_error.CopyFrom(status)
    return response


def search_page(call: Call, request: Message, response: Message) -> Message:
    if request.page_size:
        message = "Setting the page size is not supported: pages have 10,000 rows."
        refuse("request_error", "PAGE_SIZE_NOT_SUPPORTED", message, path=(("page_size", None),))
    settings = request.search_settings
    answer = _searched(call, request, summary=settings.return_summary_row)
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


def search_stream(call: Call, request: Message, response: Message) -> Iterator[Message]:
    """Batches of at most one page; one empty batch when there are no rows."""
    settings = request.DESCRIPTOR.fields_by_name["summary_row_setting"].enum_type
    wanted = settings.values_by_number[request.summary_row_setting].name
    answer = _searched(call, request, summary=wanted.startswith("SUMMARY_ROW_"))
    rows = () if wanted == "SUMMARY_ROW_ONLY" else answer.rows
    for start in range(0, max(len(rows), 1), call.page_rows):
        batch = type(response)(request_id=call.request_id)
        batch.results.extend(rows[start : start + call.page_rows])
        batch.field_mask.paths.extend(answer.paths)
        if answer.summary is not None and start + call.page_rows >= len(rows):
            batch.summary_row.CopyFrom(answer.summary)
        yield batch


def _searched(call: Call, request: Message, *, summary: bool) -> Answer:
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


def accessible_customers(call: Call, request: Message, response: Message) -> Message:
    owner = call.store.account
    ids = [item for item in (owner.manager_id, owner.id) if item]
    response.resource_names.extend(f"customers/{item}" for item in ids)
    return response


def suggest_places(call: Call, request: Message, response: Message) -> Message:
    """Countries by name or by resource name; the sandbox knows no smaller places."""
    for term, country in _asked_places(request):
        if request.country_code and country.code != request.country_code:
            continue
        row = response.geo_target_constant_suggestions.add(search_term=term, locale="en")
        row.geo_target_constant.CopyFrom(account.geo_target(country))
    return response


def _asked_places(request: Message) -> Iterator[tuple[str, Country]]:
    for name in request.geo_targets.geo_target_constants:
        country = country_of(name)
        if country is not None:
            yield name, country
    for term in request.location_names.names:
        for country in countries_named(term):
            yield term, country
    if request.WhichOneof("query") is None:
        for country in COUNTRIES.values():
            yield country.name, country
