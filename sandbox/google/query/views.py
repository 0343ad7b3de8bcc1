"""Builds resources as the API returns them: stored fields and output-only fields."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.google import kinds
from sandbox.google.fields import get_enum, set_enum
from sandbox.google.kinds import Kind
from sandbox.google.store import GoogleStore
from sandbox.world import review
from sandbox.world.model import Ad, AdGroup, Campaign

Message = Any

_STATUS = {"active": "ENABLED", "paused": "PAUSED", "removed": "REMOVED"}
_LEARNING = dt.timedelta(days=7)
_SMART = ("maximize_conversions", "maximize_conversion_value", "target_cpa", "target_roas")
_STRATEGY_TYPES = {"bidding_strategy": "UNSPECIFIED"}
_Health = tuple[str, tuple[str, ...]]


def build_view(store: GoogleStore, kind: Kind, key: str, *, health: bool = True) -> Message | None:
    """The resource as the API returns it now; None when it does not exist.

    Without `health` the serving status, which depends on all children, is left out.
    """
    message = store.get(kind, key)
    if message is None:
        return None
    message.resource_name = kind.resource_name(store.customer_id, key)
    if len(kind.parts) == 1:
        message.id = int(key)
    _FILL[kind.name](store, key, message)
    if health and kind.name in _HEALTH:
        _HEALTH[kind.name](store, key, message)
    return message


def _fill_budget(store: GoogleStore, key: str, message: Message) -> None:
    campaigns = store.campaigns_with_budget(key)
    message.reference_count = len(campaigns)
    if get_enum(message, "status") == "UNSPECIFIED":
        set_enum(message, "status", "ENABLED")
    if message.explicitly_shared or not campaigns:
        return
    message.name = campaigns[0].name
    if not message.total_amount_micros and campaigns[0].daily_budget_micros is not None:
        message.amount_micros = campaigns[0].daily_budget_micros


def _fill_campaign(store: GoogleStore, key: str, message: Message) -> None:
    row = store.row(kinds.CAMPAIGN, key)
    assert isinstance(row, Campaign)
    message.name = row.name
    set_enum(message, "status", _STATUS[row.status])
    _fill_dates(row, message)
    strategy = message.WhichOneof("campaign_bidding_strategy") or ""
    set_enum(message, "bidding_strategy_type", _STRATEGY_TYPES.get(strategy, strategy.upper()))
    _fill_presence(message.geo_target_type_setting)
    declared = get_enum(message, "contains_eu_political_advertising") != "UNSPECIFIED"
    message.missing_eu_political_advertising_declaration = not declared


def _fill_presence(setting: Message) -> None:
    """Google's default of a new campaign. (Campaign.geo_target_type_setting)"""
    for field in ("positive_geo_target_type", "negative_geo_target_type"):
        if get_enum(setting, field) == "UNSPECIFIED":
            set_enum(setting, field, "PRESENCE_OR_INTEREST" if field[0] == "p" else "PRESENCE")


def _fill_campaign_serving(store: GoogleStore, key: str, message: Message) -> None:
    row = store.world.campaigns[key]
    status, reasons = campaign_health(store, row, message)
    set_enum(message, "primary_status", status)
    _set_reasons(message, reasons)
    serving = {"ELIGIBLE": "SERVING", "LEARNING": "SERVING", "ENDED": "ENDED", "PENDING": "PENDING"}
    set_enum(message, "serving_status", serving.get(status, "NONE"))


def _fill_dates(row: Campaign, message: Message) -> None:
    for name, day, time in (
        ("start_date_time", row.start_date, "00:00:00"),
        ("end_date_time", row.end_date, "23:59:59"),
    ):
        if day is None:
            message.ClearField(name)
        elif not getattr(message, name).startswith(day.isoformat()):
            setattr(message, name, f"{day.isoformat()} {time}")


