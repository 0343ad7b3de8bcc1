"""Maps Google's rows (raw protobuf) to our records: pure functions.

Source: Google Ads API v26, reports.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from core.common.money import MICROS, Money
from platforms.common.answers import WrongShape, currency_in, day_in, said, time_zone_in
from platforms.common.references import reference_in
from platforms.google import learning_terms
from platforms.google.enums import enum_name
from platforms.google.learning_terms import Criteria
from platforms.google.mapping import reference_of_suffix
from platforms.types import (
    AccountInfo,
    Level,
    MetricRow,
    RemoteAd,
    RemoteAdGroup,
    RemoteCampaign,
    RemoteRef,
    RemoteStatus,
)

_CONVERSION_BIDDING = (
    "MAXIMIZE_CONVERSIONS",
    "MAXIMIZE_CONVERSION_VALUE",
    "TARGET_CPA",
    "TARGET_ROAS",
)
_OBJECTIVES = {
    "SEARCH": "traffic",
    "DISPLAY": "awareness",
    "DEMAND_GEN": "engagement",
    "VIDEO": "engagement",
    "PERFORMANCE_MAX": "conversions",
    "SHOPPING": "catalog_sales",
}
_STATUSES: dict[str, RemoteStatus] = {
    "ENABLED": "active",
    "PAUSED": "paused",
    "REMOVED": "absent",
}
_IN_REVIEW = ("REVIEW_IN_PROGRESS", "UNDER_APPEAL")
_LARGEST = 10**12  # of a count or an amount: fits a column of micros
_DECIMALS = 6  # micros; a double is not more exact


def account_info(row: Any, undeclared: bool) -> AccountInfo:
    customer = row.customer
    status = enum_name(customer, "status")
    problems = []
    if status != "ENABLED":
        problems.append(f"Google reports the account as {status.lower()}.")
    if customer.manager:
        problems.append("This is a manager account; campaigns are in its client accounts.")
    if undeclared:
        problems.append(
            "A campaign has not declared whether it contains EU political ads; until it does, "
            "Google refuses changes to all campaigns."
        )
    return AccountInfo(
        external_id=id_of(customer),
        name=customer.descriptive_name,
        currency=currency_in({"currency": customer.currency_code}, "currency"),
        time_zone=time_zone_in({"time_zone": customer.time_zone}, "time_zone"),
        can_deliver=not problems,
        problems=tuple(problems),
        raw={"status": status, "test_account": customer.test_account},
    )


def tree(
    campaigns: Iterable[Any],
    ad_groups: Iterable[Any],
    ads: Iterable[Any],
    currency: str,
    criteria: Criteria | None = None,
) -> list[RemoteCampaign]:
    ads_of: defaultdict[int, list[RemoteAd]] = defaultdict(list)
    for row in ads:
        ads_of[row.ad_group.id].append(_ad(row.ad_group_ad))
    groups_of: defaultdict[int, list[RemoteAdGroup]] = defaultdict(list)
    for row in ad_groups:
        groups_of[row.campaign.id].append(
            _ad_group(row.ad_group, ads_of[row.ad_group.id], criteria)
        )
    return [_campaign(row, groups_of[row.campaign.id], currency, criteria) for row in campaigns]


def _campaign(
    row: Any, groups: list[RemoteAdGroup], currency: str, criteria: Criteria | None
) -> RemoteCampaign:
    campaign, budget = row.campaign, row.campaign_budget
    shared = budget.explicitly_shared or budget.reference_count > 1
    return RemoteCampaign(
        remote_id=id_of(campaign),
        name=campaign.name,
        status=_campaign_status(campaign),
        objective=objective_of(campaign),
        daily_budget=_money_or_none(budget.amount_micros, currency),
        budget_on="shared" if shared else "campaign",
        start=day_of(campaign.start_date_time),
        end=day_of(campaign.end_date_time),
        ad_groups=tuple(groups),
        reference=reference_in(campaign.name),
        total_budget=_money_or_none(budget.total_amount_micros, currency),
        shared_budget=campaign.campaign_budget.rpartition("/")[2] if shared else "",
        learning=learning_terms.of_campaign(campaign, criteria),
    )


def _money_or_none(micros: int, currency: str) -> Money | None:
    return Money.from_micros(micros, currency) if micros else None


def _campaign_status(campaign: Any) -> RemoteStatus:
    if enum_name(campaign, "primary_status") == "ENDED":
        return "ended"
    return status_of(campaign)


def status_of(message: Any) -> RemoteStatus:
    """Of a campaign, an ad group or an ad, without its review."""
    return _STATUSES.get(enum_name(message, "status"), "unknown")


def objective_of(campaign: Any) -> str:
    channel = enum_name(campaign, "advertising_channel_type")
    if channel == "SEARCH" and enum_name(campaign, "bidding_strategy_type") in _CONVERSION_BIDDING:
        return "conversions"
    return _OBJECTIVES.get(channel, channel.lower())


def _ad_group(ad_group: Any, ads: list[RemoteAd], criteria: Criteria | None) -> RemoteAdGroup:
    return RemoteAdGroup(
        remote_id=id_of(ad_group),
        name=ad_group.name,
        status=status_of(ad_group),
        ads=tuple(ads),
        reference=reference_in(ad_group.name),
        learning=learning_terms.of_ad_group(ad_group, criteria),
    )


def _ad(ad_group_ad: Any) -> RemoteAd:
    """A search ad has no name; its first headline is used."""
    ad = ad_group_ad.ad
    texts = ad.responsive_search_ad
    headline = texts.headlines[0].text if texts.headlines else ""
    return RemoteAd(
        remote_id=id_of(ad),
        name=ad.name or headline,
        status=_ad_status(ad_group_ad),
        headline=headline,
        body=texts.descriptions[0].text if texts.descriptions else "",
        reference=reference_of_suffix(ad.final_url_suffix),
        review_words=_review_words(ad_group_ad),
        learning=learning_terms.of_ad(ad),
    )


def _review_words(ad_group_ad: Any) -> str:
    """Of a disapproved ad: each policy topic with what it was found in."""
    if _ad_status(ad_group_ad) != "rejected":
        return ""
    return said(lambda: map(_topic, ad_group_ad.policy_summary.policy_topic_entries))


def _topic(entry: Any) -> str:
    found = [text for one in entry.evidences for text in one.text_list.texts if text]
    quoted = ", ".join(f"“{text}”" for text in found)
    words = entry.topic.replace("_", " ").capitalize()
    return f"{words} ({entry.topic}): {quoted}." if quoted else f"{words} ({entry.topic})."


def _ad_status(ad_group_ad: Any) -> RemoteStatus:
    policy = ad_group_ad.policy_summary
    status = status_of(ad_group_ad)
    if enum_name(policy, "approval_status") == "DISAPPROVED":
        return "rejected"
    if status == "active" and enum_name(policy, "review_status") in _IN_REVIEW:
        return "in_review"
    return status


def refs(campaign: RemoteCampaign) -> list[RemoteRef]:
    """The whole tree: campaign, then each ad group followed by its ads."""
    campaign_id = campaign.remote_id
    result = [RemoteRef("campaign", campaign_id, "", campaign.name, campaign.reference)]
    for group in campaign.ad_groups:
        result.append(
            RemoteRef("ad_group", group.remote_id, campaign_id, group.name, group.reference)
        )
        result += [
            RemoteRef("ad", ad.remote_id, group.remote_id, ad.name, ad.reference)
            for ad in group.ads
        ]
    return result


def metric_row(level: Level, row: Any, currency: str) -> MetricRow:
    """Conversions and their value are doubles; a fraction of a conversion is normal."""
    metrics = row.metrics
    return MetricRow(
        level=level,
        remote_id=metric_id(level, row),
        day=metric_day(row),
        impressions=_count(metrics, "impressions"),
        clicks=_count(metrics, "clicks"),
        conversions=_decimal(metrics, "conversions"),
        spend=Money.from_micros(_cost(metrics), currency),
        revenue=Money(_decimal(metrics, "conversions_value"), currency),
    )


def metric_id(level: Level, row: Any) -> str:
    return id_of(row.campaign if level == "campaign" else row.ad_group_ad.ad)


def metric_day(row: Any) -> date:
    return day_in({"segments.date": row.segments.date}, "segments.date")


def id_of(message: Any) -> str:
    """The id; a message that was not sent has the id 0. Raises WrongShape."""
    if message.id <= 0:
        raise WrongShape(f"{message.DESCRIPTOR.name} has no id")
    return str(message.id)


def _count(metrics: Any, name: str) -> int:
    value: int = getattr(metrics, name)
    if not 0 <= value <= _LARGEST:
        raise WrongShape(f"{name} is no count")
    return value


def _cost(metrics: Any) -> int:
    micros: int = metrics.cost_micros
    if abs(micros) >= _LARGEST * MICROS:
        raise WrongShape("cost_micros is no possible number")
    return micros


def _decimal(metrics: Any, name: str) -> Decimal:
    value: float = getattr(metrics, name)
    if not math.isfinite(value) or abs(value) >= _LARGEST:
        raise WrongShape(f"{name} is no possible number")
    return Decimal(str(round(value, _DECIMALS)))


def day_of(text: str) -> date | None:
    """None for the far date that Google sets on campaigns without an end."""
    if not text or text.startswith("2037-12-30"):
        return None
    return date.fromisoformat(text[:10])
