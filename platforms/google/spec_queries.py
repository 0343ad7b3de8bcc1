"""The GAQL of one campaign's whole tree, as the plan language needs it.

Source: Google Ads API v26, query language.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from platforms.google.mapping import validate_id

_CAMPAIGN = (
    "SELECT campaign.id, campaign.name, campaign.status, campaign.advertising_channel_type, "
    "campaign.advertising_channel_sub_type, campaign.bidding_strategy, "
    "campaign.bidding_strategy_type, campaign.target_spend.cpc_bid_ceiling_micros, "
    "campaign.start_date_time, campaign.end_date_time, "
    "campaign.contains_eu_political_advertising, "
    "campaign.network_settings.target_google_search, "
    "campaign.network_settings.target_search_network, "
    "campaign.network_settings.target_content_network, "
    "campaign.network_settings.target_partner_search_network, "
    "campaign.geo_target_type_setting.positive_geo_target_type, "
    "campaign.geo_target_type_setting.negative_geo_target_type, "
    "campaign.tracking_url_template, campaign.final_url_suffix, "
    "campaign_budget.amount_micros, campaign_budget.total_amount_micros, "
    "campaign_budget.explicitly_shared, campaign_budget.reference_count "
    "FROM campaign WHERE campaign.status != 'REMOVED'"
)
_CAMPAIGN_CRITERIA = (
    "SELECT campaign.id, campaign_criterion.criterion_id, campaign_criterion.type, "
    "campaign_criterion.negative, campaign_criterion.bid_modifier, "
    "campaign_criterion.location.geo_target_constant, "
    "campaign_criterion.language.language_constant, campaign_criterion.keyword.text "
    "FROM campaign_criterion WHERE campaign_criterion.status != 'REMOVED'"
)
_AD_GROUPS = (
    "SELECT campaign.id, ad_group.id, ad_group.name, ad_group.status, ad_group.type, "
    "ad_group.cpc_bid_micros, ad_group.tracking_url_template FROM ad_group "
    "WHERE ad_group.status != 'REMOVED'"
)
_AD_GROUP_CRITERIA = (
    "SELECT ad_group.id, ad_group_criterion.criterion_id, ad_group_criterion.type, "
    "ad_group_criterion.status, ad_group_criterion.negative, ad_group_criterion.bid_modifier, "
    "ad_group_criterion.cpc_bid_micros, ad_group_criterion.keyword.text, "
    "ad_group_criterion.keyword.match_type, ad_group_criterion.age_range.type, "
    "ad_group_criterion.gender.type FROM ad_group_criterion "
    "WHERE ad_group.status != 'REMOVED' AND ad_group_criterion.status != 'REMOVED'"
)
_ADS = (
    "SELECT ad_group.id, ad_group_ad.status, ad_group_ad.ad.id, ad_group_ad.ad.name, "
    "ad_group_ad.ad.type, ad_group_ad.ad.final_urls, ad_group_ad.ad.final_url_suffix, "
    "ad_group_ad.ad.tracking_url_template, "
    "ad_group_ad.ad.responsive_search_ad.headlines, "
    "ad_group_ad.ad.responsive_search_ad.descriptions, "
    "ad_group_ad.ad.responsive_search_ad.path1, ad_group_ad.ad.responsive_search_ad.path2, "
    "ad_group_ad.policy_summary.approval_status, ad_group_ad.policy_summary.review_status "
    "FROM ad_group_ad WHERE ad_group.status != 'REMOVED' AND ad_group_ad.status != 'REMOVED'"
)
_PLACES = (
    "SELECT geo_target_constant.resource_name, geo_target_constant.country_code, "
    "geo_target_constant.target_type, geo_target_constant.name FROM geo_target_constant"
)
Search = Callable[[str, str], list[Any]]  # what is read, and its GAQL


@dataclass(frozen=True)
class CampaignRows:
    """All of one campaign, as raw rows."""

    campaign: Any
    criteria: list[Any]
    ad_groups: list[Any]
    ad_group_criteria: list[Any]
    ads: list[Any]
    places: list[Any]
    """The geo target constants that the criteria name."""


def campaign_rows(search: Search, campaign_id: str) -> CampaignRows | None:
    """None where there is no such campaign. Raises platforms.errors."""
    condition = f" AND campaign.id = {validate_id(campaign_id)}"
    found = search("campaign", _CAMPAIGN + condition)
    if not found:
        return None
    criteria = search("campaign_criterion", _CAMPAIGN_CRITERIA + condition)
    return CampaignRows(
        campaign=found[0],
        criteria=criteria,
        ad_groups=search("ad_group", _AD_GROUPS + condition),
        ad_group_criteria=search("ad_group_criterion", _AD_GROUP_CRITERIA + condition),
        ads=search("ad_group_ad", _ADS + condition),
        places=_places(search, criteria),
    )


def _places(search: Search, criteria: list[Any]) -> list[Any]:
    constants = {row.campaign_criterion.location.geo_target_constant for row in criteria} - {""}
    if not constants:
        return []
    names = ", ".join(f"'{_constant(name)}'" for name in sorted(constants))
    condition = f" WHERE geo_target_constant.resource_name IN ({names})"
    return search("geo_target_constant", _PLACES + condition)


def _constant(resource_name: str) -> str:
    """Safe to put into a query."""
    return f"geoTargetConstants/{validate_id(resource_name.rpartition('/')[2])}"
