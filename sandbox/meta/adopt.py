"""Adds Meta's own fields to the campaigns of the initial world."""

from __future__ import annotations

from sandbox.meta.graph import Graph
from sandbox.meta.nodes import creatives
from sandbox.meta.params import Params
from sandbox.world.model import Ad, Campaign


def complete_outside_campaigns(graph: Graph) -> None:
    """Set the fields that an advertiser would have set by hand; once per world."""
    world = graph.world
    with world.transaction():
        for campaign in world.list_campaigns(graph.account.id):
            if campaign.outside and not campaign.raw:
                _complete_campaign(graph, campaign)


def _complete_campaign(graph: Graph, campaign: Campaign) -> None:
    world, account = graph.world, graph.account
    campaign.raw = {"special_ad_categories": [], "buying_type": "AUCTION"}
    world.touch(campaign)
    for group in world.list_ad_groups(account.id, campaign.id):
        group.raw = {
            "optimization_goal": "OFFSITE_CONVERSIONS",
            "billing_event": "IMPRESSIONS",
            "destination_type": "WEBSITE",
            "promoted_object": {"pixel_id": account.pixel_id, "custom_event_type": "PURCHASE"},
        }
        group.targeting = {
            "geo_locations": {"countries": ["US"]},
            "targeting_automation": {"advantage_audience": 1},
        }
        world.touch(group)
    for ad in world.list_ads(account.id, campaign.id):
        _complete_ad(graph, ad)


def _complete_ad(graph: Graph, ad: Ad) -> None:
    link: Params = {
        "link": "https://shop.example.com/",
        "message": ad.texts[0],
        "call_to_action": {"type": "SHOP_NOW", "value": {"link": "https://shop.example.com/"}},
    }
    creative: Params = {
        "id": graph.world.new_id("meta"),
        "name": ad.name,
        "object_story_spec": {"page_id": graph.account.page_id, "link_data": link},
    }
    graph.world.put_object("meta", "creatives", creative["id"], creative)
    ad.raw = {"creative_id": creative["id"]}
    ad.signature = creatives.creative_signature(creative)
    ad.history[-1].signature = ad.signature
    graph.world.touch(ad)