def _fill_ad_group(store: GoogleStore, key: str, message: Message) -> None:
    row = store.row(kinds.AD_GROUP, key)
    assert isinstance(row, AdGroup)
    message.name = row.name
    set_enum(message, "status", _STATUS[row.status])
    message.campaign = kinds.CAMPAIGN.resource_name(store.customer_id, row.campaign_id)
    if message.cpc_bid_micros:
        message.effective_cpc_bid_micros = message.cpc_bid_micros


def _fill_ad_group_serving(store: GoogleStore, key: str, message: Message) -> None:
    row = store.world.ad_groups[key]
    ads = store.world.list_ads(store.customer_id, ad_group_id=key, removed=False)
    status = _STATUS[row.status] if row.status != "active" else _ads_health(store, ads)[0]
    set_enum(message, "primary_status", status)


def _fill_ad(store: GoogleStore, key: str, message: Message) -> None:
    row = store.row(kinds.AD, key)
    assert isinstance(row, Ad)
    set_enum(message, "status", _STATUS[row.status])
    message.ad_group = kinds.AD_GROUP.resource_name(store.customer_id, row.ad_group_id)
    message.ad.id = int(row.id)
    message.ad.resource_name = f"customers/{store.customer_id}/ads/{row.id}"
    kind = message.ad.WhichOneof("ad_data")
    set_enum(message.ad, "type", kind.upper() if kind else "UNKNOWN")
    set_enum(message, "ad_strength", _ad_strength(message.ad))
    _fill_policy(row, review.verdict(row, store.now()), message)


def _fill_policy(row: Ad, verdict: review.Verdict, message: Message) -> None:
    message.ClearField("policy_summary")
    policy = message.policy_summary
    pending = verdict == "pending"
    set_enum(policy, "review_status", "REVIEW_IN_PROGRESS" if pending else "REVIEWED")
    approval = {"pending": "UNKNOWN", "approved": "APPROVED", "refused": "DISAPPROVED"}[verdict]
    set_enum(policy, "approval_status", approval)
    if verdict == "refused":
        entry = policy.policy_topic_entries.add(topic="UNRELIABLE_CLAIMS")
        set_enum(entry, "type", "PROHIBITED")
        entry.evidences.add().text_list.texts.append(review.disallowed_phrase(row) or "")
    status = {"pending": "PENDING", "approved": "ELIGIBLE", "refused": "NOT_ELIGIBLE"}[verdict]
    set_enum(message, "primary_status", status if row.status == "active" else _STATUS[row.status])


def _fill_ad_group_criterion(store: GoogleStore, key: str, message: Message) -> None:
    group, _, criterion = key.partition("~")
    message.ad_group = kinds.AD_GROUP.resource_name(store.customer_id, group)
    message.criterion_id = int(criterion)
    _fill_criterion(message)
    set_enum(message, "approval_status", "APPROVED")


def _fill_campaign_criterion(store: GoogleStore, key: str, message: Message) -> None:
    campaign, _, criterion = key.partition("~")
    message.campaign = kinds.CAMPAIGN.resource_name(store.customer_id, campaign)
    message.criterion_id = int(criterion)
    _fill_criterion(message)


def _fill_criterion(message: Message) -> None:
    which = message.WhichOneof("criterion")
    set_enum(message, "type", which.upper() if which else "UNKNOWN")
    if get_enum(message, "status") == "UNSPECIFIED":
        set_enum(message, "status", "ENABLED")
    if which == "keyword":
        message.display_name = message.keyword.text


def _fill_asset(store: GoogleStore, key: str, message: Message) -> None:
    which = message.WhichOneof("asset_data") or ""
    set_enum(message, "type", which.removesuffix("_asset").upper())
    set_enum(message, "source", "ADVERTISER")


_FILL: dict[str, Callable[[GoogleStore, str, Message], None]] = {
    "campaign_budget": _fill_budget,
    "campaign": _fill_campaign,
    "ad_group": _fill_ad_group,
    "ad_group_ad": _fill_ad,
    "ad_group_criterion": _fill_ad_group_criterion,
    "campaign_criterion": _fill_campaign_criterion,
    "asset": _fill_asset,
}
_HEALTH: dict[str, Callable[[GoogleStore, str, Message], None]] = {
    "campaign": _fill_campaign_serving,
    "ad_group": _fill_ad_group_serving,
}


