"""The one comparison of two specs: launching, changing, verifying and undoing are all of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from platforms.spec.base import Node
from platforms.spec.campaign import CampaignSpec
from platforms.spec.changes.change_set import (
    Change,
    ChangeSet,
    Create,
    FieldChange,
    Replace,
    Retire,
    SetStatus,
    Update,
    in_order,
)
from platforms.spec.changes.direction import Direction, direction_of
from platforms.spec.changes.live_parts import LiveParts
from platforms.spec.changes.mutability import Mutability
from platforms.spec.changes.nodes import (
    CHILDREN,
    NodeKey,
    Placed,
    nodes_of,
    parent_kind,
    without_children,
)
from platforms.spec.changes.references import NewReferences

Parent = tuple[str, str]  # kind and reference


def diff(
    current: CampaignSpec | None,
    wanted: CampaignSpec | None,
    mutability: Mutability | None = None,
    taken: Collection[str] = (),
) -> ChangeSet:
    """What leads from `current` to `wanted`, in the order in which it is sent. None: no campaign.

    Equal specs give an empty set; `apply(diff(a, b), a) == b`, but for the references of nodes that
    are replaced or moved: these get new ones, since what they leave behind stays on the platform
    under the old one. `taken`: references of nodes that were retired before. A field that
    `mutability` does not let change replaces its node. Raises ValueError for two different
    campaigns.
    """
    _check_one_campaign(current, wanted)
    before, after = _by_key(current), _by_key(wanted)
    rules, parts = mutability or Mutability(), LiveParts(before, after, wanted)
    names = NewReferences(before, [*before, *after], taken)
    changes: list[Change] = []
    kept: set[NodeKey] = set()
    made: dict[Parent, str] = {}  # campaigns and ad groups that are new, and their references
    for key, placed in after.items():
        parent = made.get((parent_kind(key), key.within))
        known = before.get(key) if parent is None else None
        if known is not None:
            found = list(_changed(known, placed, rules, names))
            kept.add(key)
            changes += found
            replaced = next((one for one in found if isinstance(one, Replace)), None)
            if replaced is not None:
                made[key.kind, key.name] = replaced.new_key.name
            continue
        node = names.renamed(placed.value)
        name = getattr(node, "reference", key.name)
        new = Placed(NodeKey(key.kind, key.within if parent is None else parent, name), node)
        made[key.kind, key.name] = name
        direction = parts.on_create(key) if parent is None else "neutral"
        changes += _created(new, direction)
    changes += _retired(before, kept, made, parts)
    return in_order(changes)


def _check_one_campaign(current: CampaignSpec | None, wanted: CampaignSpec | None) -> None:
    if current is None or wanted is None:
        return
    if (current.reference, current.platform) != (wanted.reference, wanted.platform):
        raise ValueError(
            f"{current.reference} and {wanted.reference} are two campaigns, on "
            f"{current.platform} and {wanted.platform}"
        )


def _by_key(spec: CampaignSpec | None) -> dict[NodeKey, Placed]:
    return {} if spec is None else {placed.key: placed for placed in nodes_of(spec)}


def _created(placed: Placed, direction: Direction) -> Iterator[Change]:
    node, switched_on = _paused_first(placed)
    yield Create(placed.key, node, direction)
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
    before: Mapping[NodeKey, Placed],
    kept: set[NodeKey],
    made: Mapping[Parent, str],
    parts: LiveParts,
) -> Iterator[Change]:
    """The highest nodes that are left out: what is below them goes with them. So do the parts of a
    node that is replaced."""
    gone = {(key.kind, key.name) for key in before if key not in kept}
    for key in before:
        parent = (parent_kind(key), key.within)
        if key not in kept and parent not in gone and parent not in made:
            yield Retire(key, parts.on_retire(key))


def _changed(old: Placed, new: Placed, rules: Mutability, names: NewReferences) -> Iterator[Change]:
    if old.value is new.value:
        return
    if type(old.value) is not type(new.value):
        # An ad of another format is another ad.
        formats = FieldChange("format", old.value.format, new.value.format)
        yield from _replaced(old, new, (formats,), names)
        return
    fields = list(_fields(old.value, new.value, ""))
    fixed = [field for field in fields if not rules.allows(new.key.kind, field.path)]
    if fixed:
        yield from _replaced(old, new, tuple(fixed), names)
        return
    together: defaultdict[str, list[FieldChange]] = defaultdict(list)
    for field in fields:
        if field.path == "status":
            yield SetStatus(new.key, field.old, field.new)
        else:
            together[_part_of(old, new, field.path)].append(field)
    by_direction: defaultdict[Direction, list[FieldChange]] = defaultdict(list)
    for found in together.values():
        by_direction[_direction(old, new, found)].extend(found)
    for direction, changed in by_direction.items():
        yield Update(new.key, tuple(changed), direction)


def _direction(old: Placed, new: Placed, fields: list[FieldChange]) -> Direction:
    return direction_of(new.key.kind, [field.path for field in fields], old.value, new.value)


def _part_of(old: Placed, new: Placed, path: str) -> str:
    """What is changed together, since a part of it alone may be refused, or cost more than either
    end: all of a budget, of the days, of a target, of an ad."""
    first = path.split(".")[0]
    if new.key.kind not in {"campaign", "ad_group"}:
        return ""
    if new.key.kind == "campaign":
        if first in {"conversion", "bidding"}:
            return "bidding"
        if "flight" in (old.value.budget.period, new.value.budget.period):
            return "budget" if first == "schedule" else first  # a flight needs its end
    return first


def _replaced(
    old: Placed, new: Placed, fixed: tuple[FieldChange, ...], names: NewReferences
) -> Iterator[Change]:
    value = names.renamed(new.value)
    key = NodeKey(new.key.kind, new.key.within, getattr(value, "reference", new.key.name))
    node, switched_on = _paused_first(Placed(key, value))
    direction: Direction = "neutral"
    if not hasattr(value, "status"):
        direction = _direction(old, new, list(_fields(old.value, new.value, "")))
    yield Replace(old.key, node, fixed, direction)
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
