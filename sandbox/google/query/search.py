"""Runs planned queries over the store and the market: rows as GoogleAdsRow messages."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.ads.googleads.v26.common.types import metrics as metric_types  # noqa: TID251
from google.ads.googleads.v26.common.types import segments as segment_types  # noqa: TID251

from sandbox.google.errors import refuse
from sandbox.google.fields import copy_field, enum_name, read
from sandbox.google.query.gaql import parse
from sandbox.google.query.metrics import Segments, Sums, fill_metrics, fill_segments, grouped
from sandbox.google.query.plan import ROW, Column, Plan, planned
from sandbox.google.query.sources import Messages, Reader
from sandbox.google.store import Store
from sandbox.market.market import Market

Message = Any
_SEGMENTS = segment_types.Segments.pb()
_METRICS = metric_types.Metrics.pb()
_HEALTH = ("primary_status", "primary_status_reasons", "serving_status")
_ALL_TIME = dt.timedelta(days=37 * 31)
_Groups = dict[str, dict[Segments, Sums]]


@dataclass(frozen=True)
class Answer:
    rows: tuple[Message, ...]
    paths: tuple[str, ...]
    summary: Message | None


def search(
    store: Store, market: Market, customer_id: str, text: str, *, summary: bool = False
) -> Answer:
    """All rows of a query. Raises Refusal with a QueryError when it cannot be run."""
    plan = planned(parse(text), store.today())
    if customer_id != store.customer_id and plan.has_metrics:
        message = "A manager account has no metrics: query its client accounts."
        refuse("query_error", "REQUESTED_METRICS_FOR_MANAGER", message)
    if summary and not plan.has_metrics:
        code = "CANNOT_RETURN_SUMMARY_ROW_FOR_REQUEST_WITHOUT_METRICS"
        refuse("request_error", code, "The query selects no metrics.")
    groups = _figures(plan, store, market) if plan.has_metrics or plan.has_segments else {}
    found = _ordered(plan, list(_found(plan, store, customer_id, groups)))
    limited = found[: plan.query.limit]
    rows = tuple(_projected(plan, messages) for messages, _ in limited)
    total = _summed(plan, [sums for _, sums in limited]) if summary else None
    return Answer(rows, plan.query.select, total)


def _figures(plan: Plan, store: Store, market: Market) -> _Groups:
    assert plan.source.figures is not None
    last = min(plan.days.last or store.today(), store.today())
    first = plan.days.first or store.today() - _ALL_TIME
    rows = market.rows(store.customer_id, first, last)
    return grouped(plan.source.figures(store, rows), plan.names("segments"))


def _found(
    plan: Plan, store: Store, customer_id: str, groups: _Groups
) -> Iterator[tuple[Messages, Sums]]:
    for key, messages in plan.source.rows(_reader(plan, store, customer_id)):
        if not _passes(plan, messages, _is_resource):
            continue
        # Without segments a resource has one row even when nothing happened.
        empty: dict[Segments, Sums] = {} if plan.has_segments else {(): Sums()}
        for values, sums in (groups.get(key) or empty).items():
            full = messages | _measured(plan, values, sums)
            if _passes(plan, full, _is_figure):
                yield full, sums


def _reader(plan: Plan, store: Store, customer_id: str) -> Reader:
    wanted = frozenset(column.resource for column in plan.used)
    health = any(column.chain[0].name in _HEALTH for column in plan.used)
    return Reader(store, customer_id, wanted, health)


def _is_figure(column: Column) -> bool:
    return column.resource in ("metrics", "segments")


def _is_resource(column: Column) -> bool:
    return not _is_figure(column)


def _passes(plan: Plan, messages: Messages, which: Callable[[Column], bool]) -> bool:
    return all(test(_value(messages, column)) for column, test in plan.tests if which(column))


def _value(messages: Messages, column: Column) -> Any:
    return read(messages[column.resource], column.chain)


def _measured(plan: Plan, values: Segments, sums: Sums) -> Messages:
    found: Messages = {}
    if plan.has_segments:
        found["segments"] = _SEGMENTS()
        fill_segments(found["segments"], plan.names("segments"), values)
    if plan.has_metrics:
        found["metrics"] = _METRICS()
        fill_metrics(found["metrics"], plan.names("metrics"), sums)
    return found


def _ordered(plan: Plan, found: list[tuple[Messages, Sums]]) -> list[tuple[Messages, Sums]]:
    for column, descending in reversed(plan.order):
        found.sort(key=lambda item: _sort_key(item[0], column), reverse=descending)
    return found


def _sort_key(messages: Messages, column: Column) -> Any:
    value, leaf = _value(messages, column), column.chain[-1]
    if leaf.is_repeated:
        return str(value)
    if leaf.enum_type is not None:
        return enum_name(leaf, value or 0)
    return leaf.default_value if value is None else value


def _projected(plan: Plan, messages: Messages) -> Message:
    row = ROW()
    for column in plan.columns:
        copy_field(messages[column.resource], getattr(row, column.resource), column.chain)
    if ("omit_unselected_resource_names", "true") not in plan.query.parameters:
        _name_resources(plan, messages, row)
    return row


def _name_resources(plan: Plan, messages: Messages, row: Message) -> None:
    """Google adds the resource name of everything that a query selects from."""
    for name in {plan.query.resource, *(column.resource for column in plan.columns)}:
        if name not in ("metrics", "segments"):
            getattr(row, name).resource_name = messages[name].resource_name
    if any(column.path.startswith("ad_group_ad.ad.") for column in plan.columns):
        row.ad_group_ad.ad.resource_name = messages["ad_group_ad"].ad.resource_name


def _summed(plan: Plan, parts: list[Sums]) -> Message:
    total = Sums()
    for part in parts:
        total.merge(part)
    row = ROW()
    fill_metrics(row.metrics, plan.names("metrics"), total)
    return row
