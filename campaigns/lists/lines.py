"""One line of the campaigns list: its cells, delivery and allowed actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from campaigns.lifecycle import MOVES, Delivery
from campaigns.models import Ad, AdGroup, Campaign, Wanted
from campaigns.presentation import delivery
from campaigns.selectors import MetricTotals
from core.common.money import Money
from core.models import AuditEntry

if TYPE_CHECKING:
    from campaigns.lists.columns import Column

Item = Campaign | AdGroup | Ad


@dataclass(frozen=True)
class Cell:
    column: Column
    value: Any
    shown: str


@dataclass(frozen=True)
class ListLine:
    """One row of the list. `cells` stand in the order of the columns."""

    item: Any
    figures: MetricTotals
    publishing: str = ""
    last_change: AuditEntry | None = None
    tracking: str = ""
    naming: str = ""
    cells: Sequence[Cell] = field(default=(), compare=False)

    @cached_property
    def campaign(self) -> Campaign:
        found: Campaign = campaign_of(self.item)
        return found

    @property
    def group(self) -> AdGroup | None:
        return self.item.ad_group if isinstance(self.item, Ad) else None

    @property
    def parents(self) -> str:
        """What it is in, for ad groups and ads: "Boots › Everyone"."""
        if isinstance(self.item, Campaign):
            return ""
        group = self.group
        return f"{self.campaign.name} › {group.name}" if group else self.campaign.name

    @cached_property
    def delivery(self) -> Delivery:
        return delivery.delivery_of(self.item, self.publishing)

    @property
    def word(self) -> str:
        return self.delivery.word

    @property
    def why(self) -> str:
        return delivery.reason(self.item, self.delivery)

    @property
    def is_ours(self) -> bool:
        """Whether it can be changed here at all."""
        campaign = self.campaign
        return campaign.managed and campaign.origin != Campaign.Origin.IMPORT

    @property
    def can_switch(self) -> bool:
        moves = MOVES[self.item.wanted] & {Wanted.ACTIVE, Wanted.PAUSED}
        return bool(self.is_ours and self.item.remote_id and moves)

    @property
    def cost(self) -> Money | None:
        """What enabling it may spend a day, where that is its own."""
        return self.item.daily_budget if isinstance(self.item, Campaign) else None

    @property
    def can_edit(self) -> bool:
        return bool(
            isinstance(self.item, Campaign)
            and self.is_ours
            and self.item.remote_id
            and self.item.wanted != Wanted.ARCHIVED
        )


def campaign_of(item: Item) -> Campaign:
    if isinstance(item, Campaign):
        return item
    return item.campaign if isinstance(item, AdGroup) else item.ad_group.campaign
