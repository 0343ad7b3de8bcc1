"""Maps Graph rows to our records: pure functions.

Source: Meta Marketing API v26.0, statuses, insights and pre-flight reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from core.common.dates import zone
from core.common.money import Money, total
from platforms.common.answers import (
    amount,
    count_in,
    currency_in,
    day_in,
    id_in,
    number_in,
    object_in,
    rows_in,
    said,
    text_in,
    time_zone_in,
)
from platforms.common.references import reference_in
from platforms.meta import learning_terms
from platforms.meta.money import CURRENCIES, from_minor
from platforms.types import (
    AccountInfo,
    Level,
    MetricRow,
    RemoteAd,
    RemoteAdGroup,
    RemoteCampaign,
    RemoteStatus,
)

Row = dict[str, Any]

ID_KEY: dict[Level, str] = {"campaign": "campaign_id", "ad": "ad_id"}
_STATUSES = ["ACTIVE", "PAUSED", "ARCHIVED", "DELETED", "IN_PROCESS", "WITH_ISSUES"]
_AD_STATUSES = [
    *("CAMPAIGN_PAUSED", "ADSET_PAUSED", "PENDING_REVIEW", "DISAPPROVED", "PREAPPROVED"),
    "PENDING_BILLING_INFO",
]
# Insights leave out what is deleted or archived unless its status is asked for, so all are named.
EVERY_STATUS: dict[Level, Row] = {
    "campaign": {"field": "campaign.effective_status", "operator": "IN", "value": _STATUSES},
    "ad": {
        "field": "ad.effective_status",
        "operator": "IN",
        "value": [*_STATUSES, *_AD_STATUSES],
    },
}
# The same purchase is reported under several types: one is used, the widest first, never a sum.
PURCHASES = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")

_OBJECTIVES = {
    "OUTCOME_AWARENESS": "awareness",
    "OUTCOME_TRAFFIC": "traffic",
    "OUTCOME_ENGAGEMENT": "engagement",
    "OUTCOME_LEADS": "leads",
    "OUTCOME_SALES": "conversions",
    "OUTCOME_APP_PROMOTION": "app_promotion",
}
_ACCOUNT_STATES = {
    2: "Meta has disabled the account.",
    3: "The account has an unpaid balance.",
    7: "Meta is reviewing the account for risk.",
    8: "A payment of the account is pending.",
    9: "The account is in its grace period for a payment.",
    100: "The account is about to be closed.",
    101: "The account is closed.",
}
_ACTIVE_ACCOUNT = 1
_GONE = ("DELETED", "ARCHIVED")


def account_info(row: Row, minimums: Iterable[Row], options: Mapping[str, str]) -> AccountInfo:
    currency = currency_in(row, "currency")
    problems = list(_account_problems(row, options))
    return AccountInfo(
        external_id=id_in(row, "account_id"),
        name=text_in(row, "name"),
        currency=currency,
        time_zone=time_zone_in(row, "timezone_name"),
        can_deliver=not problems,
        problems=tuple(problems),
        min_daily_budget=_minimum(row, minimums, currency),
        raw=row,
    )


def _account_problems(row: Row, options: Mapping[str, str]) -> Iterable[str]:
    state = count_in(row, "account_status")
    if state != _ACTIVE_ACCOUNT:
        yield _ACCOUNT_STATES.get(state, f"Meta reports the account in state {state}.")
    if not row.get("funding_source"):
        yield "The account has no payment method."
    if not options.get("page_id"):
        yield "No Facebook page is chosen for the ads."


def _minimum(row: Row, minimums: Iterable[Row], currency: str) -> Money | None:
    """The minimum for ad sets billed by impressions, as ours are."""
    own = next((each for each in minimums if each.get("currency") == currency), {})
    value = number_in(own, "min_daily_budget_imp") or number_in(row, "min_daily_budget")
    return from_minor(value, currency) if value and currency in CURRENCIES else None


def is_gone(row: Row) -> bool:
    return text_in(row, "effective_status") in _GONE


def status_of(row: Row) -> RemoteStatus:
    """The object's own status and its review; the pause of a parent does not count."""
    effective = text_in(row, "effective_status")
    if effective in _GONE:
        return "absent"
    if effective == "DISAPPROVED":
        return "rejected"
    if row.get("configured_status", effective) == "PAUSED":
        return "paused"
    if effective in ("PENDING_REVIEW", "IN_PROCESS"):
        return "in_review"
    return "active" if row.get("configured_status", effective) == "ACTIVE" else "unknown"


def tree(
    campaigns: Iterable[Row],
    ad_sets: Iterable[Row],
    ads: Iterable[Row],
    currency: str,
    time_zone: str,
    now: datetime,
) -> list[RemoteCampaign]:
    sets_of, ads_of = _group_by(ad_sets, "campaign_id"), _group_by(ads, "adset_id")
    today = now.astimezone(zone(time_zone)).date()
    return [
        _campaign(row, sets_of[id_in(row, "id")], ads_of, currency, time_zone, today)
        for row in campaigns
        if not is_gone(row)
    ]


def _group_by(rows: Iterable[Row], key: str) -> defaultdict[str, list[Row]]:
    grouped: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if not is_gone(row):
            grouped[id_in(row, key)].append(row)
    return grouped


