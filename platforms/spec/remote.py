"""A campaign as a platform has it: as far as the plan language says it, and what it cannot say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from platforms.spec.ads import Media
from platforms.spec.campaign import CampaignSpec
from platforms.spec.errors import malformed
from platforms.types import Kind, RemoteStatus

ModelT = TypeVar("ModelT", bound=BaseModel)
NodeT = TypeVar("NodeT")


@dataclass(frozen=True)
class RemoteFile:
    """A picture or video of the platform's library, by the name that it was uploaded with."""

    name: str


@dataclass(frozen=True)
class KnownNodes:
    """What our rows know of a campaign: it tells our nodes from others'."""

    references: Mapping[str, str] = field(default_factory=dict)
    """Remote id to our reference, of campaign, ad groups and ads."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Reference to our name, of what has no name on the platform, as a search ad."""
    media: Callable[[RemoteFile], Media | None] = lambda _: None
    """Our asset of a file; None where it is none of ours."""


@dataclass(frozen=True)
class Unsupported:
    """What the platform has and the plan language cannot say; an update must not reset it."""

    path: str
    field: str
    """The vendor's."""
    value: str


@dataclass(frozen=True)
class OpaqueNode:
    """An ad group or ad that we did not make, or that the plan language cannot say: no difference
    creates, changes or retires it."""

    kind: Kind
    remote_id: str
    name: str
    status: RemoteStatus
    why: str


@dataclass(frozen=True)
class RemoteSpec:
    spec: CampaignSpec
    unsupported: tuple[Unsupported, ...] = ()
    opaque: tuple[OpaqueNode, ...] = ()


class NotSayable(Exception):
    """A node cannot be said in the plan language. Its text says why."""


def named(names: Mapping[Any, Any], value: Any, field: str) -> Any:
    """Our word for a vendor's value. Raises NotSayable."""
    if value not in names:
        raise NotSayable(f"has {field} {value}")
    return names[value]


@dataclass(frozen=True)
class RemoteNode:
    """What every ad group or ad has, whatever else it is."""

    kind: Kind
    remote_id: str
    name: str
    status: RemoteStatus
    reference: str
    """Ours as written there; empty where none is."""


class NodeReading:
    """Collects what the plan language cannot say while a campaign is read."""

    def __init__(self, known: KnownNodes) -> None:
        self.known = known
        self._unsupported: list[Unsupported] = []
        self._opaque: list[OpaqueNode] = []
        self._elsewhere = set(known.references.values())

    def note(self, path: str, field: str, value: object) -> None:
        """Nothing where the value is the vendor's default, which reads as empty or zero."""
        if value:
            self._unsupported.append(Unsupported(path, field, str(value)))

    def reference_of(self, remote_id: str, written: str) -> str:
        """Our row's, else the one that is written there, unless a row has it: a copy carries our
        reference too. Raises NotSayable."""
        found = self.known.references.get(remote_id)
        if found is None and written and written not in self._elsewhere:
            found = written
            self._elsewhere.add(written)
        if found is None:
            raise NotSayable("was made elsewhere")
        return found

    def node(self, node: RemoteNode, make: Callable[[str], NodeT]) -> NodeT | None:
        """What `make` makes of it by its reference; None where it is opaque."""
        try:
            return make(self.reference_of(node.remote_id, node.reference))
        except NotSayable as why:
            opaque = OpaqueNode(node.kind, node.remote_id, node.name, node.status, str(why))
            self._opaque.append(opaque)
            return None

    def media(self, file_name: str) -> Media:
        """Our asset of a file. Raises NotSayable."""
        found = self.known.media(RemoteFile(file_name))
        if found is None:
            raise NotSayable("shows a picture or video that is not in the library here")
        return found

    def build(self, model: type[ModelT], **values: Any) -> ModelT:
        """Raises NotSayable where a value is none that the plan language takes."""
        try:
            return model(**values)
        except ValidationError as error:
            raise NotSayable(f"has {malformed(error).problems[0]}") from error

    def result(self, spec: CampaignSpec) -> RemoteSpec:
        return RemoteSpec(spec, tuple(self._unsupported), tuple(self._opaque))
