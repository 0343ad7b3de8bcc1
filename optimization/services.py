"""Every write of the optimisation app. Pages, API, admin and tasks call these alike."""

from optimization.ab_tests.actions import (
    analyse_and_propose,
    apply_decision,
    pause_losers,
    propose_actions,
    undo_decision,
)
from optimization.ab_tests.analyses import analyse_test, analyse_tests
from optimization.ab_tests.lifecycle import create_test, stop_test
from optimization.ab_tests.pauses import apply_pause, propose_pauses, undo_pause
from optimization.ab_tests.reproduce import reproduce
from optimization.ab_tests.scaling import apply_scale, propose_scaling, undo_scale
from optimization.ab_tests.self_tests import ask_self_test, run_self_test
from optimization.automation.settings import set_incrementality, set_modes
from optimization.automation.switchback import propose_switchback
from optimization.budgets.rebalance import apply_rebalance, dismiss_rebalance, expire_due, resume
from optimization.budgets.rebalance_proposal import NothingToMove, propose_rebalance
from optimization.budgets.roll_back import propose_roll_back, undo_rebalance
from optimization.decisions import dismiss
from optimization.pacing.plans import check_pacing, create_pacing_plan, end_pacing_plan

__all__ = [
    "NothingToMove",
    "analyse_and_propose",
    "analyse_test",
    "analyse_tests",
    "apply_decision",
    "apply_pause",
    "apply_rebalance",
    "apply_scale",
    "ask_self_test",
    "check_pacing",
    "create_pacing_plan",
    "create_test",
    "dismiss",
    "dismiss_rebalance",
    "end_pacing_plan",
    "expire_due",
    "pause_losers",
    "propose_actions",
    "propose_pauses",
    "propose_rebalance",
    "propose_roll_back",
    "propose_scaling",
    "propose_switchback",
    "reproduce",
    "resume",
    "run_self_test",
    "set_incrementality",
    "set_modes",
    "stop_test",
    "undo_decision",
    "undo_pause",
    "undo_rebalance",
    "undo_scale",
]
