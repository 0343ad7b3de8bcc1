"""The resources of FROM clauses: their rows, joinable resources and metrics."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from google.ads.googleads.v26.resources.types import keyword_view  # noqa: TID251

from sandbox.google import kinds
from sandbox.google.kinds import Kind
from sandbox.google.query import account
from sandbox.google.query.keywords import keyword_keys, split_by_keyword
from sandbox.google.query.views import build_view
from sandbox.google.store import GoogleStore, last_part
from sandbox.market.market import DayRow

Message = Any
Messages = dict[str, Message]
MetricRows = Callable[[GoogleStore, list[DayRow]], Iterable[tuple[str, DayRow]]]


@dataclass
class Reader:
    """Reads the resources of one query, each once; `resources` are those that the query names."""

    store: GoogleStore
    customer_id: str
    resources: frozenset[str]
    health: bool
    cache: dict[tuple[str, str], Message | None] = field(default_factory=dict)

    @property
    def is_manager(self) -> bool:
        return self.customer_id != self.store.customer_id

    def view(self, kind: Kind, key: str) -> Message | None:
        cache_key = (kind.name, key)
        if cache_key not in self.cache:
            self.cache[cache_key] = build_view(self.store, kind, key, health=self.health)
        return self.cache[cache_key]


Rows = Callable[[Reader], Iterator[tuple[str, Messages]]]


@dataclass(frozen=True)
class Source:
    """`rows` yields (key, messages by resource name); `metric_rows` assigns market rows to keys."""

    rows: Rows
    joined: tuple[str, ...] = ()
    metric_rows: MetricRows | None = None


def _stored_rows(kind: Kind) -> Rows:
    def rows(reader: Reader) -> Iterator[tuple[str, Messages]]:
        if reader.is_manager:
            return
        for key in reader.store.keys(kind):
            message = reader.view(kind, key)
            if message is not None:
                yield key, _with_parents(reader, kind.name, message)

    return rows


def _with_parents(reader: Reader, name: str, message: Message) -> Messages:
    """The message with the parents that the query names."""
    messages = {name: message}
    fields = message.DESCRIPTOR.fields_by_name
    if "ad_group" in fields and reader.resources & {"ad_group", "campaign", "campaign_budget"}:
        messages["ad_group"] = reader.view(kinds.AD_GROUP, last_part(message.ad_group))
    child = message if "campaign" in fields else messages.get("ad_group")
    if child is not None and reader.resources & {"campaign", "campaign_budget"}:
        messages["campaign"] = reader.view(kinds.CAMPAIGN, last_part(child.campaign))
    if "campaign_budget" in reader.resources and "campaign" in messages:
        key = last_part(messages["campaign"].campaign_budget)
        messages["campaign_budget"] = reader.view(kinds.BUDGET, key)
    if "customer" in reader.resources:
        messages["customer"] = account.customer_message(reader.store, reader.customer_id)
    return messages


def _keywords(reader: Reader) -> Iterator[tuple[str, Messages]]:
    if reader.is_manager:
        return
    for key in keyword_keys(reader.store):
        criterion = reader.view(kinds.AD_GROUP_CRITERION, key)
        name = f"customers/{reader.customer_id}/keywordViews/{key}"
        messages = _with_parents(reader, "ad_group_criterion", criterion)
        yield key, messages | {"keyword_view": keyword_view.KeywordView.pb()(resource_name=name)}


def _customers(reader: Reader) -> Iterator[tuple[str, Messages]]:
    message = account.customer_message(reader.store, reader.customer_id)
    yield reader.customer_id, {"customer": message}


def _clients(reader: Reader) -> Iterator[tuple[str, Messages]]:
    for message in account.customer_clients(reader.store, reader.customer_id):
        messages = {"customer_client": message}
        if "customer" in reader.resources:
            messages["customer"] = account.customer_message(reader.store, reader.customer_id)
        yield str(message.id), messages


def _actions(reader: Reader) -> Iterator[tuple[str, Messages]]:
    if not reader.is_manager:
        for message in account.conversion_actions(reader.store):
            yield str(message.id), _with_parents(reader, "conversion_action", message)


def _geo(_: Reader) -> Iterator[tuple[str, Messages]]:
    return ((str(item.id), {"geo_target_constant": item}) for item in account.geo_targets())


def _languages(_: Reader) -> Iterator[tuple[str, Messages]]:
    return ((str(item.id), {"language_constant": item}) for item in account.languages())


def _keyed_by(key: Callable[[GoogleStore, DayRow], str]) -> MetricRows:
    return lambda store, rows: ((key(store, row), row) for row in rows)


def _budget_of(store: GoogleStore, row: DayRow) -> str:
    return str(store.world.campaigns[row.campaign_id].raw.get("budget", ""))


_AD_PARENTS = ("ad_group", "campaign", "customer")

SOURCES = {
    "campaign": Source(
        _stored_rows(kinds.CAMPAIGN),
        ("campaign_budget", "customer"),
        _keyed_by(lambda _, row: row.campaign_id),
    ),
    "campaign_budget": Source(_stored_rows(kinds.BUDGET), ("customer",), _keyed_by(_budget_of)),
    "ad_group": Source(
        _stored_rows(kinds.AD_GROUP),
        ("campaign", "customer"),
        _keyed_by(lambda _, row: row.ad_group_id),
    ),
    "ad_group_ad": Source(
        _stored_rows(kinds.AD),
        _AD_PARENTS,
        _keyed_by(lambda _, row: f"{row.ad_group_id}~{row.ad_id}"),
    ),
    "ad_group_criterion": Source(_stored_rows(kinds.AD_GROUP_CRITERION), _AD_PARENTS),
    "keyword_view": Source(_keywords, ("ad_group_criterion", *_AD_PARENTS), split_by_keyword),
    "campaign_criterion": Source(_stored_rows(kinds.CAMPAIGN_CRITERION), ("campaign", "customer")),
    "asset": Source(_stored_rows(kinds.ASSET), ("customer",)),
    "customer": Source(_customers, (), _keyed_by(lambda store, _: store.customer_id)),
    "customer_client": Source(_clients, ("customer",)),
    "conversion_action": Source(_actions, ("customer",)),
    "geo_target_constant": Source(_geo),
    "language_constant": Source(_languages),
}
