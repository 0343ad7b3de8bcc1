"""Maps TikTok's rows to our records: pure functions.

Source: TikTok API for Business v1.3, status values and reports.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Literal
from zoneinfo import ZoneInfo

from core.common.money import Money, total
from platforms.common.answers import (
    WrongShape,
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
from platforms.tiktok import learning_terms
from platforms.tiktok.identities import identity_problem
from platforms.types import (
    AccountInfo,
    Level,
    MediaKind,
    MetricRow,
    RemoteAd,
    RemoteAdGroup,
    RemoteCampaign,
    RemoteStatus,
)

Row = dict[str, Any]

REPORT_DAYS = 30  # the longest range of a report by day
# Purchases on the website. `total_complete_payment_rate` is, despite its name, their total value.
METRICS = ["spend", "impressions", "clicks", "complete_payment", "total_complete_payment_rate"]
_ALWAYS = ("spend", "impressions", "clicks")
DATA_LEVEL: dict[Level, str] = {"campaign": "AUCTION_CAMPAIGN", "ad": "AUCTION_AD"}
ID_DIMENSION: dict[Level, str] = {"campaign": "campaign_id", "ad": "ad_id"}

_MEDIA_KINDS: dict[str, MediaKind] = {"SINGLE_IMAGE": "picture", "SINGLE_VIDEO": "video"}
_OBJECTIVES = {
    "REACH": "awareness",
    "TRAFFIC": "traffic",
    "VIDEO_VIEWS": "engagement",
    "ENGAGEMENT": "engagement",
    "WEB_CONVERSIONS": "conversions",
    "LEAD_GENERATION": "leads",
    "APP_PROMOTION": "app_promotion",
    "PRODUCT_SALES": "catalog_sales",
}
_TOTAL = "BUDGET_MODE_TOTAL"
_DAILY = ("BUDGET_MODE_DAY", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET")
_STATUS_SENTENCES = {
    "STATUS_LIMIT": "TikTok has restricted the account.",
    "STATUS_DISABLE": "The TikTok account is closed.",
}
_TIME = "%Y-%m-%d %H:%M:%S"


def account_info(row: Row, options: Any) -> AccountInfo:
    status = text_in(row, "status")
    problems = []
    if status != "STATUS_ENABLE":
        problems.append(_STATUS_SENTENCES.get(status, f"TikTok reports the account as {status}."))
    if not options.get("identity_id"):
        problems.append("No TikTok identity is chosen for the ads.")
    elif problem := identity_problem(options):
        problems.append(problem)
    return AccountInfo(
        external_id=id_in(row, "advertiser_id"),
        name=text_in(row, "name"),
        currency=currency_in(row, "currency"),
        time_zone=time_zone_in(
            row, "display_timezone" if row.get("display_timezone") else "timezone"
        ),
        can_deliver=not problems,
        problems=tuple(problems),
        raw=row,
    )


def is_deleted(row: Row) -> bool:
    secondary = text_in(row, "secondary_status")
    return row.get("operation_status") == "DELETE" or secondary.endswith("_STATUS_DELETE")


def status_of(row: Row) -> RemoteStatus:
    """The object's own status, its end and its review; the pause of a parent does not count."""
    secondary = text_in(row, "secondary_status")
    if is_deleted(row):
        return "absent"
    if "TIME_DONE" in secondary:
        return "ended"
    if "AUDIT_DENY" in secondary:
        return "rejected"
    if row.get("operation_status") == "DISABLE":
        return "paused"
    if secondary.endswith(("_AUDIT", "_REAUDIT")):
        return "in_review"
    return "active" if row.get("operation_status") == "ENABLE" else "unknown"


def tree(
    campaigns: Iterable[Row],
    ad_groups: Iterable[Row],
    ads: Iterable[Row],
    currency: str,
    time_zone: str,
    words: Mapping[str, str] | None = None,
) -> list[RemoteCampaign]:
    """`words`: ad id to why it was disapproved."""
    groups_of = _group_by(ad_groups, "campaign_id")
    ads_of = {
        group: [_ad(row, words or {}) for row in rows]
        for group, rows in _group_by(ads, "adgroup_id").items()
    }
    return [
        _campaign(row, groups_of[id_in(row, "campaign_id")], ads_of, currency, time_zone)
        for row in campaigns
        if not is_deleted(row)
    ]


def _group_by(rows: Iterable[Row], key: str) -> defaultdict[str, list[Row]]:
    grouped: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if not is_deleted(row):
            grouped[id_in(row, key)].append(row)
    return grouped


def _campaign(
    row: Row, groups: list[Row], ads_of: Mapping[str, list[RemoteAd]], currency: str, time_zone: str
) -> RemoteCampaign:
    budget, budget_on = daily_budget(row, groups, currency)
    ends = [day_of(group.get("schedule_end_time"), time_zone) for group in groups]
    starts = [day_of(group.get("schedule_start_time"), time_zone) for group in groups]
    name, objective = text_in(row, "campaign_name"), text_in(row, "objective_type")
    open_end = any(group.get("schedule_type") == "SCHEDULE_FROM_NOW" for group in groups)
    return RemoteCampaign(
        remote_id=id_in(row, "campaign_id"),
        name=name,
        status=_campaign_status(row, groups),
        objective=_OBJECTIVES.get(objective, objective.lower()),
        daily_budget=budget,
        budget_on=budget_on,
        start=min((day for day in starts if day), default=None),
        end=None if open_end else max((day for day in ends if day), default=None),
        ad_groups=tuple(
            _ad_group(group, ads_of.get(id_in(group, "adgroup_id"), []), currency, time_zone)
            for group in groups
        ),
        reference=reference_in(name),
        total_budget=_total_budget(row, currency),
    )


