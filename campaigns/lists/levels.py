"""Where the three levels of the list read their rows and figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from campaigns import selectors
from campaigns.models import Ad, AdGroup, Campaign, PublishRequest
from campaigns.models import Level as MetricLevel


@dataclass(frozen=True)
class Level:
    """`owner` leads from a row to its campaign in look-ups; `kind` is the word of ledgers."""

    key: str
    label: str
    noun: str
    url: str
    kind: str
    audit: str
    model: Any
    owner: str
    metric_level: str
    metric_key: str
    related: tuple[str, ...]

    @property
    def line_url(self) -> str:
        return f"{self.kind}_line"

    @property
    def status_url(self) -> str:
        return f"{self.kind}_status"

    def on_campaign(self, field: str) -> str:
        return f"{self.owner}__{field}" if self.owner else field

    def rows(self) -> QuerySet[Any]:
        found: QuerySet[Any] = self.model._default_manager.all()
        return found

    def items(self, ids: list[int]) -> QuerySet[Any]:
        """The rows of a page with all that a line prints, in a constant number of queries."""
        rows = self.rows().filter(pk__in=ids).select_related(*self.related)
        return _with_publishing(self, rows.prefetch_related(self.on_campaign("labels")))


def _with_publishing(level: Level, rows: QuerySet[Any]) -> QuerySet[Any]:
    if level.kind == "campaign":
        return selectors.with_publishing(rows)
    newest = PublishRequest.objects.filter(target_type=level.kind, target_id=OuterRef("pk"))
    newest = newest.exclude(state=PublishRequest.State.CANCELLED).order_by("-pk")
    found: QuerySet[Any] = rows.annotate(publishing=Subquery(newest.values("state")[:1]))
    return found


LEVELS: dict[str, Level] = {
    level.key: level
    for level in (
        Level(
            key="campaigns",
            label="Campaigns",
            noun="campaign",
            url="campaigns",
            kind="campaign",
            audit="campaign",
            model=Campaign,
            owner="",
            metric_level=MetricLevel.CAMPAIGN,
            metric_key="campaign_id",
            related=("account__advertiser", "brief"),
        ),
        Level(
            key="ad_groups",
            label="Ad groups",
            noun="ad group",
            url="ad_groups",
            kind="ad_group",
            audit="adgroup",
            model=AdGroup,
            owner="campaign",
            metric_level=MetricLevel.AD,
            metric_key="ad__ad_group_id",
            related=("campaign__account__advertiser",),
        ),
        Level(
            key="ads",
            label="Ads",
            noun="ad",
            url="ads",
            kind="ad",
            audit="ad",
            model=Ad,
            owner="ad_group__campaign",
            metric_level=MetricLevel.AD,
            metric_key="ad_id",
            related=("creative", "ad_group__campaign__account__advertiser"),
        ),
    )
}
