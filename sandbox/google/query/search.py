"""Runs checked queries over the store and the market; rows are GoogleAdsRow messages."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.ads.googleads.v26.common.types import metrics as metric_types  # noqa: TID251
from google.ads.googleads.v26.common.types import segments as segment_types  # noqa: TID251

from sandbox.google.errors import refuse
from sandbox.google.fields import copy_field, enum_name, read_field
from sandbox.google.query.gaql import parse_query
from sandbox.google.query.metrics import (
    GoogleTotals,
    Segments,
    fill_metrics,
    fill_segments,
    group_rows,
)
from sandbox.google.query.plan import ROW, Column, QueryPlan, plan_query
from sandbox.google.query.sources import Messages, Reader
from sandbox.google.store import GoogleStore
from sandbox.market.market import Market

Message = Any
_SEGMENTS = segment_types.Segments.pb()
_METRICS = metric_types.Metrics.pb()
_HEALTH = ("primary_status", "primary_status_reasons", "serving_status")
# Of figures behind what was delivered (Google Ads API, reports).
REPORT_DELAY = dt.timedelta(hours=3)
_ALL_TIME = dt.timedelta(days=37 * 31)
_Groups = dict[str, dict[Segments, GoogleTotals]]


@dataclass(frozen=True)
class SearchResult:
    rows: tuple[Message, ...]
    paths: tuple[str, ...]
    summary: Message | None


def search(
    store: GoogleStore, market: Market, customer_id: str, text: str, *, summary: bool = False
) -> SearchResult:
    """All rows of a query. Raises Refusal with a QueryError when it cannot be run."""
    plan = plan_query(parse_query(text), store.today())
    if customer_id != store.customer_id and plan.has_metrics:
        message = "A manager account has no metrics: query its client accounts."
        refuse("query_error", "REQUESTED_METRICS_FOR_MANAGER", message)
    if summary and not plan.has_metrics:
        code = "CANNOT_RETURN_SUMMARY_ROW_FOR_REQUEST_WITHOUT_METRICS"
        refuse("request_error", code, "The query selects no metrics.")
    groups = _metric_groups(plan, store, market) if plan.has_metrics or plan.has_segments else {}
    ordered = _sort_rows(plan, list(_matching_rows(plan, store, customer_id, groups)))
    selected = ordered[: plan.query.limit]
    rows = tuple(_select_columns(plan, messages) for messages, _ in selected)
    summary_row = _total_row(plan, [totals for _, totals in selected]) if summary else None
    return SearchResult(rows, plan.query.select, summary_row)


def _metric_groups(plan: QueryPlan, store: GoogleStore, market: Market) -> _Groups:
    assert plan.source.metric_rows is not None
    last = min(plan.days.last or store.today(), store.today())
    first = plan.days.first or store.today() - _ALL_TIME
    rows = market.rows(store.customer_id, first, last, store.now() - REPORT_DELAY)
    return group_rows(plan.source.metric_rows(store, rows), plan.field_names("segments"))


def _matching_rows(
    plan: QueryPlan, store: GoogleStore, customer_id: str, groups: _Groups
) -> Iterator[tuple[Messages, GoogleTotals]]:
    for key, messages in plan.source.rows(_reader(plan, store, customer_id)):
        if not _matches(plan, messages, _is_resource):
            continue
        # Without segments a resource has one row even without metrics.
        empty: dict[Segments, GoogleTotals] = {} if plan.has_segments else {(): GoogleTotals()}
        for values, totals in (groups.get(key) or empty).items():
            complete = messages | _metric_messages(plan, values, totals)
            if _matches(plan, complete, _is_metric_or_segment):
                yield complete, totals


def _reader(plan: QueryPlan, store: GoogleStore, customer_id: str) -> Reader:
    resources = frozenset(column.resource for column in plan.used_columns)
    health = any(column.chain[0].name in _HEALTH for column in plan.used_columns)
    return Reader(store, customer_id, resources, health)


def _is_metric_or_segment(column: Column) -> bool:
    return column.resource in ("metrics", "segments")


def _is_resource(column: Column) -> bool:
    return not _is_metric_or_segment(column)


def _matches(plan: QueryPlan, messages: Messages, is_included: Callable[[Column], bool]) -> bool:
    return all(
        predicate(_value(messages, column))
        for column, predicate in plan.predicates
        if is_included(column)
    )


def _value(messages: Messages, column: Column) -> Any:
    return read_field(messages[column.resource], column.chain)


def _metric_messages(plan: QueryPlan, values: Segments, totals: GoogleTotals) -> Messages:
    messages: Messages = {}
    if plan.has_segments:
        messages["segments"] = _SEGMENTS()
        fill_segments(messages["segments"], plan.field_names("segments"), values)
    if plan.has_metrics:
        messages["metrics"] = _METRICS()
        fill_metrics(messages["metrics"], plan.field_names("metrics"), totals)
    return messages


def _sort_rows(
    plan: QueryPlan, rows: list[tuple[Messages, GoogleTotals]]
) -> list[tuple[Messages, GoogleTotals]]:
    for column, descending in reversed(plan.order):
        rows.sort(key=lambda item: _sort_key(item[0], column), reverse=descending)
    return rows


def _sort_key(messages: Messages, column: Column) -> Any:
    value, leaf = _value(messages, column), column.chain[-1]
    if leaf.is_repeated:
        return str(value)
    if leaf.enum_type is not None:
        return enum_name(leaf, value or 0)
    return leaf.default_value if value is None else value


def _select_columns(plan: QueryPlan, messages: Messages) -> Message:
    row = ROW()
    for column in plan.columns:
        copy_field(messages[column.resource], getattr(row, column.resource), column.chain)
    if ("omit_unselected_resource_names", "true") not in plan.query.parameters:
        _add_resource_names(plan, messages, row)
    return row


def _add_resource_names(plan: QueryPlan, messages: Messages, row: Message) -> None:
    """Add the resource name of every resource that the query selects from, as Google does."""
    for name in {plan.query.resource, *(column.resource for column in plan.columns)}:
        if name not in ("metrics", "segments"):
            getattr(row, name).resource_name = messages[name].resource_name
    if any(column.path.startswith("ad_group_ad.ad.") for column in plan.columns):
        row.ad_group_ad.ad.resource_name = messages["ad_group_ad"].ad.resource_name


def _total_row(plan: QueryPlan, totals: list[GoogleTotals]) -> Message:
    total = GoogleTotals()
    for each in totals:
        total.merge(each)
    row = ROW()
    fill_metrics(row.metrics, plan.field_names("metrics"), total)
    return row
