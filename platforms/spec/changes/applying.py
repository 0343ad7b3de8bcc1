"""A ChangeSet carried out on a spec: the spec that it leads to."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Any

from platforms.spec.base import Node
from platforms.spec.campaign import CampaignSpec
from platforms.spec.changes.change_set import Change, ChangeSet, Create, Replace, Retire, SetStatus
from platforms.spec.changes.nodes import CHILDREN, NodeKey, NodeKind, nodes_of, without_children
from platforms.spec.targeting import Targeting
from platforms.spec.text import parse_spec, serialise

_PLURALS: dict[NodeKind, str] = {
    "extension": "extensions",
    "keyword": "keywords",
    "negative_keyword": "negative_keywords",
    "audience": "audiences",
    "ad": "ads",
}
Nodes = dict[NodeKey, Any]


def apply(changes: ChangeSet, spec: CampaignSpec | None) -> CampaignSpec | None:
    """The spec after all of `changes`. Raises SpecMalformed where that is no spec, KeyError where a
    change names a node that is not there."""
    [nodes] = deque(steps(changes, spec), maxlen=1)
    return _assembled(nodes)


def steps(changes: ChangeSet, spec: CampaignSpec | None) -> Iterator[Nodes]:
    """The nodes before the first change and after each one: always the same dictionary."""
    nodes: Nodes = {}
    if spec is not None:
        nodes = {placed.key: without_children(placed.value) for placed in nodes_of(spec)}
    yield nodes
    for change in changes.changes:
        _carry_out(change, nodes)
        yield nodes


def _carry_out(change: Change, nodes: Nodes) -> None:
    if isinstance(change, Create):
        nodes[change.key] = change.node
    elif isinstance(change, Replace):
        _remove(nodes, change.key)
        nodes[change.new_key] = change.node
    elif isinstance(change, Retire):
        _remove(nodes, change.key)
    elif isinstance(change, SetStatus):
        nodes[change.key] = _set(nodes[change.key], ["status"], change.new)
    else:
        for field in change.fields:
            nodes[change.key] = _set(nodes[change.key], field.path.split("."), field.new)


def _remove(nodes: Nodes, key: NodeKey) -> None:
    """The node and all below it."""
    del nodes[key]
    if key.kind in {"campaign", "ad_group"}:
        for child in [found for found in nodes if found.within == key.name]:
            _remove(nodes, child)


def _set(node: Node, path: list[str], value: Any) -> Node:
    name, *rest = path
    inner = _set(getattr(node, name), rest, value) if rest else value
    return node.model_copy(update={name: inner})


def _assembled(nodes: Nodes) -> CampaignSpec | None:
    """The tree of its nodes, checked as if it had been read."""
    inside: defaultdict[str, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    campaign: CampaignSpec | None = None
    for key, node in nodes.items():
        if key.kind == "campaign":
            campaign = node
        elif key.kind != "ad_group":
            inside[key.within][_PLURALS[key.kind]].append(node)
    if campaign is None:
        return None
    groups = []
    for key, group in nodes.items():
        if key.kind == "ad_group":
            found = inside[group.reference]
            targeting = {name: tuple(found[name]) for name in CHILDREN[Targeting]}
            inner = group.targeting.model_copy(update=targeting)
            update = {"ads": tuple(found["ads"]), "targeting": inner}
            groups.append(group.model_copy(update=update))
    extensions = tuple(inside[campaign.reference]["extensions"])
    whole = campaign.model_copy(update={"ad_groups": tuple(groups), "extensions": extensions})
    return parse_spec(serialise(whole))
