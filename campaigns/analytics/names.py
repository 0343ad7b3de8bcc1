"""What the lines of a breakdown are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.analytics.query import Query
from campaigns.models import Ad, AdGroup, Campaign, Creative
from campaigns.presentation.labels import platform_name

UNKNOWN = "Creative not known"
HEADINGS = {
    "period": ("First day", "Last day"),
    "platform": ("Platform",),
    "account": ("Account", "Platform"),
    "campaign": ("Campaign", "Account", "Platform"),
    "ad_group": ("Ad group", "Campaign", "Platform"),
    "ad": ("Ad", "Ad group", "Campaign", "Platform"),
    "creative": ("Creative",),
}


@dataclass(frozen=True)
class Named:
    """`parts` are its names for a file, by `HEADINGS`; `campaign` is the id of its campaign."""

    key: Any
    label: str
    parts: tuple[str, ...] = ()
    platform: str = ""
    campaign: int | None = None

    @property
    def context(self) -> str:
        """Where it belongs, without the platform."""
        return " · ".join(self.parts[1:-1] if self.platform else self.parts[1:])


def named(query: Query, keys: Sequence[Any]) -> dict[Any, Named]:
    """One query, whatever the number of keys."""
    found = {name.key: name for name in _FINDERS[query.breakdown](query, keys)}
    return {key: found.get(key) or Named(key, UNKNOWN, (UNKNOWN,)) for key in keys}


def _platforms(query: Query, keys: Sequence[Any]) -> Iterable[Named]:
    return [Named(k, platform_name(k), (platform_name(k),), platform=k) for k in keys]


def _accounts(query: Query, keys: Sequence[Any]) -> Iterable[Named]:
    return [
        Named(a.pk, a.name, (a.name, platform_name(a.platform)), platform=a.platform)
        for a in query.scope.accounts
    ]


def _campaigns(query: Query, keys: Sequence[Any]) -> Iterable[Named]:
    rows = Campaign.objects.filter(pk__in=keys)
    for pk, name, account, platform in rows.values_list(
        "pk", "name", "account__name", "account__platform"
    ):
        yield Named(pk, name, (name, account, platform_name(platform)), platform, pk)


def _ad_groups(query: Query, keys: Sequence[Any]) -> Iterable[Named]:
    rows = AdGroup.objects.filter(pk__in=keys)
    for pk, name, owner, campaign, platform in rows.values_list(
        "pk", "name", "campaign_id", "campaign__name", "campaign__account__platform"
    ):
        yield Named(pk, name, (name, campaign, platform_name(platform)), platform, owner)


def _ads(query: Query, keys: Sequence[Any]) -> Iterable[Named]:
    rows = Ad.objects.filter(pk__in=keys)
    for pk, name, group, owner, campaign, platform in rows.values_list(
        "pk",
        "name",
        "ad_group__name",
        "ad_group__campaign_id",
        "ad_group__campaign__name",
        "ad_group__campaign__account__platform",
    ):
        yield Named(pk, name, (name, group, campaign, platform_name(platform)), platform, owner)


def _creatives(query: Query, keys: Sequence[Any]) -> Iterable[Named]:
    rows = Creative.objects.filter(pk__in=[key for key in keys if key is not None])
    for pk, name in rows.values_list("pk", "name"):
        yield Named(pk, name, (name,))


_FINDERS = {
    "platform": _platforms,
    "account": _accounts,
    "campaign": _campaigns,
    "ad_group": _ad_groups,
    "ad": _ads,
    "creative": _creatives,
}
