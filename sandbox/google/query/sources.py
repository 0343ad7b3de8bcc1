"""Which resources a query can read FROM, what may be selected with them, and their rows."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from google.ads.googleads.v26.resources.types import keyword_view  # noqa: TID251

from sandbox.google import kinds
from sandbox.google.kinds import Kind
from sandbox.google.query import account
from sandbox.google.query.keywords import dealt, keyword_keys
from sandbox.google.query.views import view
from sandbox.google.store import Store, last_part
from sandbox.market.market import DayRow

Message = Any
Messages = dict[str, Message]
Figures = Callable[[Store, list[DayRow]], Iterable[tuple[str, DayRow]]]


@dataclass
class Reader:
    """One query under way: `wanted` resources are attached, each is read once."""

    store: Store
    customer_id: str
    wanted: frozenset[str]
    health: bool
    cache: dict[tuple[str, str], Message | None] = field(default_factory=dict)

    @property
    def of_manager(self) -> bool:
        return self.customer_id != self.store.customer_id

    def view(self, kind: Kind, key: str) -> Message | None:
        place = (kind.name, key)
        if place not in self.cache:
            self.cache[place] = view(self.store, kind, key, health=self.health)
        return self.cache[place]


Rows = Callable[[Reader], Iterator[tuple[str, Messages]]]


@dataclass(frozen=True)
class Source:
    """`rows` yields (key, messages by resource name); `figures` deals market rows to keys."""

    rows: Rows
    joined: tuple[str, ...] = ()
    figures: Figures | None = None


def _kept(kind: Kind) -> Rows:
    def rows(reader: Reader) -> Iterator[tuple[str, Messages]]:
        if reader.of_manager:
            return
        for key in reader.store.keys(kind):
            message = reader.view(kind, key)
            if message is not None:
                yield key, _attached(reader, kind.name, message)

    return rows


def _attached(reader: Reader, name: str, message: Message) -> Messages:
    """The message with the parents that the query names."""
    found = {name: message}
    fields = message.DESCRIPTOR.fields_by_name
    if "ad_group" in fields and reader.wanted & {"ad_group", "campaign", "campaign_budget"}:
        found["ad_group"] = reader.view(kinds.AD_GROUP, last_part(message.ad_group))
    holder = message if "campaign" in fields else found.get("ad_group")
    if holder is not None and reader.wanted & {"campaign", "campaign_budget"}:
        found["campaign"] = reader.view(kinds.CAMPAIGN, last_part(holder.campaign))
    if "campaign_budget" in reader.wanted and "campaign" in found:
        key = last_part(found["campaign"].campaign_budget)
        found["campaign_budget"] = reader.view(kinds.BUDGET, key)
    if "customer" in reader.wanted:
        found["customer"] = account.customer_message(reader.store, reader.customer_id)
    return found


def _keywords(reader: Reader) -> Iterator[tuple[str, Messages]]:
    if reader.of_manager:
        return
    for key in keyword_keys(reader.store):
        criterion = reader.view(kinds.AD_GROUP_CRITERION, key)
        name = f"customers/{reader.customer_id}/keywordViews/{key}"
        found = _attached(reader, "ad_group_criterion", criterion)
        yield key, found | {"keyword_view": keyword_view.KeywordView.pb()(resource_name=name)}


def _customers(reader: Reader) -> Iterator[tuple[str, Messages]]:
    message = account.customer_message(reader.store, reader.customer_id)
    yield reader.customer_id, {"customer": message}


def _clients(reader: Reader) -> Iterator[tuple[str, Messages]]:
    for message in account.customer_clients(reader.store, reader.customer_id):
        found = {"customer_client": message}
        if "customer" in reader.wanted:
            found["customer"] = account.customer_message(reader.store, reader.customer_id)
        yield str(message.id), found


def _actions(reader: Reader) -> Iterator[tuple[str, Messages]]:
    if not reader.of_manager:
        for message in account.conversion_actions(reader.store):
            yield str(message.id), _attached(reader, "conversion_action", message)


def _geo(_: Reader) -> Iterator[tuple[str, Messages]]:
    return ((str(item.id), {"geo_target_constant": item}) for item in account.geo_targets())


def _languages(_: Reader) -> Iterator[tuple[str, Messages]]:
    return ((str(item.id), {"language_constant": item}) for item in account.languages())


def _by(key: Callable[[Store, DayRow], str]) -> Figures:
    return lambda store, rows: ((key(store, row), row) for row in rows)


def _budget_of(store: Store, row: DayRow) -> str:
    return str(store.world.campaigns[row.campaign_id].raw.get("budget", ""))


_AD_PARENTS = ("ad_group", "campaign", "customer")

SOURCES = {
    "campaign": Source(
        _kept(kinds.CAMPAIGN),
        ("campaign_budget", "customer"),
        _by(lambda _, row: row.campaign_id),
    ),
    "campaign_budget": Source(_kept(kinds.BUDGET), ("customer",), _by(_budget_of)),
    "ad_group": Source(
        _kept(kinds.AD_GROUP), ("campaign", "customer"), _by(lambda _, row: row.ad_group_id)
    ),
    "ad_group_ad": Source(
        _kept(kinds.AD), _AD_PARENTS, _by(lambda _, row: f"{row.ad_group_id}~{row.ad_id}")
    ),
    "ad_group_criterion": Source(_kept(kinds.AD_GROUP_CRITERION), _AD_PARENTS),
    "keyword_view": Source(_keywords, ("ad_group_criterion", *_AD_PARENTS), dealt),
    "campaign_criterion": Source(_kept(kinds.CAMPAIGN_CRITERION), ("campaign", "customer")),
    "asset": Source(_kept(kinds.ASSET), ("customer",)),
    "customer": Source(_customers, (), _by(lambda store, _: store.customer_id)),
    "customer_client": Source(_clients, ("customer",)),
    "conversion_action": Source(_actions, ("customer",)),
    "geo_target_constant": Source(_geo),
    "language_constant": Source(_languages),
}
