"""A Google campaign's rows in the plan language.

Source: Google Ads API v26, campaign, criteria, ads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from core.common.money import Money
from platforms.common.references import reference_in, strip_reference
from platforms.google import reading, spec_criteria
from platforms.google.enums import enum_name
from platforms.google.mapping import reference_of_suffix
from platforms.google.spec_queries import CampaignRows
from platforms.spec.ads import PinnedText, ResponsiveSearchAd
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.platform_parts import GoogleCampaign
from platforms.spec.remote import KnownNodes, NodeReading, NotSayable, RemoteNode, RemoteSpec, named
from platforms.spec.settings import BiddingSpec, BudgetSpec, Declarations, Schedule

_STATUSES: dict[str, Any] = {"ENABLED": "active", "PAUSED": "paused"}
_KINDS: dict[str, Any] = {"SEARCH": "search"}
_STRATEGIES: dict[str, Any] = {"TARGET_SPEND": "clicks"}
_PRESENCE: dict[str, Any] = {
    "PRESENCE": "presence",
    "PRESENCE_OR_INTEREST": "presence_or_interest",
}
_AD_TYPES: dict[str, Any] = {"RESPONSIVE_SEARCH_AD": "responsive_search"}
_LEAST_BID = 10_000  # micros
_PINS = {"HEADLINE_1": 1, "HEADLINE_2": 2, "HEADLINE_3": 3, "DESCRIPTION_1": 1, "DESCRIPTION_2": 2}


def remote_spec(rows: CampaignRows, known: KnownNodes, currency: str) -> RemoteSpec:
    """Raises NotSayable where the campaign itself is none of the plan language."""
    nodes = NodeReading(known)
    campaign = rows.campaign.campaign
    groups = _Groups(rows, nodes, currency)
    spec = nodes.build(
        CampaignSpec,
        reference=nodes.reference_of(reading.id_of(campaign), reference_in(campaign.name)),
        name=strip_reference(campaign.name)[0],
        status=_named(_STATUSES, campaign, "status"),
        objective=reading.objective_of(campaign),
        kind=_named(_KINDS, campaign, "advertising_channel_type"),
        budget=_budget(rows.campaign.campaign_budget, nodes, currency),
        bidding=_bidding(campaign, nodes, currency),
        schedule=_schedule(campaign),
        locations=spec_criteria.locations(rows, nodes),
        declarations=Declarations(political_ads=_is_political(campaign)),
        ad_groups=groups.read(),
        part=_part(campaign, nodes),
    )
    return nodes.result(spec)


def _named(names: dict[str, Any], message: Any, field: str) -> Any:
    """Raises NotSayable."""
    return named(names, enum_name(message, field), field)


def _budget(budget: Any, nodes: NodeReading, currency: str) -> BudgetSpec:
    if budget.explicitly_shared or budget.reference_count > 1:
        raise NotSayable("has a budget that several campaigns share")
    if budget.total_amount_micros:
        total = Money.from_micros(budget.total_amount_micros, currency)
        return nodes.build(BudgetSpec, period="flight", amount=total)
    return nodes.build(BudgetSpec, amount=Money.from_micros(budget.amount_micros, currency))


def _bidding(campaign: Any, nodes: NodeReading, currency: str) -> BiddingSpec:
    if campaign.bidding_strategy:
        raise NotSayable("has a bidding strategy of a portfolio")
    ceiling = campaign.target_spend.cpc_bid_ceiling_micros
    return nodes.build(
        BiddingSpec,
        strategy=_named(_STRATEGIES, campaign, "bidding_strategy_type"),
        bid_cap=Money.from_micros(ceiling, currency) if ceiling else None,
    )


def _schedule(campaign: Any) -> Schedule:
    start = reading.day_of(campaign.start_date_time)
    if start is None:
        raise NotSayable("has no first day")
    return Schedule(start=start, end=reading.day_of(campaign.end_date_time))


def _is_political(campaign: Any) -> bool:
    declared = enum_name(campaign, "contains_eu_political_advertising")
    return declared == "CONTAINS_EU_POLITICAL_ADVERTISING"


def _part(campaign: Any, nodes: NodeReading) -> GoogleCampaign:
    network = campaign.network_settings
    if not network.target_google_search:
        raise NotSayable("is not shown on Google Search")
    nodes.note("part", "tracking_url_template", campaign.tracking_url_template)
    nodes.note("part", "final_url_suffix", campaign.final_url_suffix)
    nodes.note("part", "target_partner_search_network", network.target_partner_search_network)
    return GoogleCampaign(
        platform="google",
        search_partners=network.target_search_network,
        display_network=network.target_content_network,
        presence=_named(_PRESENCE, campaign.geo_target_type_setting, "positive_geo_target_type"),
    )


class _Groups:
    """The ad groups of one campaign, each with its criteria and ads."""

    def __init__(self, rows: CampaignRows, nodes: NodeReading, currency: str) -> None:
        self._rows, self._nodes, self._currency = rows, nodes, currency
        self._ads = _by_group(rows.ads)
        self._criteria = _by_group(rows.ad_group_criteria)

    def read(self) -> tuple[AdGroupSpec, ...]:
        return tuple(filter(None, (self._group(row.ad_group) for row in self._rows.ad_groups)))

    def _group(self, group: Any) -> AdGroupSpec | None:
        name, reference = strip_reference(group.name)
        status = reading.status_of(group)
        node = RemoteNode("ad_group", reading.id_of(group), name, status, reference or "")
        return self._nodes.node(node, lambda reference: self._say(group, reference))

    def _say(self, group: Any, reference: str) -> AdGroupSpec:
        """Raises NotSayable."""
        path = f"ad_groups[{reference}]"
        self._nodes.note(path, "tracking_url_template", group.tracking_url_template)
        criteria = [row.ad_group_criterion for row in self._criteria[group.id]]
        return self._nodes.build(
            AdGroupSpec,
            reference=reference,
            name=strip_reference(group.name)[0],
            status=_named(_STATUSES, group, "status"),
            bid=_bid(group, self._currency),
            targeting=spec_criteria.targeting(criteria, self._nodes, path, self._currency),
            ads=tuple(filter(None, (self._ad(row.ad_group_ad) for row in self._ads[group.id]))),
        )

    def _ad(self, row: Any) -> ResponsiveSearchAd | None:
        written = reference_of_suffix(row.ad.final_url_suffix)
        status = reading.status_of(row)
        node = RemoteNode("ad", reading.id_of(row.ad), row.ad.name, status, written)
        return self._nodes.node(node, lambda reference: self._say_ad(row, reference))

    def _say_ad(self, row: Any, reference: str) -> ResponsiveSearchAd:
        """Raises NotSayable. A search ad has no name there: it is our row's."""
        ad = row.ad
        if _named(_AD_TYPES, ad, "type_") != "responsive_search" or len(ad.final_urls) != 1:
            raise NotSayable("has not exactly one landing page")
        texts = ad.responsive_search_ad
        self._nodes.note(f"ads[{reference}]", "tracking_url_template", ad.tracking_url_template)
        return self._nodes.build(
            ResponsiveSearchAd,
            format="responsive_search",
            reference=reference,
            name=self._nodes.known.names.get(reference) or ad.name or texts.headlines[0].text,
            status=_named(_STATUSES, row, "status"),
            landing_url=ad.final_urls[0],
            headlines=tuple(_text(one) for one in texts.headlines),
            descriptions=tuple(_text(one) for one in texts.descriptions),
            paths=tuple(path for path in (texts.path1, texts.path2) if path),
        )


def _bid(group: Any, currency: str) -> Money | None:
    """Google gives every ad group a least bid, which an automated strategy does not use."""
    bid = group.cpc_bid_micros
    return Money.from_micros(bid, currency) if bid > _LEAST_BID else None


def _text(asset: Any) -> PinnedText:
    return PinnedText(text=asset.text, pin=_PINS.get(enum_name(asset, "pinned_field"), 0))


def _by_group(rows: Iterable[Any]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.ad_group.id].append(row)
    return found
