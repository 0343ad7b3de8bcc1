"""What the engine did and saw by itself since yesterday. Apps above this one register sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse

from campaigns.models import Ad, AdGroup, Campaign, CampaignBudgetChange, SpecVersion
from campaigns.restoring.offers import UndoOffer, undo_offers
from campaigns.specs.versions import read_back
from core.common import dates
from core.common.money import Money
from core.models import AUTOMATIC_KINDS, Advertiser, AuditAction, AuditEntry

NEWEST = 6
_STATUS: dict[str, str] = {
    AuditAction.SET_AD_STATUS: "ad",
    AuditAction.SET_AD_GROUP_STATUS: "ad group",
    AuditAction.SET_STATUS: "campaign",
}
_OTHERS = (AuditAction.CREATE_CAMPAIGN, AuditAction.REVIEW_ENDED)
_STATUS_VERBS = {"paused": "paused", "active": "switched on", "archived": "archived"}


@dataclass(frozen=True)
class ActivityItem:
    """One action: the object's name, market time, a text, the reason, and a link."""

    at: datetime
    name: str
    says: str
    url: str
    reason: str = ""
    is_incomplete: bool = False
    """Part of it failed or still waits."""
    offer: UndoOffer | None = None
    """Where it can be undone."""


@dataclass(frozen=True)
class Activity:
    since: datetime
    since_day: date
    counts: tuple[tuple[int, str], ...]
    items: tuple[ActivityItem, ...]
    runs: tuple[ActivityItem, ...]

    def __bool__(self) -> bool:
        return bool(self.counts or self.runs)

    @property
    def is_incomplete(self) -> bool:
        return any(run.is_incomplete for run in self.runs)


Source = Callable[[Advertiser, datetime], list[ActivityItem]]
_sources: list[Source] = []


def register(source: Source) -> Source:
    """Add a source of runs, called with the start of the period. Call it once, in `ready`."""
    if source not in _sources:
        _sources.append(source)
    return source


def activity(advertiser: Advertiser) -> Activity:
    """Since the start of yesterday in the advertiser's zone. A fixed number of queries."""
    yesterday = dates.today(advertiser.time_zone) - timedelta(days=1)
    since = dates.day_start(yesterday, advertiser.time_zone)
    entries = _entries(advertiser, since)
    return Activity(
        since,
        yesterday,
        _counts(entries),
        tuple(_items(advertiser, entries.order_by("-market_at", "-pk")[:NEWEST])),
        tuple(item for source in _sources for item in source(advertiser, since)),
    )


def _entries(advertiser: Advertiser, since: datetime) -> QuerySet[AuditEntry]:
    """A creation is recorded when it is requested: it counts once the platform has the campaign."""
    there = Campaign.objects.filter(account__advertiser=advertiser).exclude(remote_id="")
    found = AuditEntry.objects.filter(
        Q(action__in=[*_STATUS, *_OTHERS]) | Q(budget_change__isnull=False),
        advertiser=advertiser,
        actor_kind__in=AUTOMATIC_KINDS,
        market_at__gte=since,
    ).select_related("budget_change__campaign__account")
    return found.exclude(
        Q(action=AuditAction.CREATE_CAMPAIGN) & ~Q(target_id__in=there.values("pk"))
    )


def _counts(entries: QuerySet[AuditEntry]) -> tuple[tuple[int, str], ...]:
    """How many of each kind, only those that occur."""
    kinds = {
        "ads paused": _is_pause(AuditAction.SET_AD_STATUS),
        "ad groups paused": _is_pause(AuditAction.SET_AD_GROUP_STATUS),
        "campaigns paused": _is_pause(AuditAction.SET_STATUS),
        "budgets raised": Q(budget_change__new_micros__gt=F("budget_change__old_micros")),
        "budgets lowered": Q(budget_change__new_micros__lt=F("budget_change__old_micros")),
        "campaigns created": Q(action=AuditAction.CREATE_CAMPAIGN),
        "reviews ended": Q(action=AuditAction.REVIEW_ENDED),
    }
    numbers = entries.aggregate(
        **{words.replace(" ", "_"): Count("pk", filter=kind) for words, kind in kinds.items()}
    )
    found = [(numbers[words.replace(" ", "_")], words) for words in kinds]
    return tuple((n, _singular(words) if n == 1 else words) for n, words in found if n)


def _is_pause(action: AuditAction) -> Q:
    return Q(action=action, after__wanted="paused")


def _singular(words: str) -> str:
    """ "ads paused" for one of them."""
    noun, _, rest = words.rpartition(" ")
    return f"{noun.removesuffix('s')} {rest}"


def _items(advertiser: Advertiser, entries: Iterable[AuditEntry]) -> list[ActivityItem]:
    found = list(entries)
    owners, approved, offers = _owners(found), _approved_budgets(found), undo_offers(found)
    return [
        ActivityItem(
            e.market_at,
            e.target_name,
            _entry_text(e, approved.get(e.target_id or 0)),
            _url(advertiser, owners.get(e.pk)),
            e.reason,
            offer=offers.get(e.pk),
        )
        for e in found
    ]


def _owners(entries: list[AuditEntry]) -> dict[int, int]:
    """Entry id to the id of the campaign that it is about."""
    ids = {
        kind: [e.target_id or 0 for e in entries if e.target_type == kind]
        for kind in ("ad", "adgroup")
    }
    ads = Ad.objects.filter(pk__in=ids["ad"]).values_list("pk", "ad_group__campaign_id")
    groups = AdGroup.objects.filter(pk__in=ids["adgroup"]).values_list("pk", "campaign_id")
    by_kind = {"ad": dict(ads), "adgroup": dict(groups)}
    found = {e.pk: by_kind.get(e.target_type, {}).get(e.target_id or 0) for e in entries}
    own = {e.pk: e.target_id for e in entries if e.target_type == "campaign"}
    return {pk: owner for pk, owner in {**found, **own}.items() if owner is not None}


def _approved_budgets(entries: list[AuditEntry]) -> dict[int, Money]:
    """Campaign id to the daily budget that it was created with, of the entries of creations."""
    created = [
        e.target_id for e in entries if e.action == AuditAction.CREATE_CAMPAIGN and e.target_id
    ]
    found = SpecVersion.objects.filter(campaign__in=created, origin=SpecVersion.Origin.APPROVED)
    first = {version.campaign_id: version for version in found.order_by("-number")}
    budgets = {pk: read_back(version).budget.amount for pk, version in first.items()}
    return {pk: budget for pk, budget in budgets.items() if budget is not None}


def _url(advertiser: Advertiser, campaign: int | None) -> str:
    return reverse("campaign", args=[advertiser.slug, campaign]) if campaign else ""


def _entry_text(entry: AuditEntry, approved: Money | None) -> str:
    if entry.action == AuditAction.CREATE_CAMPAIGN:
        return f"campaign created with {approved} a day" if approved else "campaign created"
    if entry.action == AuditAction.REVIEW_ENDED:
        approved, refused = entry.after.get("approved", 0), entry.after.get("disapproved", 0)
        return f"review ended: {approved} ad{'' if approved == 1 else 's'} approved, {refused} not"
    change: CampaignBudgetChange | None = getattr(entry, "budget_change", None)
    if change is not None:
        return f"daily budget {change.old or 'none'} → {change.new}"
    word = _STATUS_VERBS.get(entry.after.get("wanted", ""), "changed")
    return f"{_STATUS[entry.action]} {word}"
