"""Recommends one action per campaign: increase, decrease, pause or keep, with the reason."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np
from scipy.special import gammainc

from optimization.stats.budget.plan import percent_of
from optimization.stats.budget.response.shape import GRID, steepness
from optimization.stats.budget.results import (
    Allocation,
    Binding,
    CampaignAllocation,
    CampaignId,
    Diagnosis,
    Interval,
)


class Verb(StrEnum):
    INCREASE = "increase"
    DECREASE = "decrease"
    PAUSE = "pause"
    KEEP = "keep"


STOP_CHANCE = 0.95
STOP_DAYS = 14
STOP_COSTS = 3.0  # target costs per conversion that must have been spent
STOP_EVIDENCE = 20.0  # or conversions' worth of evidence


@dataclass(frozen=True, slots=True)
class Advice:
    """One campaign's action with its reason. A pause is only a proposal: until a person agrees,
    the campaign gets `new`.

    `percent` is the change against `old`, None without an old budget. `stop_chance` is the
    probability that even at the minimum the next unit of spend returns less than `least_return`.
    """

    id: CampaignId
    verb: Verb
    old: Decimal
    new: Decimal
    percent: float | None
    reason: str
    proposal_only: bool
    stop_chance: float | None
    gain: Interval | None


@dataclass(frozen=True, slots=True)
class BudgetOptimizer:
    """`least_return` is the least revenue that a unit of spend must bring (1 covers the spend
    itself), in the pool's currency as is `target_cpa`; without it no pause is proposed."""

    least_return: float | None = None
    target_cpa: float | None = None

    def __post_init__(self) -> None:
        for name in ("least_return", "target_cpa"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and value > 0):
                raise ValueError(f"{name} is {value!r}; give a number above 0, or None")

    def advise(self, allocation: Allocation) -> dict[CampaignId, Advice]:
        """Advice for every campaign of an allocation."""
        return {
            row.id: self.advise_one(row, allocation.reasons[row.id], allocation.currency)
            for row in allocation.campaigns
        }

    def advise_one(self, row: CampaignAllocation, reason: str, currency: str) -> Advice:
        """Advice for one row; `reason` is the allocation's sentence for its budget."""
        chance = self._stop_chance(row)
        stop = chance is not None and chance > STOP_CHANCE and self._is_proven(row)
        if stop:
            reason = _stop_reason(row, chance or 0.0, self.least_return or 0.0, currency)
        new = row.current if row.binding == Binding.PAUSED else row.amount
        return Advice(
            id=row.id,
            verb=Verb.PAUSE if stop else budget_action(row),
            old=row.current,
            new=new,
            percent=percent_of(new - row.current, row.current),
            reason=reason,
            proposal_only=stop,
            stop_chance=chance,
            gain=row.gain,
        )

    def _stop_chance(self, row: CampaignAllocation) -> float | None:
        if self.least_return is None or row.diagnosis is None:
            return None
        return chance_below(row.diagnosis, float(row.minimum), self.least_return)

    def _is_proven(self, row: CampaignAllocation) -> bool:
        """Whether there is enough data, under normal conditions, to propose a pause."""
        seen = row.diagnosis
        if seen is None or seen.outage or row.learning or row.binding == Binding.FROZEN:
            return False
        paid = self.target_cpa is not None and seen.spent >= STOP_COSTS * self.target_cpa
        return seen.active_days >= STOP_DAYS and (paid or seen.evidence >= STOP_EVIDENCE)


def budget_action(row: CampaignAllocation) -> Verb:
    """The action for the budget; KEEP for a paused campaign."""
    if row.binding == Binding.PAUSED or row.amount == row.current:
        return Verb.KEEP
    return Verb.INCREASE if row.amount > row.current else Verb.DECREASE


def chance_below(seen: Diagnosis, spend: float, least_return: float) -> float:
    """P(revenue of the next unit at `spend` a day < least_return), over level and shape."""
    slope = steepness(spend / seen.usual, GRID)
    rate = seen.evidence / seen.level
    chances = gammainc(seen.evidence, rate * least_return / slope)
    return float(np.array(seen.shapes) @ chances)


def _stop_reason(row: CampaignAllocation, chance: float, least: float, currency: str) -> str:
    seen = row.diagnosis
    days, spent = (seen.active_days, seen.spent) if seen else (0, 0.0)
    return (
        f"Pause proposed: in {days} days and {spent:,.2f} {currency} of spend its return is so low "
        f"that even at its minimum of {row.minimum} {currency} the next 1 {currency} brings less "
        f"than {least:.2f} {currency}, with a probability of {100 * min(chance, 0.999):.1f} %."
    )
