"""A brief's plans side by side: total cost, progress and next steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agents.models import Strategy
from agents.review.card import StrategyCard
from agents.selectors import RUNNING
from campaigns.models import Campaign
from core.common.money import Money, total

_OPEN = RUNNING | {Strategy.State.REVIEW, Strategy.State.BLOCKED}


@dataclass(frozen=True)
class BriefSummary:
    cards: list[StrategyCard]
    currency: str

    @property
    def live(self) -> int:
        return sum(1 for card in self.cards if card.strategy.state == Strategy.State.LIVE)

    @property
    def settled(self) -> bool:
        """No plan is running or waits for a person."""
        return all(card.strategy.state not in _OPEN for card in self.cards)

    @property
    def title(self) -> str:
        if self.live:
            return f"{self.live} of {len(self.cards)} campaigns live"
        return "The plans side by side" if len(self.cards) > 1 else "The plan"

    @property
    def campaign_to_test(self) -> Campaign | None:
        """A live campaign whose ads can be compared."""
        live = (c for c in self.cards if c.strategy.state == Strategy.State.LIVE and c.ads > 1)
        return next((campaign for card in live for campaign in card.existing), None)

    @property
    def daily(self) -> Money | None:
        return self._sum(lambda card: card.daily)

    @property
    def total(self) -> Money | None:
        return self._sum(lambda card: card.total)

    @property
    def max_spend(self) -> Money | None:
        return self._sum(lambda card: card.max_spend)

    @property
    def ads(self) -> int:
        return sum(card.ads for card in self._not_declined)

    @property
    def _not_declined(self) -> list[StrategyCard]:
        """A declined plan spends nothing."""
        return [c for c in self.cards if c.strategy.state != Strategy.State.DECLINED]

    def _sum(self, read: Callable[[StrategyCard], Money | None]) -> Money | None:
        found = [read(card) for card in self._not_declined]
        return total([money for money in found if money], self.currency)
