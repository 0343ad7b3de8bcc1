"""What was measured, decided and done: tests with their analyses, rebalances with their changes."""

from optimization.models.ab_tests import DESIGNS, MAX_ARMS, METRICS, MIN_ARMS, ABTest, Analysis, Arm
from optimization.models.budgets import REBALANCE_MOVES, BudgetProposal, Rebalance
from optimization.models.decisions import Decision
from optimization.models.findings import WorkerFinding
from optimization.models.pacing import PacingPlan
from optimization.models.runs import Run, RunOutcome
from optimization.models.self_tests import SelfTest

__all__ = [
    "DESIGNS",
    "MAX_ARMS",
    "METRICS",
    "MIN_ARMS",
    "REBALANCE_MOVES",
    "ABTest",
    "Analysis",
    "Arm",
    "BudgetProposal",
    "Decision",
    "PacingPlan",
    "Rebalance",
    "Run",
    "RunOutcome",
    "SelfTest",
    "WorkerFinding",
]
