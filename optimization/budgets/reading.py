"""A pool of budgets and its rebalances as the optimisation page prints them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from campaigns.models import Campaign
from core.common.money import MICROS, Money
from optimization.holds.proposed_changes import hold_notices
from optimization.models import BudgetProposal, Rebalance
from optimization.presentation import charts, labels
from optimization.presentation.charts import Bars
from optimization.stats.budget.allocation.moves import move_lines
from optimization.stats.budget.results import Interval
from optimization.stored_results.budgets import MISSING, OLDER_REBALANCE, OLDER_SCORE

_NOT_MADE = frozenset({BudgetProposal.State.REFUSED, BudgetProposal.State.LEFT_OUT})


@dataclass(frozen=True)
class ChangeLine:
    """One campaign of a rebalance."""

    change: BudgetProposal
    bars: Bars
    limit: str
    word: str
    tone: str

    @property
    def gain(self) -> Money | None:
        micros = self.change.expected_change_micros
        return None if micros is None else self.change.campaign.account.money(micros)

    @property
    def band(self) -> tuple[Money, Money] | None:
        """The gain's 80 % interval."""
        low, high = self.change.expected_low_micros, self.change.expected_high_micros
        if low is None or high is None:
            return None
        account = self.change.campaign.account
        return account.money(low), account.money(high)

    @property
    def learning(self) -> Money | None:
        """Revenue that a new learning phase is expected to cost, where it is worth a word."""
        cost = self.change.made_with.learning_cost if self.change.made_with else 0
        account = self.change.campaign.account
        money = account.money(round(cost * MICROS)).rounded()
        return money if money.amount > 0 and self.direction != "same" else None

    @property
    def came(self) -> str:
        """What came of it, once its days are mature."""
        if self.change.scored:
            return self.change.scored.sentence
        return "" if self.change.score in ({}, MISSING) else OLDER_SCORE

    @property
    def direction(self) -> str:
        step = self.change.new_micros - self.change.old_micros
        return "up" if step > 0 else "down" if step < 0 else "same"

    @property
    def size(self) -> float | None:
        """Of the step in percent, without its sign: the arrow says the direction."""
        percent = self.change.percent
        return None if percent is None else abs(percent)


@dataclass(frozen=True)
class Move:
    """A rebalance with its changes, and what it comes to."""

    rebalance: Rebalance
    undone: frozenset[int] = frozenset()

    @cached_property
    def lines(self) -> list[ChangeLine]:
        changes = list(self.rebalance.changes.all())
        largest = max([max(c.old_micros, c.new_micros) for c in changes], default=0)
        return [
            ChangeLine(
                change,
                charts.bars(change.old_micros, change.new_micros, largest),
                labels.LIMITS.get(change.binding, ""),
                *labels.CHANGE[change.state],
            )
            for change in changes
        ]

    @property
    def tone(self) -> str:
        return labels.REBALANCE[self.rebalance.state]

    @property
    def moving(self) -> list[ChangeLine]:
        return [line for line in self.lines if line.direction != "same"]

    @property
    def is_partial(self) -> bool:
        """Whether some of its changes were refused or left out: then the gain that was expected of
        all of them does not hold, and none is stated."""
        return any(line.change.state in _NOT_MADE for line in self.moving)

    @property
    def moved(self) -> Money:
        """Taken from one campaign and given to another, a day, by the changes that are or would be
        made; where the total changes, the larger side."""
        made = [c.change for c in self.moving if c.change.state not in _NOT_MADE]
        steps = [change.new_micros - change.old_micros for change in made]
        up, down = sum(n for n in steps if n > 0), -sum(n for n in steps if n < 0)
        return Money.from_micros(max(up, down), self.rebalance.currency)

    @property
    def gain(self) -> Money | None:
        """Expected of all its changes; None where they were made in part."""
        found = self._gain_interval
        return None if found is None else self._money(found.mean)

    def _money(self, amount: float) -> Money:
        return Money.from_micros(round(amount * MICROS), self.rebalance.currency)

    @property
    def in_money(self) -> tuple[str, ...]:
        """What goes from where to where, and what that is likely to bring; empty where the changes
        are not those that were proposed: some were left out or refused."""
        settings = self.rebalance.computed_with
        if settings is None or self.is_partial:
            return ()
        names: dict[str | int, str] = {
            c.change.campaign_id: c.change.campaign.name for c in self.lines
        }
        gain = None if settings.forced else self._gain_interval
        return move_lines(
            settings.moves,
            gain,
            names,
            self.rebalance.currency,
            unit=settings.return_unit,
            applied=self.rebalance.state == Rebalance.State.APPLIED,
        )

    @property
    def _gain_interval(self) -> Interval | None:
        row = self.rebalance
        if self.is_partial:
            return None
        found = (row.gain_low_micros, row.expected_gain_micros, row.gain_high_micros)
        low, mean, high = (None if n is None else n / MICROS for n in found)
        return None if low is None or mean is None or high is None else Interval(low, mean, high)

    @property
    def notices(self) -> list[str]:
        """What a person should know before applying it."""
        settings = self.rebalance.computed_with
        if settings is None:
            return [OLDER_REBALANCE, *self._holds]
        forced = [settings.says] if settings.forced else []
        freezes = [f"{text} Workers move nothing while this holds." for text in settings.freezes]
        return [*forced, *freezes, *self._holds]

    @property
    def _holds(self) -> list[str]:
        """What holds single budgets now: it may have begun after the proposal."""
        waiting = [
            line.change
            for line in self.moving
            if line.change.state == BudgetProposal.State.PROPOSED
        ]
        return hold_notices(waiting)

    @property
    def is_forced(self) -> bool:
        """Limits force it, although it is expected to cost revenue."""
        settings = self.rebalance.computed_with
        return settings is not None and bool(settings.forced)

    @property
    def unallocated(self) -> Money | None:
        micros = self.rebalance.unallocated_micros
        return Money.from_micros(micros, self.rebalance.currency) if micros else None

    @property
    def before(self) -> Money:
        """What its budgets come to a day before it is applied."""
        old = sum(line.change.old_micros for line in self.lines)
        return Money.from_micros(old, self.rebalance.currency)

    @property
    def total_change(self) -> bool:
        return self.before.micros != self.rebalance.total_micros

    @property
    def sent(self) -> int:
        return sum(1 for c in self.lines if c.change.state == BudgetProposal.State.ASKED)

    @property
    def ticks(self) -> bool:
        """Whether single changes can be chosen now."""
        return self.rebalance.state == Rebalance.State.PROPOSED and len(self.moving) > 1

    @property
    def can_undo(self) -> bool:
        applied = self.rebalance.state == Rebalance.State.APPLIED
        return applied and self.sent > 0 and self.rebalance.pk not in self.undone

    @property
    def band(self) -> tuple[Money, Money] | None:
        """The gain's 80 % interval."""
        found = self._gain_interval
        return None if found is None else (self._money(found.low), self._money(found.high))

    @property
    def refused(self) -> int:
        return sum(1 for c in self.lines if c.change.state == BudgetProposal.State.REFUSED)


@dataclass(frozen=True)
class Pool:
    """The campaigns whose budgets may move together, and the open proposal."""

    currency: str
    campaigns: Sequence[Campaign]
    proposal: Move | None

    @property
    def form(self) -> str:
        """Id of the form that applies the proposal."""
        return f"apply-{self.currency}"

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
