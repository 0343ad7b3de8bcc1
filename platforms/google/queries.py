"""The GAQL queries. Only ids, dates, country codes and references, all validated, are put into a
query. Source: Google Ads API v26, query language.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from platforms.common.references import reference_in, validate_reference
from platforms.errors import RemoteObjectMissing
from platforms.google import learning_terms, mapping, reading
from platforms.google.api import GoogleApi
from platforms.google.learning_terms import Criteria
from platforms.metric_rows import Told, read_rows
from platforms.types import AccountInfo, Kind, Level, MetricRow, RemoteCampaign, RemoteRef

_CUSTOMER = (
    "SELECT customer.id, customer.descriptive_name, customer.currency_code, customer.time_zone, "
    "customer.status, customer.manager, customer.test_account FROM customer"
)
_UNDECLARED = (
    "SELECT campaign.id FROM campaign WHERE campaign.status != 'REMOVED' "
    "AND campaign.missing_eu_political_advertising_declaration = TRUE LIMIT 1"
)
_CAMPAIGNS = (
    "SELECT campaign.id, campaign.name, campaign.status, campaign.primary_status, "
    "campaign.advertising_channel_type, campaign.bidding_strategy_type, campaign.start_date_time, "
    "campaign.end_date_time, campaign.campaign_budget, campaign_budget.amount_micros, "
    "campaign_budget.explicitly_shared, campaign_budget.reference_count, "
    "campaign_budget.total_amount_micros, campaign.bidding_strategy, "
    "campaign.target_spend.cpc_bid_ceiling_micros, campaign.target_cpa.target_cpa_micros, "
    "campaign.target_roas.target_roas, campaign.maximize_conversions.target_cpa_micros, "
    "campaign.maximize_conversion_value.target_roas, "
    "campaign.network_settings.target_search_network, "
    "campaign.network_settings.target_content_network, "
    "campaign.geo_target_type_setting.positive_geo_target_type "
    "FROM campaign WHERE campaign.status != 'REMOVED'"
)
_AD_GROUPS = (
    "SELECT campaign.id, ad_group.id, ad_group.name, ad_group.status, ad_group.cpc_bid_micros "
    "FROM ad_group "
    "WHERE campaign.status != 'REMOVED' AND ad_group.status != 'REMOVED'"
)
_ADS = (
    "SELECT campaign.id, ad_group.id, ad_group_ad.status, ad_group_ad.ad.id, ad_group_ad.ad.name, "
    "ad_group_ad.ad.final_url_suffix, ad_group_ad.ad.final_urls, "
    "ad_group_ad.ad.responsive_search_ad.headlines, "
    "ad_group_ad.ad.responsive_search_ad.descriptions, "
    "ad_group_ad.policy_summary.approval_status, ad_group_ad.policy_summary.review_status, "
    "ad_group_ad.policy_summary.policy_topic_entries "
    "FROM ad_group_ad WHERE campaign.status != 'REMOVED' AND ad_group.status != 'REMOVED' "
    "AND ad_group_ad.status != 'REMOVED'"
)
_CAMPAIGN_CRITERIA = (
    "SELECT campaign.id, campaign_criterion.criterion_id, campaign_criterion.negative, "
    "campaign_criterion.status, campaign_criterion.bid_modifier "
    "FROM campaign_criterion WHERE campaign.status != 'REMOVED'"
)
_AD_GROUP_CRITERIA = (
    "SELECT ad_group.id, ad_group_criterion.criterion_id, ad_group_criterion.negative, "
    "ad_group_criterion.status, ad_group_criterion.bid_modifier, "
    "ad_group_criterion.cpc_bid_micros "
    "FROM ad_group_criterion WHERE campaign.status != 'REMOVED' "
    "AND ad_group.status != 'REMOVED' AND ad_group_criterion.status != 'REMOVED'"
)
_COUNTRIES = (
    "SELECT geo_target_constant.resource_name, geo_target_constant.country_code "
    "FROM geo_target_constant WHERE geo_target_constant.target_type = 'Country' "
    "AND geo_target_constant.status = 'ENABLED'"
)
_METRICS = (
    "segments.date, metrics.impressions, metrics.clicks, metrics.cost_micros, metrics.conversions, "
    "metrics.conversions_value"
)
_METRIC_QUERIES: dict[Level, str] = {
    "campaign": " ".join(("SELECT campaign.id,", _METRICS, "FROM campaign")),
    "ad": " ".join(("SELECT ad_group_ad.ad.id,", _METRICS, "FROM ad_group_ad")),
}
_COUNTRY = re.compile(r"[A-Z]{2}")


class GoogleQueries:
    """Reads of one customer. Raises platforms.errors."""

    def __init__(self, api: GoogleApi) -> None:
        self._api = api
        self._config = api.config
        self._places: dict[str, str] = {}

    def account(self) -> AccountInfo:
        rows = self._api.search("customer", _CUSTOMER)
        if not rows:
            raise self._missing("This connection does not reach the Google Ads account.")
        # A manager account has no campaigns.
        undeclared = not rows[0].customer.manager and self._api.search("undeclared", _UNDECLARED)
        return reading.account_info(rows[0], bool(undeclared))

    def places(self, countries: list[str]) -> dict[str, str]:
        """Country codes to geo target constants; unknown codes are missing."""
        wanted = [c for c in countries if c not in self._places and _COUNTRY.fullmatch(c)]
        if wanted:
            codes = ", ".join(f"'{code}'" for code in wanted)
            condition = f"AND geo_target_constant.country_code IN ({codes})"
            rows = self._api.search("geo_target_constant", f"{_COUNTRIES} {condition}")
            for row in rows:
                constant = row.geo_target_constant
                self._places[constant.country_code] = constant.resource_name
        return self._places

    def find(self, kind: Kind, reference: str, parent_id: str = "") -> list[RemoteRef]:
        validated = validate_reference(reference)
        search = {"campaign": self._campaigns, "ad_group": self._ad_groups, "ad": self._ads}[kind]
        return search(validated, mapping.validate_id(parent_id) if parent_id else "")

    def tree(self) -> list[RemoteCampaign]:
        return self._tree("", self._criteria)

    def campaign_tree(self, campaign_id: str) -> RemoteCampaign | None:
        condition = f" AND campaign.id = {mapping.validate_id(campaign_id)}"
        return next(iter(self._tree(condition, self._criteria)), None)

    def campaign_row(self, campaign_id: str) -> Any:
        query = f"{_CAMPAIGNS} AND campaign.id = {mapping.validate_id(campaign_id)}"
        rows = self._api.search("campaign", query)
        if not rows:
            raise self._missing("This campaign no longer exists on Google Ads.")
        return rows[0]

    def ad_group_of(self, ad_id: str) -> str:
        query = f"{_ADS} AND ad_group_ad.ad.id = {mapping.validate_id(ad_id)}"
        rows = self._api.search("ad_group_ad", query)
        if not rows:
            raise self._missing("This ad no longer exists on Google Ads.")
        return reading.id_of(rows[0].ad_group)

    def metrics(
        self, level: Level, first: date, last: date, unreadable: Told | None = None
    ) -> list[MetricRow]:
        """One query for the whole account; removed campaigns are included, as they have spent."""
        days = f"segments.date BETWEEN '{first.isoformat()}' AND '{last.isoformat()}'"
        rows = self._api.search(f"{level} metrics", f"{_METRIC_QUERIES[level]} WHERE {days}")
        metric_rows = read_rows(
            level,
            rows,
            read=lambda row: reading.metric_row(level, row, self._config.currency),
            id_of=lambda row: reading.metric_id(level, row),
            day_of=reading.metric_day,
            unreadable=unreadable,
        )
        return [row for row in metric_rows if _has_delivery(row)]

    def _campaigns(self, reference: str, _: str) -> list[RemoteRef]:
        """The whole tree of each campaign whose name contains the reference."""
        campaigns = self._tree(f" AND campaign.name LIKE '%{reference}%'")
        matching = [campaign for campaign in campaigns if campaign.reference == reference]
        return [ref for campaign in matching for ref in reading.refs(campaign)]

    def _ad_groups(self, reference: str, campaign_id: str) -> list[RemoteRef]:
        query = f"{_AD_GROUPS} AND ad_group.name LIKE '%{reference}%'"
        if campaign_id:
            query += f" AND campaign.id = {campaign_id}"
        return [
            RemoteRef(
                kind="ad_group",
                remote_id=reading.id_of(row.ad_group),
                parent_id=reading.id_of(row.campaign),
                name=row.ad_group.name,
                reference=reference,
            )
            for row in self._api.search("ad_group", query)
            if reference_in(row.ad_group.name) == reference
        ]

    def _ads(self, reference: str, ad_group_id: str) -> list[RemoteRef]:
        query = f"{_ADS} AND ad_group_ad.ad.final_url_suffix LIKE '%{reference}%'"
        if ad_group_id:
            query += f" AND ad_group.id = {ad_group_id}"
        rows = self._api.search("ad_group_ad", query)
        return [
            RemoteRef(
                kind="ad",
                remote_id=reading.id_of(row.ad_group_ad.ad),
                parent_id=reading.id_of(row.ad_group),
                reference=reference,
            )
            for row in rows
            if mapping.reference_of_suffix(row.ad_group_ad.ad.final_url_suffix) == reference
        ]

    def _criteria(self, condition: str) -> Criteria:
        of_campaigns = self._api.search("campaign_criterion", _CAMPAIGN_CRITERIA + condition)
        of_ad_groups = self._api.search("ad_group_criterion", _AD_GROUP_CRITERIA + condition)
        return learning_terms.criteria(of_campaigns, of_ad_groups)

    def _tree(
        self, condition: str, criteria_of: Callable[[str], Criteria | None] = lambda _: None
    ) -> list[RemoteCampaign]:
        """Three queries, whatever the number of campaigns, and two with criteria."""
        campaigns = self._api.search("campaign", _CAMPAIGNS + condition)
        if not campaigns:
            return []
        ad_groups = self._api.search("ad_group", _AD_GROUPS + condition)
        ads = self._api.search("ad_group_ad", _ADS + condition)
        criteria = criteria_of(condition)
        return reading.tree(campaigns, ad_groups, ads, self._config.currency, criteria)

    def _missing(self, message: str) -> RemoteObjectMissing:
        return RemoteObjectMissing(message, platform="google", account=self._config.account_id)


def _has_delivery(row: MetricRow) -> bool:
    return bool(row.impressions or row.clicks or row.conversions or row.spend.amount)
