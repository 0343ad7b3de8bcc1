"""The one comparison of two specs: launching, changing, verifying and undoing are all of it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from core.common.money import Money
from platforms.spec.base import Node
from platforms.spec.campaign import CampaignSpec
from platforms.spec.changes.change_set import (
    Change,
    ChangeSet,
    Create,
    Direction,
    FieldChange,
    Replace,
    Retire,
    SetStatus,
    Update,
    in_order,
)
from platforms.spec.changes.mutability import Mutability
from platforms.spec.changes.nodes import CHILDREN, NodeKey, Placed, nodes_of, without_children

_AMOUNTS = frozenset({"budget.amount", "budget", "bid", "bidding.bid_cap", "bidding.target_cost"})


def diff(
    current: CampaignSpec | None,
    wanted: CampaignSpec | None,
    mutability: Mutability | None = None,
) -> ChangeSet:
    """What leads from `current` to `wanted`, in the order in which it is sent. None: no campaign.

    Equal specs give an empty set; `apply(diff(a, b), a) == b`. A field that `mutability` does not
    let change replaces its node. Raises ValueError for two different campaigns.
    """
    if current is not None and wanted is not None and current.reference != wanted.reference:
        raise ValueError(f"{current.reference} and {wanted.reference} are two campaigns")
    before = _by_key(current)
    after = _by_key(wanted)
    rules = mutability or Mutability()
    changes: list[Change] = []
    anew: set[str] = set()  # references of ad groups and campaigns that are replaced
    for key, placed in after.items():
        known = before.get(key)
        if known is None or _is_within(key, anew):
            changes += _created(placed)
        elif known.value is not placed.value:
            made = list(_changed(known, placed, rules))
            if any(isinstance(change, Replace) for change in made):
                anew.add(key.name)  # an ad's reference names no parent
            changes += made
    changes += _retired(before, after, anew)
    return in_order(changes)


def _by_key(spec: CampaignSpec | None) -> dict[NodeKey, Placed]:
    return {} if spec is None else {placed.key: placed for placed in nodes_of(spec)}


def _is_within(key: NodeKey, anew: set[str]) -> bool:
    """Whether it stands in a part that is replaced; a replaced campaign replaces its groups."""
    if key.within not in anew:
        return False
    if key.kind == "ad_group":
        anew.add(key.name)
    return True


def _created(placed: Placed) -> Iterator[Change]:
    node, switched_on = _paused_first(placed)
    yield Create(placed.key, node)
    yield from switched_on


def _paused_first(placed: Placed) -> tuple[Any, list[SetStatus]]:
    """The node as it is made, without its children and paused, and what switches it on later. What
    has no status is simply there."""
    node = without_children(placed.value)
    if getattr(node, "status", None) != "active":
        return node, []
    paused = node.model_copy(update={"status": "paused"})
    return paused, [SetStatus(placed.key, "paused", "active")]


def _retired(
    before: Mapping[NodeKey, Placed], after: Mapping[NodeKey, Placed], anew: set[str]
) -> Iterator[Change]:
    """The highest nodes that are left out: what is below them goes with them. So do the parts of a
    node that is replaced."""
    gone = {key for key in before if key not in after}
    names = {key.name for key in gone if key.kind in {"campaign", "ad_group"}} | anew
    yield from (Retire(key) for key in gone if key.within not in names)


def _changed(old: Placed, new: Placed, rules: Mutability) -> Iterator[Change]:
    if type(old.value) is not type(new.value):
        # An ad of another format is another ad.
        yield from _replaced(new, (FieldChange("format", old.value.format, new.value.format),))
        return
    fields = list(_fields(old.value, new.value, ""))
    fixed = [field for field in fields if not rules.allows(new.key.kind, field.path)]
    if fixed:
        yield from _replaced(new, tuple(fixed))
        return
    by_direction: defaultdict[Direction, list[FieldChange]] = defaultdict(list)
    for field in fields:
        if field.path == "status":
            yield SetStatus(new.key, field.old, field.new)
        else:
            by_direction[direction_of(field)].append(field)
    for direction, found in by_direction.items():
        yield Update(new.key, tuple(found), direction)


def _replaced(new: Placed, fixed: tuple[FieldChange, ...]) -> Iterator[Change]:
    node, switched_on = _paused_first(new)
    yield Replace(new.key, node, fixed)
    yield from switched_on


def _fields(old: Any, new: Any, path: str) -> Iterator[FieldChange]:
    """The smallest parts that differ. Parts of another type, or absent on one side, are one."""
    if old == new:
        return
    if not isinstance(old, Node) or type(old) is not type(new):
        yield FieldChange(path, old, new)
        return
    children = CHILDREN.get(type(old), frozenset())
    for name in type(old).model_fields:
        if name not in children:
            inner = f"{path}.{name}" if path else name
            yield from _fields(getattr(old, name), getattr(new, name), inner)


def direction_of(field: FieldChange) -> Direction:
    """Whether the change lowers or raises what can be spent, for the order alone: what may be
    spent is computed by the gate. In doubt it raises."""
    old, new = field.old, field.new
    if field.path in _AMOUNTS or field.path.startswith("budget"):
        if isinstance(old, Money) and isinstance(new, Money) and old.currency == new.currency:
            return "lowers" if new.amount < old.amount else "raises"
        return "raises"
    if field.path in {"schedule.start", "schedule.end"}:
        return _longer(field)
    return "neutral"


def _longer(field: FieldChange) -> Direction:
    old, new = field.old, field.new
    if not isinstance(old, dt.date) or not isinstance(new, dt.date):
        return "raises" if new is None else "lowers"  # None: without an end
    later = new > old
    return "raises" if later == (field.path == "schedule.end") else "lowers"
