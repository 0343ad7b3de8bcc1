"""Lists of the Meta emulator: edges of nodes, filters, pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from sandbox.meta import errors, fields, insights
from sandbox.meta import params as read
from sandbox.meta.fields import Node
from sandbox.meta.graph import Graph
from sandbox.meta.nodes import account as meta_account
from sandbox.meta.nodes import creatives, media, videos, views
from sandbox.meta.params import Params

_DEFAULT_LIMIT = 25
_MOST = 5000
_HIDDEN = ("DELETED", "ARCHIVED")


def listed(graph: Graph, node: str, kind: str, edge: str, params: Params) -> list[Any] | None:
    """The nodes or plain rows of an edge; None when this kind of node has no such edge."""
    for table in (_OBJECTS, _HELPERS, _ROWS):
        supply = table.get((kind, edge)) or table.get(("*", edge))
        if supply is not None:
            found = supply(graph, node, params)
            return [item for item in found if _passes(item, params)] if table is _OBJECTS else found
    return None


def page(items: Sequence[Any], params: Params, url: str, sent: dict[str, str]) -> dict[str, Any]:
    """One page with cursors; `next` only when more rows exist. Raises GraphError."""
    limit = read.whole(params, "limit")
    limit = _DEFAULT_LIMIT if limit is None else min(limit, _MOST)
    begin = _position(params)
    chosen = items[begin : begin + limit]
    wanted = fields.parse(read.fields_of(params))
    data = [fields.show(i, wanted) if isinstance(i, Node) else i for i in chosen]
    answer: dict[str, Any] = {"data": data}
    if chosen:
        after = _cursor(begin + len(chosen))
        answer["paging"] = {"cursors": {"before": _cursor(begin), "after": after}}
        if begin + len(chosen) < len(items):
            answer["paging"]["next"] = f"{url}?{urlencode({**sent, 'after': after})}"
    return answer


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode()


def _position(params: Params) -> int:
    cursor = read.text(params, "after")
    if cursor is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("at:"))
    except (ValueError, binascii.Error):
        raise errors.invalid("Invalid cursors values", "after") from None


def _passes(node: Node, params: Params) -> bool:
    """`effective_status` and `filtering`; what was deleted shows only when asked for."""
    effective = str(_value(node, "effective_status"))
    asked = read.structure(params, "effective_status", list)
    rules = read.structure(params, "filtering", list) or []
    names = [str(rule.get("field", "")).rpartition(".")[2] for rule in rules]
    if asked is not None and effective not in asked:
        return False
    if asked is None and "effective_status" not in names and effective in _HIDDEN:
        return False
    return all(
        insights.matches(str(_value(node, name)), rule)
        for name, rule in zip(names, rules)
        if name in node.fields
    )


def _value(node: Node, name: str) -> Any:
    value = node.fields[name]
    return value() if callable(value) else value


Supply = Callable[[Graph, str, Params], list[Any]]


def _campaigns(graph: Graph, node: str, params: Params) -> list[Any]:
    found = graph.world.list_campaigns(graph.account.id)
    return [views.campaign_view(graph, item) for item in reversed(found)]


def _ad_sets(graph: Graph, node: str, params: Params) -> list[Any]:
    campaign = None if node.startswith("act_") else node
    found = graph.world.list_ad_groups(graph.account.id, campaign)
    return [views.ad_set_view(graph, item) for item in reversed(found)]


def _ads(graph: Graph, node: str, params: Params) -> list[Any]:
    world, account = graph.world, graph.account.id
    if node.startswith("act_"):
        found = world.list_ads(account)
    elif node in world.ad_groups:
        found = world.list_ads(account, ad_group_id=node)
    else:
        found = world.list_ads(account, campaign_id=node)
    return [views.ad_view(graph, item) for item in reversed(found)]


def _creatives(graph: Graph, node: str, params: Params) -> list[Any]:
    found = list(graph.world.list_objects("meta", "creatives").values())
    if not node.startswith("act_"):
        ad = graph.ad(node)
        found = [item for item in found if item["id"] == ad.raw.get("creative_id")]
    return [creatives.view(graph, item) for item in reversed(found)]


def _images(graph: Graph, node: str, params: Params) -> list[Any]:
    asked = read.structure(params, "hashes", list)
    found = graph.world.list_objects("meta", "images").values()
    return [
        media.image_view(graph, item) for item in found if asked is None or item["hash"] in asked
    ]


def _thumbnails(graph: Graph, node: str, params: Params) -> list[Any]:
    uri = f"https://sandbox.invalid/video/{node}.jpg"
    return [{"id": node, "uri": uri, "is_preferred": True, "width": 1280, "height": 720}]


def _reach(graph: Graph, node: str, params: Params) -> list[Any]:
    size = meta_account.delivery_estimate(params)
    bounds = {"users_lower_bound": size["lower"], "users_upper_bound": size["upper"]}
    return [{**bounds, "estimate_ready": True}]


def _estimate(graph: Graph, node: str, params: Params) -> list[Any]:
    size = meta_account.delivery_estimate(params)
    bounds = {
        "estimate_mau_lower_bound": size["lower"],
        "estimate_mau_upper_bound": size["upper"],
    }
    return [{**bounds, "estimate_ready": True}]


_OBJECTS: dict[tuple[str, str], Supply] = {
    ("account", "campaigns"): _campaigns,
    ("account", "adsets"): _ad_sets,
    ("campaign", "adsets"): _ad_sets,
    ("account", "ads"): _ads,
    ("campaign", "ads"): _ads,
    ("adset", "ads"): _ads,
}
_HELPERS: dict[tuple[str, str], Supply] = {
    ("account", "adcreatives"): _creatives,
    ("ad", "adcreatives"): _creatives,
    ("account", "adimages"): _images,
    ("account", "advideos"): videos.listed,
    ("account", "adspixels"): lambda graph, node, params: [meta_account.pixel_view(graph)],
    ("account", "promote_pages"): lambda graph, node, params: [meta_account.page_view(graph)],
    ("me", "accounts"): lambda graph, node, params: [meta_account.page_view(graph)],
    ("me", "adaccounts"): lambda graph, node, params: [meta_account.account_view(graph)],
    ("video", "thumbnails"): _thumbnails,
}
_ROWS: dict[tuple[str, str], Supply] = {
    ("account", "minimum_budgets"): lambda graph, node, params: meta_account.minimum_budgets(
        graph, params
    ),
    ("account", "delivery_estimate"): _estimate,
    ("account", "reachestimate"): _reach,
    ("pixel", "stats"): lambda graph, node, params: meta_account.pixel_stats(graph),
}


def _insights(kind: str) -> Supply:
    def supply(graph: Graph, node: str, params: Params) -> list[Any]:
        asked = {k: v for k, v in params.items() if k not in ("after", "limit", "access_token")}
        key = f"{node} {sorted(asked.items(), key=str)}"
        return graph.list_cache.get(
            key, "after" not in params, lambda: insights.rows(graph, node, kind, params)
        )

    return supply


_ROWS |= {(kind, "insights"): _insights(kind) for kind in ("account", "campaign", "adset", "ad")}
