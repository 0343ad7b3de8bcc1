"""The difference of two specs as an ordered list of changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from platforms.spec.changes.direction import Direction
from platforms.spec.changes.nodes import DEPTH, NodeKey


@dataclass(frozen=True)
class FieldChange:
    """One field of a node, by its path within the node, such as budget.amount."""

    path: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Create:
    """A node that is made, without its children and paused; a SetStatus switches it on last. What
    has no status is live at once in a parent that exists: its direction says what that does."""

    key: NodeKey
    node: Any
    direction: Direction = "neutral"


@dataclass(frozen=True)
class Update:
    """Fields of one node that belong together, by their joint effect. Fields that have nothing to
    do with each other are one update where they have one direction."""

    key: NodeKey
    fields: tuple[FieldChange, ...]
    direction: Direction


@dataclass(frozen=True)
class Replace:
    """A node whose change the platform does not allow: the old one is retired and a new one made.
    Its children are created anew. `fields`: what forces it. `key` is the old node's; the new one
    has a reference of its own, as the old one stays, retired, on the platform."""

    key: NodeKey
    node: Any
    fields: tuple[FieldChange, ...]
    direction: Direction = "neutral"

    @property
    def new_key(self) -> NodeKey:
        name = getattr(self.node, "reference", self.key.name)
        return NodeKey(self.key.kind, self.key.within, name)


@dataclass(frozen=True)
class Retire:
    """A node that the wanted spec leaves out, with all below it: paused and kept, not removed.
    Without something that excludes people, the ads are shown to more of them."""

    key: NodeKey
    direction: Direction = "lowers"


@dataclass(frozen=True)
class SetStatus:
    key: NodeKey
    old: str
    new: str


Change = Create | Update | Replace | Retire | SetStatus


@dataclass(frozen=True)
class ChangeSet:
    changes: tuple[Change, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.changes

    @property
    def replaced(self) -> tuple[Replace, ...]:
        """What loses its learning, its history and its part in tests."""
        return tuple(change for change in self.changes if isinstance(change, Replace))


def in_order(changes: list[Change]) -> ChangeSet:
    """What lowers before what raises, parents first, switching on last, the campaign after all
    others."""
    return ChangeSet(tuple(sorted(changes, key=_rank)))


def _rank(change: Change) -> tuple[int, int, NodeKey]:
    depth = DEPTH[change.key.kind]
    if isinstance(change, SetStatus):
        return (8, -depth, change.key) if change.new == "active" else (0, depth, change.key)
    if isinstance(change, Retire):
        # Where one thing that limits takes the place of another, the new one is there first.
        return (1 if change.direction == "lowers" else 7), -depth, change.key
    if change.direction == "lowers":
        return 2, depth, change.key
    if change.direction == "raises":
        return 6, depth, change.key
    if isinstance(change, Replace):
        return 3, depth, change.key
    return (4 if isinstance(change, Create) else 5), depth, change.key
