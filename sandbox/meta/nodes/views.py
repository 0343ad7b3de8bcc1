"""Campaigns, ad sets and ads of the Meta emulator as nodes, with each other as edges."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.meta import params as read
from sandbox.meta.fields import Node
from sandbox.meta.graph import Graph, configured_status, effective_status
from sandbox.meta.nodes import creatives
from sandbox.meta.nodes.flight import parse_stored_time
from sandbox.meta.params import Params
from sandbox.world import review
from sandbox.world.model import Ad, AdGroup, Campaign

_GOAL_OF = {"OUTCOME_SALES": "OFFSITE_CONVERSIONS", "OUTCOME_TRAFFIC": "LINK_CLICKS"}


def campaign_view(graph: Graph, campaign: Campaign) -> Node:
    raw = campaign.raw
    on_campaign = campaign.daily_budget_micros is not None
    lifetime = raw.get("lifetime_budget")
    daily = campaign.daily_budget_micros if on_campaign and not lifetime else None
    groups = graph.world.list_ad_groups(campaign.account_id, campaign.id)
    ads = graph.world.list_ads(campaign.account_id, campaign.id)
    return Node(
        "Campaign",
        campaign.id,
        {
            "id": campaign.id,
            "account_id": campaign.account_id,
            "name": campaign.name,
            "objective": campaign.objective,
            "status": configured_status(campaign),
            "configured_status": configured_status(campaign),
            "effective_status": lambda: effective_status(graph, campaign),
            "daily_budget": None if daily is None else str(read.to_minor(daily, graph.currency)),
            "lifetime_budget": None if lifetime is None else str(lifetime),
            "budget_remaining": None if daily is None else "0",
            "bid_strategy": _bid_strategy(raw, on_campaign),
            "buying_type": raw.get("buying_type", "AUCTION"),
            "special_ad_categories": raw.get("special_ad_categories", []),
            "special_ad_category": (raw.get("special_ad_categories") or ["NONE"])[0],
            "special_ad_category_country": raw.get("special_ad_category_country"),
            "is_adset_budget_sharing_enabled": raw.get("sharing"),
            "spend_cap": raw.get("spend_cap"),
            "promoted_object": raw.get("promoted_object"),
            "pacing_type": ["standard"],
            "smart_promotion_type": "GUIDED_CREATION",
            "issues_info": None,
            "advantage_state_info": {
                "advantage_budget_state": "ENABLED" if on_campaign else "DISABLED"
            },
            "start_time": graph.time(parse_stored_time(raw, "start_time") or campaign.created_at),
            "stop_time": graph.time(parse_stored_time(raw, "stop_time")),
            "created_time": graph.time(campaign.created_at),
            "updated_time": graph.time(campaign.updated_at or campaign.created_at),
            "adsets": graph.nodes(groups, ad_set_view),
            "ads": graph.nodes(ads, ad_view),
        },
    )


def ad_set_view(graph: Graph, ad_set: AdGroup) -> Node:
    raw = ad_set.raw
    campaign = graph.campaign(ad_set.campaign_id)
    lifetime = raw.get("lifetime_budget")
    micros = None if lifetime else ad_set.daily_budget_micros
    ads = graph.world.list_ads(ad_set.account_id, ad_group_id=ad_set.id)
    goal = raw.get("optimization_goal") or _GOAL_OF.get(campaign.objective, "LINK_CLICKS")
    fields: dict[str, Any] = {
        name: raw.get(name)
        for name in (
            "destination_type",
            "promoted_object",
            "attribution_spec",
            "dsa_beneficiary",
            "dsa_payor",
            "bid_amount",
            "bid_constraints",
            "is_dynamic_creative",
            "frequency_control_specs",
        )
    }
    return Node(
        "AdSet",
        ad_set.id,
        fields
        | {
            "id": ad_set.id,
            "account_id": ad_set.account_id,
            "campaign_id": ad_set.campaign_id,
            "campaign": lambda: campaign_view(graph, campaign),
            "name": ad_set.name,
            "status": configured_status(ad_set),
            "configured_status": configured_status(ad_set),
            "effective_status": lambda: effective_status(graph, ad_set),
            "daily_budget": str(0 if micros is None else read.to_minor(micros, graph.currency)),
            "lifetime_budget": str(lifetime or 0),
            "budget_remaining": "0",
            "bid_strategy": raw.get("bid_strategy") or campaign.raw.get("bid_strategy"),
            "billing_event": raw.get("billing_event", "IMPRESSIONS"),
            "optimization_goal": goal,
            "targeting": ad_set.targeting or {"geo_locations": {"countries": ["US"]}},
            "learning_stage_info": lambda: _learning_stage(graph, ad_set),
            "issues_info": None,
            "start_time": graph.time(parse_stored_time(raw, "start_time") or ad_set.created_at),
            "end_time": graph.time(parse_stored_time(raw, "end_time")),
            "created_time": graph.time(ad_set.created_at),
            "updated_time": graph.time(ad_set.updated_at or ad_set.created_at),
            "ads": graph.nodes(ads, ad_view),
        },
    )


def ad_view(graph: Graph, ad: Ad) -> Node:
    creative = graph.world.get_object("meta", "creatives", ad.raw.get("creative_id", ""))
    ad_set, campaign = graph.ad_set(ad.ad_group_id), graph.campaign(ad.campaign_id)
    return Node(
        "Ad",
        ad.id,
        {
            "id": ad.id,
            "account_id": ad.account_id,
            "name": ad.name,
            "campaign_id": ad.campaign_id,
            "campaign": lambda: campaign_view(graph, campaign),
            "adset_id": ad.ad_group_id,
            "adset": lambda: ad_set_view(graph, ad_set),
            "creative": lambda: creative and creatives.creative_view(graph, creative),
            "status": configured_status(ad),
            "configured_status": configured_status(ad),
            "effective_status": lambda: effective_status(graph, ad),
            "ad_review_feedback": _review_feedback(graph, ad),
            "issues_info": None,
            "tracking_specs": ad.raw.get("tracking_specs"),
            "conversion_domain": ad.raw.get("conversion_domain"),
            "preview_shareable_link": f"https://sandbox.invalid/preview/{ad.id}",
            "created_time": graph.time(ad.created_at),
            "updated_time": graph.time(ad.updated_at or ad.created_at),
        },
    )


def _bid_strategy(raw: Params, on_campaign: bool) -> str | None:
    strategy = raw.get("bid_strategy")
    return strategy or ("LOWEST_COST_WITHOUT_CAP" if on_campaign else None)


def _learning_stage(graph: Graph, ad_set: AdGroup) -> Params:
    """Fifty results in seven days end the learning stage. (Marketing API, learning)"""
    today = graph.now().date()
    rows = graph.market.rows(
        ad_set.account_id, today - timedelta(7), today, campaign_id=ad_set.campaign_id
    )
    results = sum(row.conversions for row in rows if row.ad_group_id == ad_set.id)
    return {"status": "SUCCESS" if results >= 50 else "LEARNING", "conversions": int(results)}


def _review_feedback(graph: Graph, ad: Ad) -> Params | None:
    if review.verdict(ad, graph.now()) != "refused":
        return None
    phrase = review.disallowed_phrase(ad)
    return {
        "global": {"Unacceptable Business Practices": f"The wording '{phrase}' is not allowed."}
    }
