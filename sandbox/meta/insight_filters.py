"""Which rows of insights `filtering` leaves, and which Meta leaves out by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sandbox.market.market import DayRow
from sandbox.meta import errors
from sandbox.meta import params as read
from sandbox.meta.graph import Graph, effective_status
from sandbox.meta.params import Params

HIDDEN = ("DELETED", "ARCHIVED")
_KINDS = ("campaign", "adset", "ad")
_LEVELS = ("account", *_KINDS)
_STATUSES = ("ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "IN_PROCESS", "WITH_ISSUES")
# Those of v26; a value that a kind does not have is refused.
EFFECTIVE_STATUSES = {
    "campaign": _STATUSES,
    "adset": (*_STATUSES, "CAMPAIGN_PAUSED"),
    "ad": (
        *(*_STATUSES, "CAMPAIGN_PAUSED", "ADSET_PAUSED", "PENDING_REVIEW", "DISAPPROVED"),
        *("PREAPPROVED", "PENDING_BILLING_INFO"),
    ),
}


@dataclass(frozen=True)
class Rule:
    """One element of `filtering`: a field of the campaign, ad set or ad behind each row."""

    kind: str
    field: str
    condition: Params


def parse(params: Params, level: str) -> list[Rule]:
    """Raises GraphError for a field that insights do not filter by, or a wrong value."""
    rules = []
    for condition in read.json_value(params, "filtering", list) or []:
        if not isinstance(condition, dict):
            raise errors.invalid("filtering must be a list of objects", "filtering")
        kind, _, field = str(condition.get("field", "")).partition(".")
        if kind not in _KINDS or field not in ("id", "name", "effective_status"):
            raise errors.invalid(
                f"Filtering field {condition.get('field')!r} is invalid at level {level}",
                "filtering",
            )
        if field == "effective_status":
            _check_statuses(kind, condition)
        matches_filter("", condition)  # the operator is checked even where there is no row
        rules.append(Rule(kind, field, condition))
    return rules


def _check_statuses(kind: str, condition: Params) -> None:
    values = condition.get("value")
    if str(condition.get("operator", "")).upper() != "IN" or not isinstance(values, list):
        raise errors.invalid("effective_status is filtered by IN and a list", "filtering")
    for value in values:
        if value not in EFFECTIVE_STATUSES[kind]:
            raise errors.not_one_of(f"{kind}.effective_status", EFFECTIVE_STATUSES[kind])


def shown(
    graph: Graph, rows: Iterable[DayRow], rules: list[Rule], level: str, kind: str
) -> list[DayRow]:
    """The rows that count. Below the node's own `kind`, what is deleted or archived is left out
    unless a rule names the status of that level."""
    named = any(rule.kind == level and rule.field == "effective_status" for rule in rules)
    hides = not named and _LEVELS.index(level) > _LEVELS.index(kind)

    @cache
    def value(of: str, field: str, key: str) -> str:
        return _value(graph, of, field, key)

    def counts(row: DayRow) -> bool:
        if hides and value(level, "effective_status", _key(row, level)) in HIDDEN:
            return False
        return all(
            matches_filter(value(rule.kind, rule.field, _key(row, rule.kind)), rule.condition)
            for rule in rules
        )

    return [row for row in rows if counts(row)]


def _key(row: DayRow, kind: str) -> str:
    return {"campaign": row.campaign_id, "adset": row.ad_group_id, "ad": row.ad_id}[kind]


def _value(graph: Graph, kind: str, field: str, key: str) -> str:
    world = graph.world
    tables: dict[str, Any] = {"campaign": world.campaigns, "adset": world.ad_groups}
    item = tables.get(kind, world.ads)[key]
    return effective_status(graph, item) if field == "effective_status" else getattr(item, field)


def matches_filter(actual: str, rule: Params) -> bool:
    """Whether a value matches one element of `filtering`. Raises GraphError on the operator."""
    operator, value = str(rule.get("operator", "")).upper(), rule.get("value")
    if operator in ("CONTAIN", "CONTAINS"):
        return str(value).casefold() in actual.casefold()
    if operator == "EQUAL":
        return actual == str(value)
    if operator == "IN" and isinstance(value, list):
        return actual in [str(item) for item in value]
    if operator == "NOT_IN" and isinstance(value, list):
        return actual not in [str(item) for item in value]
    raise errors.invalid(f"filtering: operator {operator or '(none)'} is not valid", "filtering")
