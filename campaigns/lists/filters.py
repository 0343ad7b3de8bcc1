"""The state of the list: filters, selection, order, columns. All of it is in the URL."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zlib import crc32

from django.db.models import Q, QuerySet
from django.utils.text import slugify

from campaigns.lifecycle import Delivery
from campaigns.lists.conditions import Condition
from campaigns.lists.levels import Level
from campaigns.models import Label, Wanted
from campaigns.presentation.formats import day
from campaigns.publish_audit import without_sending
from campaigns.scope import Scope
from campaigns.tables import DEFAULT_SORT, PAGE
from core.common import dates
from core.models import AuditEntry
from platforms.models import AdAccount

STATUSES = {
    Wanted.ACTIVE.value: "Active",
    Wanted.PAUSED.value: "Paused",
    Wanted.ARCHIVED.value: "Archived",
}
DELIVERIES = {slugify(one.word): one for one in Delivery}
SIZES = ("25", "50", "100")
MOST = 200
"""Ids in one selection, so that it fits into an address."""


@dataclass(frozen=True)
class Chip:
    """One filter that is on: without it, what `takes` names in the URL is `leaves`."""

    name: str
    value: str
    takes: str
    leaves: str = ""


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
    where: tuple[Condition, ...] = ()
    changed: date | None = None
    """The first day of the changes in question."""
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
        return bool(selected or self.where or self.changed or any(named))

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
        words = (self.search, self.status, self.delivery, self.objective, self.changed)
        within = (scope.platform, scope.currency, self.campaigns, self.ad_groups)
        figures = (self.where, scope.days) if self.where else ()  # then the days decide too
        return f"{crc32(repr((named, words, within, figures)).encode()):08x}"

    def apply(self, scope: Scope, level: Level) -> QuerySet[Any]:
        """The rows that fit, without `delivery`: that word is worked out per row."""
        on = level.on_campaign
        conditions: dict[str, Any] = {
            on("account__advertiser"): scope.advertiser,
            on("account__currency"): scope.currency,
        }
        if scope.platform:
            conditions[on("account__platform")] = scope.platform
        if self.account is not None:
            conditions[on("account")] = self.account
        if self.label is not None:
            conditions[on("labels")] = self.label
        if self.objective:
            conditions[on("objective")] = self.objective
        if self.status:
            conditions["wanted"] = self.status
        rows = level.rows().filter(**conditions)
        if self.search:
            rows = rows.filter(Q(name__icontains=self.search) | Q(remote_id=self.search))
        if self.changed:
            rows = rows.filter(pk__in=_changed_since(self.changed, scope, level))
        selected = self.selection(level)
        return rows if selected is None else rows.filter(selected)

    def chips(self, scope: Scope, level: Level) -> list[Chip]:
        chosen = DELIVERIES.get(self.delivery)
        found = [
            Chip("Search", self.search, "search"),
            Chip("Platform", dict(scope.platforms).get(scope.platform, ""), "platform"),
            Chip("Account", self.account.name if self.account else "", "account"),
            Chip("Status", STATUSES.get(self.status, ""), "status"),
            Chip("Delivery", chosen.word if chosen else "", "delivery"),
            Chip("Label", self.label.name if self.label else "", "label"),
            Chip("Objective", self.objective, "objective"),
            Chip("Changed since", day(self.changed) if self.changed else "", "changed"),
        ]
        for condition in self.where:
            rest = ",".join(c.text for c in self.where if c != condition)
            found.append(Chip(condition.label, condition.says, "where", rest))
        if level.key != "campaigns" and self.campaigns:
            found.append(Chip("In", _many(len(self.campaigns), "campaign"), "campaigns"))
        if level.key == "ads" and self.ad_groups:
            found.append(Chip("In", _many(len(self.ad_groups), "ad group"), "ad_groups"))
        if self.only_ticked:
            found.append(Chip("Only", _many(len(self.ticked(level)), level.noun), "ticked"))
        return [chip for chip in found if chip.value]


def _many(count: int, noun: str) -> str:
    return f"{count} selected {noun}{'s' if count != 1 else ''}"


def _changed_since(first: date, scope: Scope, level: Level) -> Any:
    """Ids of rows that were changed here; sending a change to the platform does not count."""
    entries = AuditEntry.objects.filter(
        advertiser=scope.advertiser,
        target_type=level.audit,
        at__gte=dates.day_start(first, scope.advertiser.time_zone),
    )
    return without_sending(entries).values("target_id")
