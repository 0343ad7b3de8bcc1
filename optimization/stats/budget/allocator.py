"""Splits a pool's total and plans the budget changes of a rebalance."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from optimization.stats.budget.budget_holds import BudgetHold
from optimization.stats.budget.plan import (
    PlannedBudget,
    RebalancePlan,
    build_plan,
    build_unchanged_plan,
)
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
        holds: Sequence[BudgetHold] = (),
    ) -> RebalancePlan:
        """The plan of budget changes; changes that are too small are left out.

        `total` is the daily total, for example from a pacing plan; without it, the sum of the
        active campaigns' budgets. The caller leaves out holdout campaigns, and their budgets out of
        the total. With `holds` every budget stays, and the plan says why.

        Raises as `allocate` does.
        """
        if holds:
            return build_unchanged_plan(campaigns, total or Decimal(0), self.currency, holds)
        amount = total if total is not None else self.current_total(campaigns)
        return build_plan(self.allocate(amount, campaigns, as_of=as_of))

    def current_total(self, campaigns: Sequence[Mapping[str, Any]]) -> Decimal:
        """Sum of the active campaigns' budgets in the pool's currency, each in whole minor
        units."""
        return current_total(campaigns, currency=self.currency, minor_digits=self.minor_digits)
