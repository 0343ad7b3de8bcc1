"""Splits a pool's total, and turns the split into the changes that are to be written."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from optimization.stats.budget.budget_holds import BudgetHold
from optimization.stats.budget.plan import PlannedBudget, RebalancePlan, held_plan, plan_of
from optimization.stats.budget.results import Allocation
from optimization.stats.budget.split import Completeness, allocate, current_total

__all__ = ["BudgetAllocator", "PlannedBudget", "RebalancePlan"]


@dataclass(frozen=True, slots=True)
class BudgetAllocator:
    """Allocates pools of one currency; see `budget.allocate` for the campaigns' fields."""

    currency: str = "USD"
    minor_digits: Mapping[str, int] | None = None
    completeness: Completeness | None = None

    def allocate(
        self,
        total: Decimal,
        campaigns: Sequence[Mapping[str, Any]],
        *,
        as_of: dt.date | str | None = None,
    ) -> Allocation:
        """Daily budgets whose sum with `unallocated` is exactly `total`."""
        return allocate(
            total,
            campaigns,
            currency=self.currency,
            as_of=as_of,
            minor_digits=self.minor_digits,
            completeness=self.completeness,
        )

    def rebalance(
        self,
        campaigns: Sequence[Mapping[str, Any]],
        *,
        total: Decimal | None = None,
        as_of: dt.date | str | None = None,
        freezes: Sequence[BudgetHold] = (),
    ) -> RebalancePlan:
        """The changes that are worth an edit.

        `total` is the day's, such as a pacing plan asks for; without it, the sum of the active
        campaigns' budgets. Campaigns that are held out for proof are left out by the caller, and
        their budgets out of the total. With `freezes` every budget stays, and the plan says why.

        Raises as `allocate` does.
        """
        if freezes:
            return held_plan(campaigns, total or Decimal(0), self.currency, freezes)
        amount = total if total is not None else self.current_total(campaigns)
        return plan_of(self.allocate(amount, campaigns, as_of=as_of))

    def current_total(self, campaigns: Sequence[Mapping[str, Any]]) -> Decimal:
        """Sum of the active campaigns' budgets in the pool's currency, each in whole minor
        units."""
        return current_total(campaigns, currency=self.currency, minor_digits=self.minor_digits)
