"""What the engine did by itself since yesterday. What is known above this app registers here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import BigIntegerField, Count, F, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.urls import reverse

from campaigns.models import Ad, AdGroup, Campaign
from core.common import dates
from core.models import Advertiser, AuditEntry

AUTOMATIC = ("worker", "agent", "system")
NEWEST = 6
_BUDGET, _CREATE = "set daily budget", "create campaign"
_STATUS = {"set ad status": "ad", "set ad group status": "ad group", "set status": "campaign"}
_SWITCHED = {"paused": "paused", "active": "switched on", "archived": "archived"}


@dataclass(frozen=True)
class ActivityItem:
    """One thing done: of what, when (market time), what it was and why, and where to see it."""

    at: datetime
    name: str
    says: str
    url: str
    reason: str = ""


@dataclass(frozen=True)
class Activity:
    since: datetime
    since_day: date
    counts: tuple[tuple[int, str], ...]
    deeds: tuple[ActivityItem, ...]
    passes: tuple[ActivityItem, ...]

    def __bool__(self) -> bool:
        return bool(self.counts or self.passes)


Source = Callable[[Advertiser, datetime], list[ActivityItem]]
_sources: list[Source] = []


def register(source: Source) -> Source:
    """Add a source of passes, given the moment since when; called once, when its app is ready."""
    if source not in _sources:
        _sources.append(source)
    return source


def activity(advertiser: Advertiser) -> Activity:
    """Since yesterday began in the advertiser's zone. A fixed number of queries."""
    yesterday = dates.today(advertiser.time_zone) - timedelta(days=1)
    since = dates.day_start(yesterday, advertiser.time_zone)
    entries = _entries(advertiser, since)
    return Activity(
        since,
        yesterday,
        _counts(entries),
        tuple(_deeds(advertiser, entries.order_by("-market_at", "-pk")[:NEWEST])),
        tuple(deed for source in _sources for deed in source(advertiser, since)),
    )


def _entries(advertiser: Advertiser, since: datetime) -> QuerySet[AuditEntry]:
    """The entry of a creation is its wish: it counts once the platform has the campaign."""
    there = Campaign.objects.filter(account__advertiser=advertiser).exclude(remote_id="")
    found = AuditEntry.objects.filter(
        advertiser=advertiser,
        actor_kind__in=AUTOMATIC,
        action__in=[*_STATUS, _BUDGET, _CREATE],
        market_at__gte=since,
    )
    return found.exclude(Q(action=_CREATE) & ~Q(target_id__in=there.values("pk")))


def _counts(entries: QuerySet[AuditEntry]) -> tuple[tuple[int, str], ...]:
    """How many of each kind, only those that occur."""
    kinds = {
        "ads paused": _paused("set ad status"),
        "ad groups paused": _paused("set ad group status"),
        "campaigns paused": _paused("set status"),
        "budgets raised": Q(action=_BUDGET, new__gt=F("old")),
        "budgets lowered": Q(action=_BUDGET, new__lt=F("old")),
        "campaigns created": Q(action=_CREATE),
    }
    numbers = entries.annotate(old=_micros("before"), new=_micros("after")).aggregate(
        **{words.replace(" ", "_"): Count("pk", filter=kind) for words, kind in kinds.items()}
    )
    found = [(numbers[words.replace(" ", "_")], words) for words in kinds]
    return tuple((n, _one(words) if n == 1 else words) for n, words in found if n)


def _paused(action: str) -> Q:
    return Q(action=action, after__wanted="paused")


def _micros(side: str) -> Cast:
    return Cast(KT(f"{side}__micros"), BigIntegerField())


def _one(words: str) -> str:
    """ "ads paused" for one of them."""
    noun, _, rest = words.rpartition(" ")
    return f"{noun.removesuffix('s')} {rest}"


def _deeds(advertiser: Advertiser, entries: Iterable[AuditEntry]) -> list[ActivityItem]:
    found = list(entries)
    owners = _owners(found)
    return [
        ActivityItem(
            e.market_at, e.target_name, _said(e), _url(advertiser, owners.get(e.pk)), e.reason
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


def _url(advertiser: Advertiser, campaign: int | None) -> str:
    return reverse("campaign", args=[advertiser.slug, campaign]) if campaign else ""


def _said(entry: AuditEntry) -> str:
    if entry.action == _CREATE:
        return f"campaign created with {entry.after.get('daily_budget')} a day"
    if entry.action == _BUDGET:
        before, after = entry.before.get("daily_budget") or "none", entry.after["daily_budget"]
        return f"daily budget {before} → {after}"
    word = _SWITCHED.get(entry.after.get("wanted", ""), "changed")
    return f"{_STATUS[entry.action]} {word}"