def campaign_health(store: GoogleStore, row: Campaign, message: Message) -> _Health:
    """(primary_status, its reasons) by the first rule that applies."""
    today = store.today()
    if row.status != "active":
        return _STATUS[row.status], (f"CAMPAIGN_{_STATUS[row.status]}",)
    if row.end_date is not None and row.end_date < today:
        return "ENDED", ("CAMPAIGN_ENDED",)
    if row.start_date is not None and row.start_date > today:
        return "PENDING", ("CAMPAIGN_PENDING",)
    status, reasons = _delivery_health(store, row)
    strategy = message.WhichOneof("campaign_bidding_strategy")
    young = store.now() - row.created_at < _LEARNING
    if status == "ELIGIBLE" and strategy in _SMART and young:
        return "LEARNING", ("BIDDING_STRATEGY_LEARNING",)
    return status, reasons


def _delivery_health(store: GoogleStore, row: Campaign) -> _Health:
    if row.objective == "PERFORMANCE_MAX":
        return "NOT_ELIGIBLE", ("NO_ASSET_GROUPS",)
    groups = store.world.list_ad_groups(store.customer_id, row.id, removed=False)
    if not groups:
        return "NOT_ELIGIBLE", ("NO_AD_GROUPS",)
    active_groups = [group for group in groups if group.status == "active"]
    if not active_groups:
        return "NOT_ELIGIBLE", ("AD_GROUPS_PAUSED",)
    if row.objective == "SEARCH" and not _has_keyword(store, {group.id for group in active_groups}):
        return "NOT_ELIGIBLE", ("NO_KEYWORDS",)
    ids = {group.id for group in active_groups}
    ads = store.world.list_ads(store.customer_id, campaign_id=row.id, removed=False)
    return _ads_health(store, [ad for ad in ads if ad.ad_group_id in ids])


def _ads_health(store: GoogleStore, ads: Iterable[Ad]) -> _Health:
    all_ads = list(ads)
    if not all_ads:
        return "NOT_ELIGIBLE", ("NO_AD_GROUP_ADS",)
    verdicts = [review.verdict(ad, store.now()) for ad in all_ads if ad.status == "active"]
    if not verdicts:
        return "NOT_ELIGIBLE", ("AD_GROUP_ADS_PAUSED",)
    if "approved" in verdicts:
        return "ELIGIBLE", ()
    if "pending" in verdicts:
        return "PENDING", ("MOST_ADS_UNDER_REVIEW",)
    return "NOT_ELIGIBLE", ("HAS_ADS_DISAPPROVED",)


def _has_keyword(store: GoogleStore, groups: set[str]) -> bool:
    for key in store.keys(kinds.AD_GROUP_CRITERION):
        if key.partition("~")[0] not in groups:
            continue
        message = store.get(kinds.AD_GROUP_CRITERION, key)
        if message is None or message.negative or get_enum(message, "status") != "ENABLED":
            continue
        if message.WhichOneof("criterion") == "keyword":
            return True
    return False


def _set_reasons(message: Message, reasons: tuple[str, ...]) -> None:
    enum = message.DESCRIPTOR.fields_by_name["primary_status_reasons"].enum_type
    del message.primary_status_reasons[:]
    message.primary_status_reasons.extend(enum.values_by_name[name].number for name in reasons)


def _ad_strength(ad: Message) -> str:
    if ad.WhichOneof("ad_data") != "responsive_search_ad":
        return "PENDING"
    count = len(ad.responsive_search_ad.headlines)
    levels = ((11, "EXCELLENT"), (8, "GOOD"), (5, "AVERAGE"))
    return next((name for least, name in levels if count >= least), "POOR")
