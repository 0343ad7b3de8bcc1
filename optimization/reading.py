"""One test and one pool as their pages print them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from adsengine.common.money import Money
from campaigns.models import Ad, Campaign, Wanted
from optimization import figures, words
from optimization.figures import Bars, Interval
from optimization.models import ABTest, Arm, BudgetChange, Decision, Look, Rebalance

EVENTS = {"ctr": "Clicks", "cvr": "Conversions", "cpa": "Conversions", "roas": "Conversions"}


@dataclass(frozen=True)
class ArmLine:
    """One ad of a test with its newest figures; `figures` is empty before the first look."""

    ad: Ad
    figures: dict[str, Any]
    rate: str
    low: str
    high: str
    interval: Interval | None
    word: str
    tone: str

    @property
    def chance(self) -> float | None:
        return self.figures.get("prob_best")

    @property
    def events(self) -> float | None:
        return self.figures.get("events")

    @property
    def days(self) -> int | None:
        return self.figures.get("days")

    @property
    def is_on(self) -> bool:
        return self.ad.wanted == Wanted.ACTIVE

    @property
    def in_words(self) -> str:
        """For those who cannot see the drawing."""
        return f"{self.rate}, between {self.low} and {self.high}"


@dataclass(frozen=True)
class TestReport:
    """What the newest look says about a test."""

    test: ABTest
    arms: Sequence[Arm]
    looks: Sequence[Look]
    decisions: Sequence[Decision]
    deciding: Look | None = None
    """The look that named the winner, while later ones no longer do: the first crossing holds."""

    @property
    def look(self) -> Look | None:
        return self.looks[0] if self.looks else None

    @cached_property
    def names(self) -> dict[int, str]:
        return {arm.ad_id: arm.ad.name for arm in self.arms}

    @property
    def verdict(self) -> str:
        said = self.deciding or self.look
        return self.said(said) if said else "Nobody has looked at this test yet."

    @property
    def since_then(self) -> str:
        """What the newest look adds, where the verdict is an earlier one's."""
        return self.said(self.look) if self.deciding and self.look else ""

    def said(self, look: Look) -> str:
        return words.named(look.result.get("summary", ""), self.names)

    @property
    def word(self) -> str:
        return words.STATUS[self.test.status][0]

    @property
    def tone(self) -> str:
        return words.STATUS[self.test.status][1]

    @property
    def warnings(self) -> list[str]:
        found = self.look.result.get("warnings", []) if self.look else []
        return [words.named(text, self.names) for text in found]

    @property
    def next_step(self) -> str:
        return words.next_step(self.test, self.look)

    @property
    def events(self) -> str:
        return EVENTS[self.test.metric]

    @property
    def metric(self) -> str:
        return self.test.metric.upper()

    @cached_property
    def axis(self) -> figures.Axis | None:
        return figures.axis_of(self._figures)

    @property
    def axis_ends(self) -> tuple[str, str] | None:
        axis = self.axis
        return (self._shown(axis.low), self._shown(axis.high)) if axis else None

    @property
    def _figures(self) -> list[dict[str, Any]]:
        return list(self.look.result.get("arms", [])) if self.look else []

    def _shown(self, value: float | None) -> str:
        return figures.rate_shown(self.test.metric, value, self.test.campaign.account.currency)

    @property
    def lines(self) -> list[ArmLine]:
        """The best chance first; without figures in the order of the arms."""
        by_id = {int(row["id"]): row for row in self._figures}
        decided = self.deciding.result.get("arms", []) if self.deciding else self._figures
        standing = {int(row["id"]): str(row["status"]) for row in decided}
        lines = [
            self._line(arm.ad, by_id.get(arm.ad_id, {}), standing.get(arm.ad_id, ""))
            for arm in self.arms
        ]
        return sorted(lines, key=lambda line: -(line.chance or 0.0))

    def _line(self, ad: Ad, row: dict[str, Any], standing: str) -> ArmLine:
        word, tone = words.ARM_STATUS.get(standing, ("No data", "off"))
        return ArmLine(
            ad=ad,
            figures=row,
            rate=self._shown(row.get("rate")),
            low=self._shown(row.get("ci_low")),
            high=self._shown(row.get("ci_high")),
            interval=figures.interval(row, self.axis),
            word=word,
            tone=tone,
        )

    @property
    def history(self) -> list[tuple[Look, str, str, str]]:
        """Each look with its status, tone and sentence."""
        return [(look, *words.STATUS[look.status], self.said(look)) for look in self.looks]

    @property
    def proposed(self) -> list[tuple[Decision, str]]:
        return self._decided(Decision.State.PROPOSED)

    @property
    def done(self) -> list[tuple[Decision, str]]:
        return self._decided(Decision.State.DONE)

    def _decided(self, state: str) -> list[tuple[Decision, str]]:
        chosen = [d for d in self.decisions if d.state == state and d.ad is not None]
        return [(d, words.named(d.reason, self.names)) for d in chosen]


