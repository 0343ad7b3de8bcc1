"""What the reader asked for: filters, selection, order, columns. All of it stands in the URL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.text import slugify

from campaigns import delivery
from campaigns.listing.columns import SORT_FIELDS, columns_of
from campaigns.listing.levels import Level
from campaigns.models import Campaign, Label, Wanted
from campaigns.scope import Scope
from campaigns.tables import DEFAULT_SORT, PAGE, SORTS
from platforms.models import AdAccount

STATUSES = {
    Wanted.ACTIVE.value: "Active",
    Wanted.PAUSED.value: "Paused",
    Wanted.ARCHIVED.value: "Archived",
}
DELIVERIES = {slugify(word): word for word in delivery.WORDS}
SIZES = ("25", "50", "100")
MOST = 200
"""Ids in one selection, so that it fits into an address."""


@dataclass(frozen=True)
class Chip:
    """One filter that is on; `takes` are the names in the URL that it takes away."""

    name: str
    value: str
    takes: str


@dataclass(frozen=True)
class Filters:
    search: str = ""
    account: AdAccount | None = None
    status: str = ""
    delivery: str = ""
    label: Label | None = None
    objective: str = ""
    campaigns: tuple[int, ...] = ()
    ad_groups: tuple[int, ...] = ()
    ads: tuple[int, ...] = ()
    only_ticked: bool = False
    sort: str = DEFAULT_SORT
    page: int = 1
    columns: str = "performance"
    size: int = PAGE
    dense: bool = False
    labels: list[Label] = field(default_factory=list)
    objectives: list[str] = field(default_factory=list)
    problem: str = ""

    def narrows(self, level: Level) -> bool:
        """Whether rows of the level may be left out by anything but the platform."""
        selected = self.selection(level)
        named = (self.search, self.account, self.status, self.delivery, self.label, self.objective)
        return bool(selected or any(named))

    def selection(self, level: Level) -> Q | None:
        """Ticked campaigns narrow the levels below them, their own only for an export of them."""
        if self.only_ticked:
            return Q(pk__in=self.ticked(level))
        if level.key == "ads" and self.ad_groups:
            return Q(ad_group_id__in=self.ad_groups)
        if level.key != "campaigns" and self.campaigns:
            return Q(**{f"{level.owner}_id__in": self.campaigns})
        return None

    def ticked(self, level: Level) -> tuple[int, ...]:
        own = {"campaigns": self.campaigns, "ad_groups": self.ad_groups, "ads": self.ads}
        return own[level.key]

    def mark(self, scope: Scope) -> str:
        """Short for everything that decides which rows fit: "all are ticked" holds for that
        filter alone."""
        named = (self.account and self.account.pk, self.label and self.label.pk)
        words = (self.search, self.status, self.delivery, self.objective)
        within = (scope.platform, scope.currency, self.campaigns, self.ad_groups)
        return f"{crc32(repr((named, words, within)).encode()):08x}"

    def apply(self, scope: Scope, level: Level) -> QuerySet[Any]:
        """The rows that fit, without `delivery`: that word is worked out per row."""
        on = level.on_campaign
        wish: dict[str, Any] = {
            on("account__advertiser"): scope.advertiser,
            on("account__currency"): scope.currency,
        }
        if scope.platform:
            wish[on("account__platform")] = scope.platform
        if self.account is not None:
            wish[on("account")] = self.account
        if self.label is not None:
            wish[on("labels")] = self.label
        if self.objective:
            wish[on("objective")] = self.objective
        if self.status:
            wish["wanted"] = self.status
        rows = level.rows().filter(**wish)
        if self.search:
            rows = rows.filter(Q(name__icontains=self.search) | Q(remote_id=self.search))
        selected = self.selection(level)
        return rows if selected is None else rows.filter(selected)

    def chips(self, scope: Scope, level: Level) -> list[Chip]:
        found = [
            Chip("Search", self.search, "search"),
            Chip("Platform", dict(scope.platforms).get(scope.platform, ""), "platform"),
            Chip("Account", self.account.name if self.account else "", "account"),
            Chip("Status", STATUSES.get(self.status, ""), "status"),
            Chip("Delivery", DELIVERIES.get(self.delivery, ""), "delivery"),
            Chip("Label", self.label.name if self.label else "", "label"),
            Chip("Objective", self.objective, "objective"),
        ]
        if level.key != "campaigns" and self.campaigns:
            found.append(Chip("In", _many(len(self.campaigns), "campaign"), "campaigns"))
        if level.key == "ads" and self.ad_groups:
            found.append(Chip("In", _many(len(self.ad_groups), "ad group"), "ad_groups"))
        if self.only_ticked:
            found.append(Chip("Only", _many(len(self.ticked(level)), level.noun), "ticked"))
        return [chip for chip in found if chip.value]


def _many(count: int, noun: str) -> str:
    return f"{count} selected {noun}{'s' if count != 1 else ''}"


def read_filters(query: QueryDict, scope: Scope, level: Level, own_columns: str = "") -> Filters:
    """Of a request's GET. What cannot be used is named in `problem` and left out."""
    labels = list(Label.objects.filter(advertiser=scope.advertiser))
    objectives = _objectives(scope)
    columns = query.get("cols", "") or own_columns or "performance"
    problems: list[str] = []
    return Filters(
        search=query.get("search", "").strip()[:200].replace("\x00", ""),
        account=scope.account,
        status=_allowed(query, "status", STATUSES, problems),
        delivery=_allowed(query, "delivery", DELIVERIES, problems),
        label=_named(query, "label", labels, problems),
        objective=_allowed(query, "objective", objectives, problems),
        campaigns=read_ids(query, "campaigns"),
        ad_groups=read_ids(query, "ad_groups"),
        ads=read_ids(query, "ads"),
        only_ticked=query.get("ticked") == "1",
        sort=_sort(query.get("sort", "")),
        page=_page(query.get("page", "")),
        columns=",".join(c.key for c in columns_of(columns, level.key, imported=scope.is_imported)),
        size=_size(query.get("rows", "")),
        dense=query.get("dense") == "1",
        labels=labels,
        objectives=objectives,
        problem=" ".join(problems),
    )


def _objectives(scope: Scope) -> list[str]:
    rows = Campaign.objects.filter(account__advertiser=scope.advertiser).exclude(objective="")
    return list(rows.order_by("objective").values_list("objective", flat=True).distinct())


def _named(query: QueryDict, name: str, rows: list[Any], problems: list[str]) -> Any:
    given = query.get(name, "")
    found = next((row for row in rows if str(row.pk) == given), None)
    if given and found is None:
        problems.append(f"That {name} is not here, so the filter is left out.")
    return found


def _allowed(query: QueryDict, name: str, allowed: Any, problems: list[str]) -> str:
    given = query.get(name, "")
    if given and given not in allowed:
        problems.append(f"{given[:60]!r} is not a {name} here, so the filter is left out.")
        return ""
    return given


def read_ids(query: QueryDict, name: str, most: int = MOST) -> tuple[int, ...]:
    """Repeated, or with commas between them."""
    given = ",".join(query.getlist(name)).split(",")
    found = [int(text) for text in given if text.isascii() and text.isdigit() and len(text) < 16]
    return tuple(dict.fromkeys(found))[:most]


def _sort(text: str) -> str:
    return text if text.removeprefix("-") in {*SORTS, *SORT_FIELDS, "name"} else DEFAULT_SORT


def _size(text: str) -> int:
    return int(text) if text in SIZES else PAGE


def _page(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
