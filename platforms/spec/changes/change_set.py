"""The difference of two specs as an ordered list of changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from platforms.spec.changes.nodes import DEPTH, NodeKey

Direction = Literal["lowers", "neutral", "raises"]


@dataclass(frozen=True)
class FieldChange:
    """One field of a node, by its path within the node, such as budget.amount."""

    path: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Create:
    """A node that is made, without its children and paused; a SetStatus switches it on last."""

    key: NodeKey
    node: Any


@dataclass(frozen=True)
class Update:
    """Fields of one node. What lowers spend and what raises it are two updates."""

    key: NodeKey
    fields: tuple[FieldChange, ...]
    direction: Direction


@dataclass(frozen=True)
class Replace:
    """A node whose change the platform does not allow: the old one is retired and a new one made.
    Its children are created anew. `fields`: what forces it."""

    key: NodeKey
    node: Any
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class Retire:
    """A node that the wanted spec leaves out, with all below it: paused and kept, not removed."""

    key: NodeKey


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
    """Parents first; what lowers spend before what raises it; switching on last, the campaign after
    all others."""
    return ChangeSet(tuple(sorted(changes, key=_rank)))


def _rank(change: Change) -> tuple[int, int, NodeKey]:
    depth = DEPTH[change.key.kind]
    if isinstance(change, SetStatus):
        return (6, -depth, change.key) if change.new == "active" else (0, depth, change.key)
    if isinstance(change, Retire):
        return 1, -depth, change.key
    if isinstance(change, Update) and change.direction == "lowers":
        return 2, depth, change.key
    if isinstance(change, Create | Replace):
        return 3, depth, change.key
    if isinstance(change, Update) and change.direction == "neutral":
        return 4, depth, change.key
    return 5, depth, change.key
