"""A spec as its nodes: campaign, ad groups, ads, and what a platform keeps one by one.

A node is known by its reference; keywords, audiences and extensions by their content within their
parent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from platforms.spec.base import Node
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.targeting import Keyword, NegativeKeyword, Targeting

NodeKind = Literal[
    "campaign", "extension", "ad_group", "keyword", "negative_keyword", "audience", "ad"
]
DEPTH: dict[NodeKind, int] = {
    "campaign": 0,
    "extension": 1,
    "ad_group": 1,
    "keyword": 2,
    "negative_keyword": 2,
    "audience": 2,
    "ad": 2,
}
REFERRED: frozenset[NodeKind] = frozenset({"campaign", "ad_group", "ad"})
"""Kinds that are known by a reference of ours."""
CHILDREN: dict[type[Node], frozenset[str]] = {
    CampaignSpec: frozenset({"ad_groups", "extensions"}),
    AdGroupSpec: frozenset({"ads"}),
    Targeting: frozenset({"keywords", "negative_keywords", "audiences"}),
}
"""Fields that hold nodes of their own; they are no fields of their parent."""


@dataclass(frozen=True, order=True)
class NodeKey:
    kind: NodeKind
    within: str
    """The reference of the ad group, or of the campaign; empty for the campaign itself."""
    name: str
    """The reference, or what tells this node from its like."""


@dataclass(frozen=True)
class Placed:
    """A node, and where it is."""

    key: NodeKey
    value: Any


def nodes_of(spec: CampaignSpec) -> Iterator[Placed]:
    """Parents before children."""
    yield Placed(NodeKey("campaign", "", spec.reference), spec)
    for extension in spec.extensions:
        key = NodeKey("extension", spec.reference, extension.model_dump_json())
        yield Placed(key, extension)
    for group in spec.ad_groups:
        yield Placed(NodeKey("ad_group", spec.reference, group.reference), group)
        yield from _parts_of(group)


def _parts_of(group: AdGroupSpec) -> Iterator[Placed]:
    within, targeting = group.reference, group.targeting
    for keyword in targeting.keywords:
        yield Placed(NodeKey("keyword", within, _words(keyword)), keyword)
    for negative in targeting.negative_keywords:
        yield Placed(NodeKey("negative_keyword", within, _words(negative)), negative)
    for audience in targeting.audiences:
        yield Placed(NodeKey("audience", within, audience.remote_id), audience)
    for ad in group.ads:
        yield Placed(NodeKey("ad", within, ad.reference), ad)


def _words(keyword: Keyword | NegativeKeyword) -> str:
    return f"{keyword.match}:{keyword.text}"


def parent_kind(key: NodeKey) -> NodeKind:
    return "campaign" if DEPTH[key.kind] < 2 else "ad_group"


def without_children(node: Any) -> Any:
    """The node with its own fields alone."""
    update: dict[str, Any] = dict.fromkeys(CHILDREN.get(type(node), ()), ())
    if isinstance(node, AdGroupSpec):
        update["targeting"] = without_children(node.targeting)
    return node.model_copy(update=update) if update else node
