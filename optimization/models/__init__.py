"""What was measured, decided and done: tests with their looks, rebalances with their changes."""

from optimization.models.budgets import REBALANCE_MOVES, BudgetChange, Rebalance
from optimization.models.decisions import Decision
from optimization.models.pacing import PacingPlan
from optimization.models.runs import Run, RunOutcome
from optimization.models.self_tests import SelfTest
from optimization.models.tests import DESIGNS, METRICS, ABTest, Arm, Look

__all__ = [
    "DESIGNS",
    "METRICS",
    "REBALANCE_MOVES",
    "ABTest",
    "Arm",
    "BudgetChange",
    "Decision",
    "Look",
    "PacingPlan",
    "Rebalance",
    "Run",
    "RunOutcome",
    "SelfTest",
]
