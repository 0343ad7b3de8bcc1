"""Why something runs or does not, in plain words; and the words of ad groups and ads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from campaigns.lifecycle import delivery, remote_word
from campaigns.models import Ad, AdGroup, Campaign, PublishRequest, RemoteState, Wanted
from campaigns.presentation import labels
from campaigns.selectors import MetricTotals
from core.common import dates
from platforms.models import AdAccount

WORDS = (
    "Active",
    "In review",
    "Paused",
    "Paused by campaign",
    "Paused by ad group",
    "Disapproved",
    "Error",
    "Being published",
    "Active, should be paused",
    "Ended",
    "Draft",
    "Archived",
    "Not on the platform",
    "Imported",
    "Unknown",
)
_OFF = {Wanted.PAUSED, Wanted.ARCHIVED}
_WHY = {
    "Imported": "Taken from a report file: no platform stands behind it.",
    "Error": "The last change was refused.",
    "Being published": "A change waits or is on its way to the platform.",
    "Draft": "It was not sent to the platform yet.",
    "Archived": "Archived: it is stopped and cannot be enabled again.",
    "Active, should be paused": "It is to be paused, but the platform says that it still runs.",
    "In review": "The platform looks at it before it may run; that takes up to a day.",
    "Disapproved": "The platform disapproved it. Its own manager says which rule it breaks.",
    "Ended": "It is over on the platform.",
    "Not on the platform": "The platform does not show it: it was removed there, or never made.",
    "Unknown": "The platform has not said yet how it is.",
    "Paused by campaign": "Its campaign is off, and so is everything in it.",
    "Paused by ad group": "Its ad group is off, and so are its ads.",
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


def part_delivery(part: AdGroup | Ad, publishing: str = "") -> tuple[str, str]:
    """One word and its tone for an ad group or ad: a parent that is off is named as the cause."""
    campaign = part.campaign if isinstance(part, AdGroup) else part.ad_group.campaign
    if campaign.origin == Campaign.Origin.IMPORT:
        return "Imported", "off"
    if publishing == PublishRequest.State.REFUSED:
        return "Error", "bad"
    if publishing in PublishRequest.OPEN:
        return "Being published", "wait"
    if part.wanted == Wanted.PAUSED and part.remote == RemoteState.ACTIVE:
        return "Active, should be paused", "bad"
    if part.wanted in {*_OFF, Wanted.DRAFT}:
        return part.get_wanted_display().capitalize(), "off"
    if campaign.wanted in _OFF:
        return "Paused by campaign", "off"
    if isinstance(part, Ad) and part.ad_group.wanted in _OFF:
        return "Paused by ad group", "off"
    return remote_word(part.remote)


def word_of(item: Campaign | AdGroup | Ad, publishing: str = "") -> tuple[str, str]:
    if isinstance(item, Campaign):
        return delivery(item, publishing)
    return part_delivery(item, publishing)


def reason(item: Campaign | AdGroup | Ad, word: str, sent: PublishRequest | None = None) -> str:
    """One or two sentences. `sent` is selectors.deciding_request: then also who refused or holds
    it. Asks the database nothing when the campaign and account are read."""
    campaign = _campaign(item)
    said = _published(sent) or _WHY.get(word) or _dated(campaign) or _switched(item, word)
    return f"{said} {_account_problem(campaign.account)}".strip()


def _published(sent: PublishRequest | None) -> str:
    if sent is None:
        return ""
    if sent.state == PublishRequest.State.REFUSED:
        return _REFUSED.get(sent.refusal, "")
    return _HELD.get(sent.refusal, "") if sent.state == PublishRequest.State.WAITING else ""


def _campaign(item: Campaign | AdGroup | Ad) -> Campaign:
    if isinstance(item, Campaign):
        return item
    return item.campaign if isinstance(item, AdGroup) else item.ad_group.campaign


def _dated(campaign: Campaign) -> str:
    today = dates.today(campaign.account.time_zone)
    if campaign.end is not None and campaign.end < today:
        return f"Its last day was {_day(campaign.end)}."
    if campaign.start is not None and campaign.start > today:
        return f"It is scheduled to start on {_day(campaign.start)}."
    return ""


def _switched(item: Campaign | AdGroup | Ad, word: str) -> str:
    if word == "Active":
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
