"""Public API of the budget allocation."""

from optimization.stats.budget.split import (
    Allocation,
    Completeness,
    InfeasibleBudget,
    Interval,
    Limit,
    MixedCurrency,
    allocate,
    current_total,
)

__all__ = [
    "Allocation",
    "Completeness",
    "InfeasibleBudget",
    "Interval",
    "Limit",
    "MixedCurrency",
    "allocate",
    "current_total",
]