@dataclass(frozen=True)
class ChangeLine:
    """One campaign of a rebalance."""

    change: BudgetChange
    bars: Bars
    limit: str
    tone: str

    @property
    def gain(self) -> Money | None:
        micros = self.change.expected_change_micros
        return None if micros is None else self.change.campaign.account.money(micros)

    @property
    def direction(self) -> str:
        step = self.change.new_micros - self.change.old_micros
        return "up" if step > 0 else "down" if step < 0 else "same"


@dataclass(frozen=True)
class Move:
    """A rebalance with its changes, and what it comes to."""

    rebalance: Rebalance

    @cached_property
    def lines(self) -> list[ChangeLine]:
        changes = list(self.rebalance.changes.all())
        largest = max([max(c.old_micros, c.new_micros) for c in changes], default=0)
        return [
            ChangeLine(
                change,
                figures.bars(change.old_micros, change.new_micros, largest),
                words.LIMITS.get(change.binding, ""),
                words.CHANGE[change.state],
            )
            for change in changes
        ]

    @property
    def tone(self) -> str:
        return words.REBALANCE[self.rebalance.state]

    @property
    def moving(self) -> list[ChangeLine]:
        return [line for line in self.lines if line.direction != "same"]

    @property
    def moved(self) -> Money:
        """Taken from one campaign and given to another, a day."""
        raised = sum(max(c.change.new_micros - c.change.old_micros, 0) for c in self.lines)
        return Money.from_micros(raised, self.rebalance.currency)

    @property
    def gain(self) -> Money | None:
        micros = self.rebalance.expected_gain_micros
        return None if micros is None else Money.from_micros(micros, self.rebalance.currency)

    @property
    def unallocated(self) -> Money | None:
        micros = self.rebalance.unallocated_micros
        return Money.from_micros(micros, self.rebalance.currency) if micros else None

    @property
    def refused(self) -> int:
        return sum(1 for c in self.lines if c.change.state == BudgetChange.State.REFUSED)


@dataclass(frozen=True)
class Pool:
    """The campaigns whose budgets may move together, and the open proposal."""

    currency: str
    campaigns: Sequence[Campaign]
    proposal: Move | None

    @property
    def is_applying(self) -> bool:
        found = self.proposal
        return found is not None and found.rebalance.state == Rebalance.State.APPLYING

    @property
    def total(self) -> Money:
        micros = sum(campaign.daily_budget_micros or 0 for campaign in self.campaigns)
        return Money.from_micros(micros, self.currency)

    @property
    def shares(self) -> list[tuple[Campaign, float]]:
        """Each campaign with its share of the total, 0 to 1, the largest first."""
        whole = self.total.micros or 1
        parts = [(c, (c.daily_budget_micros or 0) / whole) for c in self.campaigns]
        return sorted(parts, key=lambda part: -part[1])