def _campaign(
    row: Row,
    sets: list[Row],
    ads_of: dict[str, list[Row]],
    currency: str,
    time_zone: str,
    today: date,
) -> RemoteCampaign:
    budget, budget_on = daily_budget(row, sets, currency)
    starts = [day_of(each.get("start_time"), time_zone) for each in sets]
    ends = [day_of(each.get("end_time"), time_zone) for each in sets]
    end = max((day for day in ends if day), default=None) if ends and all(ends) else None
    status = status_of(row)
    objective, name = text_in(row, "objective"), text_in(row, "name")
    return RemoteCampaign(
        remote_id=id_in(row, "id"),
        name=name,
        status="ended" if status == "active" and end and end < today else status,
        objective=_OBJECTIVES.get(objective, objective.lower()),
        daily_budget=budget,
        budget_on=budget_on,
        start=min((day for day in starts if day), default=None),
        end=end,
        ad_groups=tuple(
            _ad_group(each, ads_of[id_in(each, "id")], currency, time_zone) for each in sets
        ),
        reference=reference_in(name),
        total_budget=own_budget(row, "lifetime_budget", currency),
        learning=learning_terms.of_campaign(row),
    )


def daily_budget(
    row: Row, sets: list[Row], currency: str
) -> tuple[Money | None, Literal["campaign", "ad_group", "none"]]:
    """(daily amount, the level that has the budget); a "0" means no budget at this level."""
    if number_in(row, "daily_budget") > 0:
        return from_minor(number_in(row, "daily_budget"), currency), "campaign"
    if number_in(row, "lifetime_budget") > 0:
        return None, "campaign"
    amounts = [number_in(each, "daily_budget") for each in sets]
    daily = [from_minor(amount, currency) for amount in amounts if amount > 0]
    if daily:
        return total(daily, currency), "ad_group"
    return None, "ad_group" if sets else "none"


def own_daily_budget(row: Row, currency: str) -> Money | None:
    """Of one campaign or ad set; a "0" means none."""
    return own_budget(row, "daily_budget", currency)


def own_budget(row: Row, key: str, currency: str) -> Money | None:
    amount = number_in(row, key)
    return from_minor(amount, currency) if amount > 0 else None


def _ad_group(row: Row, ads: list[Row], currency: str, time_zone: str) -> RemoteAdGroup:
    return RemoteAdGroup(
        remote_id=id_in(row, "id"),
        name=text_in(row, "name"),
        status=status_of(row),
        ads=tuple(_ad(ad) for ad in ads),
        reference=reference_in(text_in(row, "name")),
        daily_budget=own_budget(row, "daily_budget", currency),
        total_budget=own_budget(row, "lifetime_budget", currency),
        start=day_of(row.get("start_time"), time_zone),
        end=day_of(row.get("end_time"), time_zone),
        learning=learning_terms.of_ad_set(row),
    )


def _ad(row: Row) -> RemoteAd:
    creative = object_in(row.get("creative"), "creative")
    story = object_in(creative.get("object_story_spec"), "object_story_spec")
    video = object_in(story.get("video_data"), "video_data")
    link = object_in(story.get("link_data"), "link_data")
    return RemoteAd(
        remote_id=id_in(row, "id"),
        name=text_in(row, "name"),
        status=status_of(row),
        headline=text_in(link, "name") or text_in(video, "title") or text_in(creative, "title"),
        body=text_in(link, "message") or text_in(video, "message") or text_in(creative, "body"),
        image_url=text_in(creative, "image_url"),
        media_kind="video" if video else "picture" if link.get("image_hash") else "",
        reference=reference_in(text_in(row, "name")),
        review_words=review_words(row) if status_of(row) == "rejected" else "",
        learning=learning_terms.of_ad(row),
    )


def review_words(row: Row) -> str:
    """What Meta says of a disapproved ad: each policy with its text, then its issues. Empty where
    that cannot be read: it decides nothing."""
    return said(lambda: [*_feedback(row.get("ad_review_feedback")), *_issues(row)])


def _feedback(feedback: Any) -> Iterable[str]:
    """{"global": {policy: text}, "placement_specific": {placement: {policy: text}}}"""
    if isinstance(feedback, str):
        yield feedback
    elif isinstance(feedback, dict):
        for policy, text in feedback.items():
            if isinstance(text, str):
                yield f"{policy}: {text}"
            else:
                yield from _feedback(text)


def _issues(row: Row) -> Iterable[str]:
    for issue in rows_in(row.get("issues_info"), "issues_info"):
        parts = (text_in(issue, "error_summary"), text_in(issue, "error_message"))
        yield ": ".join(part for part in parts if part)


def metric_row(level: Level, row: Row, currency: str) -> MetricRow:
    """Every metric is a text; a missing one is zero. Spend is in major units."""
    return MetricRow(
        level=level,
        remote_id=id_in(row, ID_KEY[level]),
        day=metric_day(row),
        impressions=count_in(row, "impressions"),
        clicks=count_in(row, "clicks"),
        conversions=purchases(row.get("actions")),
        spend=amount(number_in(row, "spend"), currency),
        revenue=amount(purchases(row.get("action_values")), currency),
    )


def metric_day(row: Row) -> date:
    return day_in(row, "date_start")


def purchases(actions: Any) -> Decimal:
    """The value of the one purchase type that counts."""
    rows = rows_in(actions, "actions")
    by_type = {text_in(row, "action_type"): number_in(row, "value") for row in rows}
    return next((by_type[kind] for kind in PURCHASES if kind in by_type), Decimal(0))


def day_of(text: Any, time_zone: str) -> date | None:
    if not text:
        return None
    return datetime.fromisoformat(str(text)).astimezone(zone(time_zone)).date()
