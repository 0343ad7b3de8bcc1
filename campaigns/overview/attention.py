"""What needs a person. What is known above this app registers here, like the badges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Window
from django.urls import reverse

from campaigns.models import PublishRequest
from core.common import clock
from core.liveness import heartbeats
from core.models import Advertiser

SHOWN = 4
DAYS_BACK = 3


@dataclass(frozen=True)
class AttentionItem:
    title: str
    says: str
    url: str


@dataclass(frozen=True)
class Group:
    """Matters of one kind: `count` of them, the first as `lines`, all of them on the page `url`."""

    name: str
    tone: str
    count: int
    lines: tuple[AttentionItem, ...]
    url: str

    @property
    def more(self) -> int:
        return self.count - len(self.lines)


# The second argument: keys of the open incidents, which are shown already.
Source = Callable[[Advertiser, frozenset[str]], Group | None]
_sources: list[Source] = []


def register(source: Source) -> Source:
    """Add a source of matters; called once, when its app is ready. A source asks a fixed number
    of queries."""
    if source not in _sources:
        _sources.append(source)
    return source


def groups(advertiser: Advertiser, incident_keys: frozenset[str]) -> list[Group]:
    """All that waits beside the open incidents, what failed first."""
    sources = (silent_processes, refused_changes, *_sources)
    found = [source(advertiser, incident_keys) for source in sources]
    filled = [group for group in found if group is not None and group.count]
    return sorted(filled, key=lambda group: group.tone != "bad")


def group(
    rows: QuerySet[Any], line: Callable[[Any], AttentionItem], *, name: str, tone: str, url: str
) -> Group:
    """Of a query, in one: each row that is shown brings the number of all."""
    found = list(rows.annotate(of_all=Window(Count("pk")))[:SHOWN])
    count = found[0].of_all if found else 0
    return Group(name, tone, count, tuple(line(row) for row in found), url)


def silent_processes(advertiser: Advertiser, incident_keys: frozenset[str]) -> Group | None:
    """Background processes that run no longer, where none of them is left to open an incident."""
    told = {key.removeprefix("worker:") for key in incident_keys}
    found = [one for one in heartbeats.silent() if one.name not in told]
    url = reverse("incidents", args=[advertiser.slug])
    lines = tuple(AttentionItem("Background work stands still", one.says, url) for one in found)
    return Group("Background work", "bad", len(lines), lines[:SHOWN], url) if lines else None


def refused_changes(advertiser: Advertiser, incident_keys: frozenset[str]) -> Group:
    """Changes that a platform or our own guardrails refused, and that were not requested again."""
    later = PublishRequest.objects.filter(
        operation=OuterRef("operation"),
        target_type=OuterRef("target_type"),
        target_id=OuterRef("target_id"),
        campaign=OuterRef("campaign"),
        pk__gt=OuterRef("pk"),
    ).exclude(state=PublishRequest.State.CANCELLED)
    refused = PublishRequest.objects.filter(
        account__advertiser=advertiser,
        state=PublishRequest.State.REFUSED,
        settled_at__gte=clock.real_now() - timedelta(days=DAYS_BACK),
    )
    refused = refused.exclude(campaign__in=_campaigns_with_incident(incident_keys)).exclude(
        Exists(later)
    )
    return group(
        refused.select_related("campaign").order_by("-pk"),
        lambda request: _refused_line(advertiser, request),
        name="Refused changes",
        tone="bad",
        url=reverse("campaigns", args=[advertiser.slug]),
    )


def _campaigns_with_incident(incident_keys: frozenset[str]) -> list[int]:
    """Ids of campaigns that have an open incident already."""
    keys = [key.removeprefix("publish:") for key in incident_keys if key.startswith("publish:")]
    return [int(pk) for pk in keys if pk.isdigit()]


def _refused_line(advertiser: Advertiser, request: PublishRequest) -> AttentionItem:
    return AttentionItem(
        f"{request.campaign.name}: {request.get_operation_display()}",
        request.error or "No reason was given.",
        reverse("campaign", args=[advertiser.slug, request.campaign_id]),
    )
