"""Edges of the Meta emulator's nodes: lists with filters and pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from sandbox.meta import errors, fields, insight_filters, insights
from sandbox.meta import params as read
from sandbox.meta.fields import Node
from sandbox.meta.graph import Graph
from sandbox.meta.nodes import account as meta_account
from sandbox.meta.nodes import creatives, media, videos, views
from sandbox.meta.params import Params

_DEFAULT_LIMIT = 25
_MAX_LIMIT = 5000


def list_edge(graph: Graph, node: str, kind: str, edge: str, params: Params) -> list[Any] | None:
    """The nodes or rows of an edge; None when this kind of node has no such edge."""
    for table in (_OBJECTS, _HELPERS, _ROWS):
        list_items = table.get((kind, edge)) or table.get(("*", edge))
        if list_items is not None:
            items = list_items(graph, node, params)
            if table is not _OBJECTS:
                return items
            return [item for item in items if _matches_filters(item, params)]
    return None


def build_page(
    items: Sequence[Any], params: Params, url: str, query: dict[str, str]
) -> dict[str, Any]:
    """One page with cursors; `next` only when there are more rows. Raises GraphError."""
    limit = read.integer(params, "limit")
    limit = _DEFAULT_LIMIT if limit is None else min(limit, _MAX_LIMIT)
    begin = _parse_cursor(params)
    page_items = items[begin : begin + limit]
    requested = fields.parse_fields(read.field_list(params))
    data = [fields.node_json(i, requested) if isinstance(i, Node) else i for i in page_items]
    answer: dict[str, Any] = {"data": data}
    if page_items:
        after = _cursor(begin + len(page_items))
        answer["paging"] = {"cursors": {"before": _cursor(begin), "after": after}}
        if begin + len(page_items) < len(items):
            answer["paging"]["next"] = f"{url}?{urlencode({**query, 'after': after})}"
    return answer


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode()


def _parse_cursor(params: Params) -> int:
    cursor = read.text(params, "after")
    if cursor is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("at:"))
    except (ValueError, binascii.Error):
        raise errors.invalid("Invalid cursors values", "after") from None


def _matches_filters(node: Node, params: Params) -> bool:
    """Whether the node matches `effective_status` and `filtering`. Archived ones come only on
    request and deleted ones never: they are read by their ids. (Marketing API, ad object status)"""
    effective = str(_field_value(node, "effective_status"))
    if effective == "DELETED":
        return False
    statuses = read.json_value(params, "effective_status", list)
    rules = read.json_value(params, "filtering", list) or []
    names = [_filtered_field(node, rule) for rule in rules]
    if statuses is not None and effective not in statuses:
        return False
    if statuses is None and "effective_status" not in names and effective == "ARCHIVED":
        return False
    return all(
        insight_filters.matches_filter(str(_field_value(node, name)), rule)
        for name, rule in zip(names, rules, strict=True)
    )


def _filtered_field(node: Node, rule: Any) -> str:
    """The node's field that an element of `filtering` names. Raises GraphError for another one."""
    given = rule.get("field") if isinstance(rule, dict) else None
    name = str(given or "").rpartition(".")[2]
    if name not in node.fields:
        raise errors.invalid(f"Filtering field {given!r} is invalid", "filtering")
    return name


def _field_value(node: Node, name: str) -> Any:
    value = node.fields[name]
    return value() if callable(value) else value


ListItems = Callable[[Graph, str, Params], list[Any]]


def _list_campaigns(graph: Graph, node: str, params: Params) -> list[Any]:
    found = graph.world.list_campaigns(graph.account.id)
    return [views.campaign_view(graph, item) for item in reversed(found)]


def _list_ad_sets(graph: Graph, node: str, params: Params) -> list[Any]:
    campaign = None if node.startswith("act_") else node
    found = graph.world.list_ad_groups(graph.account.id, campaign)
    return [views.ad_set_view(graph, item) for item in reversed(found)]