def _campaign_status(row: Row, groups: list[Row]) -> RemoteStatus:
    """A campaign has no end date; it has ended when all its ad groups have ended."""
    status = status_of(row)
    if status == "active" and groups and all(status_of(group) == "ended" for group in groups):
        return "ended"
    return status


def _total_budget(row: Row, currency: str) -> Money | None:
    is_total = text_in(row, "budget_mode") == _TOTAL
    return Money(number_in(row, "budget"), currency) if is_total else None


def _ad_group(row: Row, ads: list[RemoteAd], currency: str, time_zone: str) -> RemoteAdGroup:
    open_end = text_in(row, "schedule_type") == "SCHEDULE_FROM_NOW"
    return RemoteAdGroup(
        remote_id=id_in(row, "adgroup_id"),
        name=text_in(row, "adgroup_name"),
        status=status_of(row),
        ads=tuple(ads),
        reference=reference_in(text_in(row, "adgroup_name")),
        daily_budget=own_daily_budget(row, currency),
        total_budget=_total_budget(row, currency),
        start=day_of(row.get("schedule_start_time"), time_zone),
        end=None if open_end else day_of(row.get("schedule_end_time"), time_zone),
        learning=learning_terms.of_ad_group(row),
    )


def _ad(row: Row, words: Mapping[str, str]) -> RemoteAd:
    return RemoteAd(
        remote_id=id_in(row, "ad_id"),
        name=text_in(row, "ad_name"),
        status=status_of(row),
        body=text_in(row, "ad_text"),
        image_url=text_in(row, "image_url"),
        media_kind=_MEDIA_KINDS.get(text_in(row, "ad_format"), ""),
        reference=reference_in(text_in(row, "ad_name")),
        review_words=words.get(id_in(row, "ad_id"), ""),
        learning=learning_terms.of_ad(row),
    )


def review_words(data: Row) -> dict[str, str]:
    """Ad id to the reasons and suggestions of its review; what cannot be read is left out."""
    infos = data.get("ad_review_map")
    if not isinstance(infos, dict):
        return {}
    return {ad: said(partial(_reasons, info)) for ad, info in infos.items()}


def _reasons(info: Any) -> Iterable[str]:
    for reject in rows_in(object_in(info, "review").get("reject_info"), "reject_info"):
        reasons = reject.get("reasons") or []
        yield from (reason for reason in reasons if isinstance(reason, str))
        yield text_in(reject, "suggestion")


def daily_budget(
    row: Row, groups: list[Row], currency: str
) -> tuple[Money | None, Literal["campaign", "ad_group", "none"]]:
    """(daily amount, the level that has the budget); on ad groups the amount is their sum."""
    mode = text_in(row, "budget_mode")
    if mode in _DAILY:
        return Money(number_in(row, "budget"), currency), "campaign"
    if mode == _TOTAL:
        return None, "campaign"
    own = [group for group in groups if text_in(group, "budget_mode") in _DAILY]
    daily = [Money(number_in(group, "budget"), currency) for group in own]
    if daily:
        return total(daily, currency), "ad_group"
    return None, "ad_group" if groups else "none"


def own_daily_budget(row: Row, currency: str) -> Money | None:
    """Of one campaign or ad group."""
    daily = text_in(row, "budget_mode") in _DAILY
    return Money(number_in(row, "budget"), currency) if daily else None


def metric_row(level: Level, row: Row, currency: str) -> MetricRow:
    """Raises WrongShape, which names the metric."""
    metrics = _metrics(object_in(row.get("metrics"), "metrics"))
    return MetricRow(
        level=level,
        remote_id=metric_id(level, row),
        day=metric_day(row),
        impressions=count_in(metrics, "impressions"),
        clicks=count_in(metrics, "clicks"),
        conversions=number_in(metrics, "complete_payment"),
        spend=amount(number_in(metrics, "spend"), currency),
        revenue=amount(number_in(metrics, "total_complete_payment_rate"), currency),
    )


def metric_id(level: Level, row: Row) -> str:
    return id_in(object_in(row.get("dimensions"), "dimensions"), ID_DIMENSION[level])


def metric_day(row: Row) -> date:
    return day_in(object_in(row.get("dimensions"), "dimensions"), "stat_time_day")


def _metrics(sent: Row) -> Row:
    """Metrics are strings; "-" means no value. What delivered has a cost and a count in any case:
    where that has no value, or a metric is absent, the row cannot be read, as it is not zero."""
    for name in METRICS:
        if sent.get(name) in (None, "") or (name in _ALWAYS and sent[name] == "-"):
            raise WrongShape(f"{name} has no value")
    return {name: None if sent[name] == "-" else sent[name] for name in METRICS}


def windows(first: date, last: date) -> Iterable[tuple[date, date]]:
    """Ranges of at most REPORT_DAYS that together cover first to last."""
    while first <= last:
        end = min(last, first + timedelta(days=REPORT_DAYS - 1))
        yield first, end
        first = end + timedelta(days=1)


def day_of(text: Any, time_zone: str) -> date | None:
    if not text:
        return None
    instant = datetime.strptime(str(text), _TIME).replace(tzinfo=UTC)
    return instant.astimezone(ZoneInfo(time_zone)).date()
