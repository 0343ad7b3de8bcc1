"""Ads of the Meta emulator: create and update."""

from __future__ import annotations

from typing import Any

from sandbox.meta import errors
from sandbox.meta import params as read
from sandbox.meta.graph import (
    Graph,
    new_status,
    status_changes,
)
from sandbox.meta.nodes import creatives
from sandbox.meta.params import Params
from sandbox.world.model import Ad, AdGroup

_MOST_ADS = 50  # not deleted, in one ad set


def create(graph: Graph, params: Params) -> dict[str, Any]:
    """POST act_X/ads. Raises GraphError."""
    name = read.needed(params, "name")
    ad_set = graph.ad_set(read.needed(params, "adset_id"))
    creative = _creative(graph, params)
    _check_fit(graph, ad_set, creative)
    ad = Ad(
        graph.world.new_id("meta"),
        "meta",
        graph.account.id,
        ad_set.campaign_id,
        ad_set.id,
        name,
        new_status(params),
        graph.now(),
        signature=creatives.signature(creative),
        texts=creatives.texts(creative),
        raw={
            "creative_id": creative["id"],
            "tracking_specs": read.structure(params, "tracking_specs", list),
            "conversion_domain": read.text(params, "conversion_domain"),
        },
    )
    graph.world.add_ad(ad)
    return {"id": ad.id}


def update(graph: Graph, ad: Ad, params: Params) -> dict[str, Any]:
    """POST /<ad id>. Raises GraphError."""
    changes = status_changes(params, ad)
    raw: Params = changes.pop("raw", {})
    if name := read.text(params, "name"):
        changes["name"] = name
    if read.text(params, "creative"):
        creative = _creative(graph, params)
        raw["creative_id"] = creative["id"]
        changes["signature"] = creatives.signature(creative)
        changes["texts"] = creatives.texts(creative)
    graph.world.update_ad(ad.id, **changes, raw=raw)
    return {"success": True}


def _creative(graph: Graph, params: Params) -> Params:
    reference = read.structure(params, "creative", dict)
    if reference is None:
        raise errors.required("creative")
    number = str(reference.get("creative_id") or reference.get("id") or "")
    if not number and reference.get("object_story_spec"):
        number = creatives.create(graph, reference)["id"]
    creative = graph.world.get_object("meta", "creatives", number)
    if creative is None:
        raise errors.invalid(f"creative: creative_id {number or '(none)'} is unknown", "creative")
    return creative


def _check_fit(graph: Graph, ad_set: AdGroup, creative: Params) -> None:
    if ad_set.status == "removed":
        raise errors.invalid(f"Ad set {ad_set.id} was deleted.", "adset_id")
    others = graph.world.list_ads(ad_set.account_id, ad_group_id=ad_set.id, removed=False)
    if len(others) >= _MOST_ADS:
        raise errors.invalid(f"An ad set holds at most {_MOST_ADS} ads.", "adset_id")
    dynamic = bool(ad_set.raw.get("is_dynamic_creative"))
    if creative.get("asset_feed_spec") and not dynamic:
        raise errors.invalid("", "creative", subcode=1885998)