def _list_ads(graph: Graph, node: str, params: Params) -> list[Any]:
    world, account = graph.world, graph.account.id
    if node.startswith("act_"):
        found = world.list_ads(account)
    elif node in world.ad_groups:
        found = world.list_ads(account, ad_group_id=node)
    else:
        found = world.list_ads(account, campaign_id=node)
    return [views.ad_view(graph, item) for item in reversed(found)]


def _list_creatives(graph: Graph, node: str, params: Params) -> list[Any]:
    found = list(graph.world.list_objects("meta", "creatives").values())
    if not node.startswith("act_"):
        ad = graph.ad(node)
        found = [item for item in found if item["id"] == ad.raw.get("creative_id")]
    return [creatives.creative_view(graph, item) for item in reversed(found)]


def _list_images(graph: Graph, node: str, params: Params) -> list[Any]:
    hashes = read.json_value(params, "hashes", list)
    found = graph.world.list_objects("meta", "images").values()
    return [
        media.image_view(graph, item) for item in found if hashes is None or item["hash"] in hashes
    ]


def _list_thumbnails(graph: Graph, node: str, params: Params) -> list[Any]:
    uri = f"https://sandbox.invalid/video/{node}.jpg"
    return [{"id": node, "uri": uri, "is_preferred": True, "width": 1280, "height": 720}]


def _reach_estimate(graph: Graph, node: str, params: Params) -> list[Any]:
    size = meta_account.audience_size(params)
    bounds = {"users_lower_bound": size["lower"], "users_upper_bound": size["upper"]}
    return [{**bounds, "estimate_ready": True}]


def _delivery_estimate(graph: Graph, node: str, params: Params) -> list[Any]:
    size = meta_account.audience_size(params)
    bounds = {
        "estimate_mau_lower_bound": size["lower"],
        "estimate_mau_upper_bound": size["upper"],
    }
    return [{**bounds, "estimate_ready": True}]


_OBJECTS: dict[tuple[str, str], ListItems] = {
    ("account", "campaigns"): _list_campaigns,
    ("account", "adsets"): _list_ad_sets,
    ("campaign", "adsets"): _list_ad_sets,
    ("account", "ads"): _list_ads,
    ("campaign", "ads"): _list_ads,
    ("adset", "ads"): _list_ads,
}
_HELPERS: dict[tuple[str, str], ListItems] = {
    ("account", "adcreatives"): _list_creatives,
    ("ad", "adcreatives"): _list_creatives,
    ("account", "adimages"): _list_images,
    ("account", "advideos"): videos.list_videos,
    ("account", "adspixels"): lambda graph, node, params: [meta_account.pixel_view(graph)],
    ("account", "promote_pages"): lambda graph, node, params: [meta_account.page_view(graph)],
    ("me", "accounts"): lambda graph, node, params: [meta_account.page_view(graph)],
    ("me", "adaccounts"): lambda graph, node, params: [meta_account.account_view(graph)],
    ("video", "thumbnails"): _list_thumbnails,
}
_ROWS: dict[tuple[str, str], ListItems] = {
    ("account", "minimum_budgets"): lambda graph, node, params: meta_account.minimum_budgets(
        graph, params
    ),
    ("account", "delivery_estimate"): _delivery_estimate,
    ("account", "reachestimate"): _reach_estimate,
    ("pixel", "stats"): lambda graph, node, params: meta_account.pixel_stats(graph),
}


def _insights(kind: str) -> ListItems:
    def list_items(graph: Graph, node: str, params: Params) -> list[Any]:
        query = {k: v for k, v in params.items() if k not in ("after", "limit", "access_token")}
        key = f"{node} {sorted(query.items(), key=str)}"
        return graph.list_cache.get(
            key, "after" not in params, lambda: insights.insight_rows(graph, node, kind, params)
        )

    return list_items


_ROWS |= {(kind, "insights"): _insights(kind) for kind in ("account", "campaign", "adset", "ad")}
