"""Ads of the Meta emulator: create and update."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sandbox.meta import errors
from sandbox.meta import params as read
from sandbox.meta.graph import Graph, read_new_status
from sandbox.meta.nodes import creatives
from sandbox.meta.nodes.editing import check_parent, status_changes
from sandbox.meta.params import Params
from sandbox.world import review
from sandbox.world.model import Ad, AdGroup

_APP_STORES = ("apps.apple.com", "itunes.apple.com", "play.google.com")
_MAX_ADS = 50  # not deleted, in one ad set


def create_ad(graph: Graph, params: Params) -> dict[str, Any]:
    """POST act_X/ads. Raises GraphError."""
    name = read.required_text(params, "name")
    ad_set = graph.ad_set(read.required_text(params, "adset_id"))
    creative = _find_or_create_creative(graph, params)
    _check_ad_set(graph, ad_set, creative)
    ad = Ad(
        graph.world.new_id("meta"),
        "meta",
        graph.account.id,
        ad_set.campaign_id,
        ad_set.id,
        name,
        read_new_status(params),
        graph.now(),
        signature=creatives.creative_signature(creative),
        texts=creatives.creative_texts(creative),
        raw={
            "creative_id": creative["id"],
            "tracking_specs": read.json_value(params, "tracking_specs", list),
            "conversion_domain": read.text(params, "conversion_domain"),
        },
    )
    graph.world.add_ad(ad)
    return {"id": ad.id}


def update_ad(graph: Graph, ad: Ad, params: Params) -> dict[str, Any]:
    """POST /<ad id>. Raises GraphError."""
    changes = status_changes(graph, params, ad)
    raw: Params = changes.pop("raw", {})
    if name := read.text(params, "name"):
        changes["name"] = name
    if read.text(params, "creative"):
        creative = _find_or_create_creative(graph, params)
        _check_link(graph, graph.ad_set(ad.ad_group_id), creative)
        raw |= {"creative_id": creative["id"], **review.resubmitted(ad, graph.now())}
        changes["signature"] = creatives.creative_signature(creative)
        changes["texts"] = creatives.creative_texts(creative)
    graph.world.update_ad(ad.id, **changes, raw=raw)
    return {"success": True}


def _find_or_create_creative(graph: Graph, params: Params) -> Params:
    reference = read.json_value(params, "creative", dict)
    if reference is None:
        raise errors.required("creative")
    creative_id = str(reference.get("creative_id") or reference.get("id") or "")
    if not creative_id and reference.get("object_story_spec"):
        creative_id = creatives.create_creative(graph, reference)["id"]
    creative = graph.world.get_object("meta", "creatives", creative_id)
    if creative is None:
        raise errors.invalid(
            f"creative: creative_id {creative_id or '(none)'} is unknown", "creative"
        )
    return creative


def _check_ad_set(graph: Graph, ad_set: AdGroup, creative: Params) -> None:
    check_parent(graph, ad_set, "adset_id")
    others = graph.world.list_ads(ad_set.account_id, ad_group_id=ad_set.id, removed=False)
    if len(others) >= _MAX_ADS:
        raise errors.invalid(f"An ad set holds at most {_MAX_ADS} ads.", "adset_id")
    dynamic = bool(ad_set.raw.get("is_dynamic_creative"))
    if bool(creative.get("asset_feed_spec")) != dynamic:
        raise errors.invalid("", "creative", subcode=1885998)
    if dynamic and others:
        raise errors.invalid("A dynamic ad set holds exactly one ad.", "adset_id")
    _check_link(graph, ad_set, creative)


def _check_link(graph: Graph, ad_set: AdGroup, creative: Params) -> None:
    """What contradicts the campaign is found only here. (Marketing API, ad)"""
    if graph.campaign(ad_set.campaign_id).objective != "OUTCOME_TRAFFIC":
        return
    if any(urlsplit(link).hostname in _APP_STORES for link in creatives.creative_links(creative)):
        raise errors.invalid("", "link", subcode=1487810)
