"""Why something runs or does not, in plain words; and the words of ad groups and ads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from campaigns.lifecycle import AS_REMOTE, AS_WANTED, Delivery, delivery
from campaigns.models import Ad, AdGroup, Campaign, PublishRequest, RemoteState, Wanted
from campaigns.presentation import labels
from campaigns.selectors import MetricTotals
from core.common import dates
from platforms.models import AdAccount

_OFF = {Wanted.PAUSED, Wanted.ARCHIVED}
_WHY = {
    Delivery.IMPORTED: "Taken from a report file: no platform stands behind it.",
    Delivery.ERROR: "The last change was refused.",
    Delivery.BEING_PUBLISHED: "A change waits or is on its way to the platform.",
    Delivery.DRAFT: "It was not sent to the platform yet.",
    Delivery.ARCHIVED: "Archived: it is stopped and cannot be enabled again.",
    Delivery.STILL_ACTIVE: "It is to be paused, but the platform says that it still runs.",
    Delivery.IN_REVIEW: "The platform looks at it before it may run; that takes up to a day.",
    Delivery.DISAPPROVED: "The platform disapproved it. Its own manager says which rule it breaks.",
    Delivery.ENDED: "It is over on the platform.",
    Delivery.ABSENT: "The platform does not show it: it was removed there, or never made.",
    Delivery.UNKNOWN: "The platform has not reported a status yet.",
    Delivery.PAUSED_BY_CAMPAIGN: "Its campaign is off, and so is everything in it.",
    Delivery.PAUSED_BY_AD_GROUP: "Its ad group is off, and so are its ads.",
}
_Refusal = PublishRequest.Refusal
_REFUSED: dict[str, str] = {
    _Refusal.ADVERTISER_STOP: "The stop switch refused the last change.",
    _Refusal.PLATFORM_STOP: "The platform's stop switch refused the last change.",
    _Refusal.LIMIT: "A limit refused the last change.",
    _Refusal.CONTENT: "The last change could not be sent as it was.",
    _Refusal.PLATFORM: "The platform refused the last change.",
}
_HELD: dict[str, str] = {
    _Refusal.ADVERTISER_STOP: "The stop switch holds it; it goes on when the switch is lifted.",
    _Refusal.PLATFORM_STOP: "The platform's stop switch holds it; it goes on when the switch is "
    "lifted.",
}
FULL = 3


def part_delivery(part: AdGroup | Ad, publishing: str = "") -> Delivery:
    """Of an ad group or ad: a parent that is off is named as the cause."""
    campaign = part.campaign if isinstance(part, AdGroup) else part.ad_group.campaign
    if campaign.origin == Campaign.Origin.IMPORT:
        return Delivery.IMPORTED
    if publishing == PublishRequest.State.REFUSED:
        return Delivery.ERROR
    if publishing in PublishRequest.OPEN:
        return Delivery.BEING_PUBLISHED
    if part.wanted == Wanted.PAUSED and part.remote == RemoteState.ACTIVE:
        return Delivery.STILL_ACTIVE
    if part.wanted in AS_WANTED:
        return AS_WANTED[part.wanted]
    if campaign.wanted in _OFF:
        return Delivery.PAUSED_BY_CAMPAIGN
    if isinstance(part, Ad) and part.ad_group.wanted in _OFF:
        return Delivery.PAUSED_BY_AD_GROUP
    return AS_REMOTE[part.remote]


def delivery_of(item: Campaign | AdGroup | Ad, publishing: str = "") -> Delivery:
    if isinstance(item, Campaign):
        return delivery(item, publishing)
    return part_delivery(item, publishing)


def reason(item: Campaign | AdGroup | Ad, now: Delivery, sent: PublishRequest | None = None) -> str:
    """One or two sentences. `sent` is selectors.deciding_request: then also who refused or holds
    it. Asks the database nothing when the campaign and account are read."""
    campaign = _campaign(item)
    text = (
        _publishing_text(sent) or _WHY.get(now) or _dates_text(campaign) or _status_text(item, now)
    )
    return f"{text} {_account_problem(campaign.account)}".strip()


def _publishing_text(sent: PublishRequest | None) -> str:
    if sent is None:
        return ""
    if sent.state == PublishRequest.State.REFUSED:
        return _REFUSED.get(sent.refusal, "")
    return _HELD.get(sent.refusal, "") if sent.state == PublishRequest.State.WAITING else ""


def _campaign(item: Campaign | AdGroup | Ad) -> Campaign:
    if isinstance(item, Campaign):
        return item
    return item.campaign if isinstance(item, AdGroup) else item.ad_group.campaign


def _dates_text(campaign: Campaign) -> str:
    today = dates.today(campaign.account.time_zone)
    if campaign.end is not None and campaign.end < today:
        return f"Its last day was {_day(campaign.end)}."
    if campaign.start is not None and campaign.start > today:
        return f"It is scheduled to start on {_day(campaign.start)}."
    return ""


def _status_text(item: Campaign | AdGroup | Ad, now: Delivery) -> str:
    if now == Delivery.ACTIVE:
        return "It is on, and the platform shows it."
    if item.wanted == Wanted.PAUSED:
        return "It was paused."
    return "It is wanted active, but it is paused on the platform."


def _account_problem(account: AdAccount) -> str:
    name = labels.platform_name(account.platform)
    if account.state == AdAccount.State.NEEDS_TOKEN:
        return f"{name} needs a new sign-in: nothing can be read or changed until then."
    if account.state == AdAccount.State.DISCONNECTED:
        return f"The {name} account is disconnected."
    if not account.can_deliver:
        return f"The {name} account cannot deliver ads at present."
    return ""


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def spends_all(campaign: Campaign, newest: Sequence[MetricTotals]) -> bool:
    """Whether each of the newest days (at least three) spent 95 % of the daily budget."""
    budget = campaign.daily_budget_micros
    if not budget or len(newest) < FULL:
        return False
    return all(day.spend_micros >= budget * 95 // 100 for day in newest[-FULL:])
