"""Routes of the Graph API: which function serves which call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sandbox.http.webapp import Upload
from sandbox.meta import edges, errors, fields, insights
from sandbox.meta import params as read
from sandbox.meta.fields import Node
from sandbox.meta.graph import Graph
from sandbox.meta.nodes import account as meta_account
from sandbox.meta.nodes import ads, adsets, campaigns, creatives, interests, media, videos, views
from sandbox.meta.params import Params

_ENTITY_KINDS = ("campaign", "adset", "ad")
# Edges whose rows are not nodes, so `fields` does not select node fields.
_ROW_EDGES = ("insights", "minimum_budgets", "delivery_estimate", "reachestimate", "stats")


@dataclass(frozen=True)
class GraphCall:
    """One Graph call: `path` without version and slashes; `url` for the next page."""

    method: str
    path: str
    params: Params
    files: list[Upload]
    url: str
    query: dict[str, str]

    @property
    def node(self) -> str:
        return self.path.partition("/")[0]

    @property
    def edge(self) -> str:
        return self.path.partition("/")[2]


def operation_of(graph: Graph, call: GraphCall) -> str:
    """The name of this call for faults: "campaigns.create", "ad.update", "campaigns.validate"..."""
    if call.edge in ("insights", "search") or call.path == "search":
        return f"{call.edge or call.path}.read"
    if "validate_only" in str(call.params.get("execution_options", "")):
        return f"{call.edge or kind_of(graph, call.node)}.validate"
    if call.edge:
        return f"{call.edge}.{'create' if call.method == 'POST' else 'read'}"
    verb = {"POST": "update", "DELETE": "delete"}.get(call.method, "read")
    return f"{kind_of(graph, call.node)}.{verb}"


def kind_of(graph: Graph, node: str) -> str:
    world, account = graph.world, graph.account
    fixed_kinds = {f"act_{account.id}": "account", "me": "me"}
    fixed_kinds |= {account.page_id: "page", account.pixel_id: "pixel"}
    if node in fixed_kinds:
        return fixed_kinds[node]
    tables = (("campaign", world.campaigns), ("adset", world.ad_groups), ("ad", world.ads))
    for kind, table in tables:
        entity = table.get(node)
        if entity is not None and entity.platform == "meta":
            return kind
    stored = (("adcreative", "creatives"), ("video", "videos"), ("report", "reports"))
    for kind, object_kind in stored:
        if world.get_object("meta", object_kind, node) is not None:
            return kind
    return "unknown"


def run_call(graph: Graph, call: GraphCall) -> Any:
    """Run an authenticated call and return the body. Raises GraphError."""
    if call.path in _PATH_CALLS:
        return _PATH_CALLS[call.path](graph, call)
    kind = kind_of(graph, call.node)
    if kind == "unknown":
        raise errors.missing_object(call.node, call.method)
    if kind == "report":
        return _read_report(graph, call)
    if call.method == "GET":
        return _read_edge(graph, call, kind) if call.edge else _read_node(graph, call, kind)
    if call.method == "POST" and call.edge == "insights":
        return _start_report(graph, call, kind)
    return _write(graph, call, kind)


class _Rollback(Exception):
    """Ends a validate-only call and undoes everything it wrote."""


def _write(graph: Graph, call: GraphCall, kind: str) -> Any:
    write = _find_writer(call, kind)
    if graph.account.status != "active":
        raise errors.account_blocked()
    options = read.json_value(call.params, "execution_options", list) or []
    try:
        with graph.world.transaction():
            body = write(graph, call)
            if "validate_only" in options:
                raise _Rollback
    except _Rollback:
        return {"success": True}
    return body


def _find_writer(call: GraphCall, kind: str) -> Callable[[Graph, GraphCall], Any]:
    if call.method == "DELETE":
        writer = _DELETERS.get((kind, call.edge))
    else:
        writer = _WRITERS.get((kind, call.edge))
    if writer is None:
        raise errors.missing_object(call.node, call.method)
    return writer


_WRITERS: dict[tuple[str, str], Callable[[Graph, GraphCall], Any]] = {
    ("account", "campaigns"): lambda g, c: campaigns.create_campaign(g, c.params),
    ("account", "adsets"): lambda g, c: adsets.create_ad_set(g, c.params),
    ("account", "ads"): lambda g, c: ads.create_ad(g, c.params),
    ("account", "adcreatives"): lambda g, c: creatives.create_creative(g, c.params),
    ("account", "adimages"): lambda g, c: media.upload_images(g, c.params, c.files),
    ("account", "advideos"): lambda g, c: videos.upload_video(g, c.params, c.files),
    ("campaign", ""): lambda g, c: campaigns.update_campaign(g, g.campaign(c.node), c.params),
    ("adset", ""): lambda g, c: adsets.update_ad_set(g, g.ad_set(c.node), c.params),
    ("ad", ""): lambda g, c: ads.update_ad(g, g.ad(c.node), c.params),
    ("adcreative", ""): lambda g, c: creatives.update_creative(g, _creative(g, c.node), c.params),
}


def _delete(graph: Graph, call: GraphCall) -> Any:
    """An HTTP DELETE, which is the status DELETED by another way."""
    return _WRITERS[kind_of(graph, call.node), ""](
        graph, replace(call, params={"status": "DELETED"})
    )


def _delete_creative(graph: Graph, call: GraphCall) -> Any:
    graph.world.drop_object("meta", "creatives", call.node)
    return {"success": True}


_DELETERS: dict[tuple[str, str], Callable[[Graph, GraphCall], Any]] = {
    **{(kind, ""): _delete for kind in _ENTITY_KINDS},
    ("adcreative", ""): _delete_creative,
}


def _creative(graph: Graph, node: str) -> Params:
    return graph.world.get_object("meta", "creatives", node) or {}


def _read_node(graph: Graph, call: GraphCall, kind: str) -> Any:
    requested = fields.parse_fields(read.field_list(call.params))
    return fields.node_json(_VIEWS[kind](graph, call.node), requested)


_VIEWS: dict[str, Callable[[Graph, str], Node]] = {
    "account": lambda g, n: meta_account.account_view(g),
    "page": lambda g, n: meta_account.page_view(g),
    "pixel": lambda g, n: meta_account.pixel_view(g),
    "me": lambda g, n: Node("User", "122000000000000001", {"id": n, "name": "Sandbox user"}),
    "campaign": lambda g, n: views.campaign_view(g, g.campaign(n)),
    "adset": lambda g, n: views.ad_set_view(g, g.ad_set(n)),
    "ad": lambda g, n: views.ad_view(g, g.ad(n)),
    "adcreative": lambda g, n: creatives.creative_view(g, _creative(g, n)),
    "video": lambda g, n: videos.video_view(g, g.world.objects["meta/videos"][n]),
}


def _read_edge(graph: Graph, call: GraphCall, kind: str) -> Any:
    items = edges.list_edge(graph, call.node, kind, call.edge, call.params)
    if items is None:
        raise errors.GraphError(
            f"(#100) Tried accessing nonexisting field ({call.edge}) on node type ({kind})"
        )
    params = {**call.params, "fields": ""} if call.edge in _ROW_EDGES else call.params
    body = edges.build_page(items, params, call.url, call.query)
    # The reach estimate is one object, not a list. (Marketing API, audience)
    return {"data": body["data"][0]} if call.edge == "reachestimate" else body


def _start_report(graph: Graph, call: GraphCall, kind: str) -> Any:
    """An asynchronous report; it runs until its status was read once."""
    insights.insight_rows(graph, call.node, kind, call.params)
    report_id = graph.world.new_id("meta")
    request = {"node": call.node, "kind": kind, "params": {**call.params, "limit": None}}
    graph.world.put_object("meta", "reports", report_id, request)
    return {"report_run_id": report_id}


def _read_report(graph: Graph, call: GraphCall) -> Any:
    """Raises GraphError for the rows of a report that still runs."""
    request = graph.world.objects["meta/reports"][call.node]
    if call.edge == "insights":
        if not request.get("completed"):
            raise errors.invalid("The report is not complete yet; read its async_status first.")
        rows = insights.insight_rows(graph, request["node"], request["kind"], request["params"])
        return edges.build_page(rows, {**call.params, "fields": ""}, call.url, call.query)
    done = bool(request.get("seen"))
    state = {**request, "seen": True, "completed": done}
    graph.world.put_object("meta", "reports", call.node, state)
    status = {
        "async_status": "Job Completed" if done else "Job Running",
        "async_percent_completion": 100 if done else 35,
    }
    return {"id": call.node, "account_id": graph.account.id, "is_running": not done, **status}


def _search(graph: Graph, call: GraphCall) -> Any:
    kind = read.text(call.params, "type")
    rows: list[Params] = []
    if kind == "adinterest":
        rows = interests.search_interests(call.params)
    elif kind in ("adgeolocation", "adcountry"):
        rows = meta_account.search_places(call.params)
    return {"data": rows[: read.integer(call.params, "limit") or 25]}


_PATH_CALLS: dict[str, Callable[[Graph, GraphCall], Any]] = {
    "search": _search,
    "debug_token": lambda g, c: meta_account.debug_token(g, c.params),
    "oauth/access_token": lambda g, c: meta_account.exchange_token(g, c.params),
}
