"""What Google learns the delivery of its objects for.

Source: Google Ads API v26, campaign.bidding_strategy_system_status: a strategy learns anew when it
is new, when its settings change, and when keywords or other criteria are added or removed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from platforms.common.digests import digest
from platforms.google.enums import enum_name
from platforms.types import LearningTerms

Values = list[Any]  # of one criterion


@dataclass
class Criteria:
    """Campaign and ad group ids to their criteria."""

    of_campaigns: defaultdict[int, list[Values]] = field(default_factory=lambda: defaultdict(list))
    of_ad_groups: defaultdict[int, list[Values]] = field(default_factory=lambda: defaultdict(list))
    bids: defaultdict[int, list[Values]] = field(default_factory=lambda: defaultdict(list))
    """Of the criteria of ad groups that have one."""


def criteria(campaigns: Iterable[Any], ad_groups: Iterable[Any]) -> Criteria:
    """A criterion's id stands for its content, which cannot be edited."""
    found = Criteria()
    for row in campaigns:
        found.of_campaigns[row.campaign.id].append(_values(row.campaign_criterion))
    for row in ad_groups:
        criterion = row.ad_group_criterion
        found.of_ad_groups[row.ad_group.id].append(_values(criterion))
        if criterion.cpc_bid_micros:
            bid = [criterion.criterion_id, criterion.cpc_bid_micros]
            found.bids[row.ad_group.id].append(bid)
    return found


def of_campaign(campaign: Any, found: Criteria | None) -> LearningTerms | None:
    """Of what was read without its criteria, nothing is known; likewise of an ad group."""
    if found is None:
        return None
    reach = [*sorted(found.of_campaigns[campaign.id]), _networks(campaign)]
    return LearningTerms(targeting=digest(reach), bidding=_bidding(campaign))


def of_ad_group(ad_group: Any, found: Criteria | None) -> LearningTerms | None:
    if found is None:
        return None
    bids = [*sorted(found.bids[ad_group.id]), ad_group.cpc_bid_micros]
    return LearningTerms(
        targeting=digest(sorted(found.of_ad_groups[ad_group.id])), bidding=digest(bids)
    )


def of_ad(ad: Any) -> LearningTerms:
    texts = ad.responsive_search_ad
    shown = [
        sorted(ad.final_urls),
        sorted(text.text for text in texts.headlines),
        sorted(text.text for text in texts.descriptions),
    ]
    return LearningTerms(content=digest(shown))


def _values(criterion: Any) -> Values:
    return [
        criterion.criterion_id,
        criterion.negative,
        enum_name(criterion, "status"),
        criterion.bid_modifier,
    ]


def _networks(campaign: Any) -> Values:
    networks, places = campaign.network_settings, campaign.geo_target_type_setting
    return [
        networks.target_search_network,
        networks.target_content_network,
        enum_name(places, "positive_geo_target_type"),
    ]


def _bidding(campaign: Any) -> str:
    values = [
        enum_name(campaign, "bidding_strategy_type"),
        campaign.bidding_strategy,
        campaign.target_spend.cpc_bid_ceiling_micros,
        campaign.target_cpa.target_cpa_micros,
        campaign.target_roas.target_roas,
        campaign.maximize_conversions.target_cpa_micros,
        campaign.maximize_conversion_value.target_roas,
    ]
    return digest(values)
