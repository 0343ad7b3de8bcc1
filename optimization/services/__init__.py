"""Every write of the optimisation app. Pages, API, admin and tasks call these alike."""

from optimization.services.ab_tests import create_test, stop_test
from optimization.services.actions import (
    apply_decision,
    look_and_propose,
    propose_actions,
    undo_decision,
)
from optimization.services.alternation import propose_alternation
from optimization.services.decisions import dismiss
from optimization.services.looks import look, look_many
from optimization.services.pacing_plans import check_pacing, create_pacing_plan, end_pacing_plan
from optimization.services.pauses import apply_pause, propose_pauses, undo_pause
from optimization.services.rebalance import apply_rebalance, dismiss_rebalance, expire_due, go_on
from optimization.services.rebalance_proposal import NothingToMove, propose_rebalance
from optimization.services.replays import replay
from optimization.services.roll_back import propose_roll_back, undo_rebalance
from optimization.services.scaling import apply_scale, propose_scaling, undo_scale
from optimization.services.self_tests import ask_self_test, run_self_test
from optimization.services.settings import set_modes, set_proof

__all__ = [
    "NothingToMove",
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
    "go_on",
    "look",
    "look_and_propose",
    "look_many",
    "propose_actions",
    "propose_alternation",
    "propose_pauses",
    "propose_rebalance",
    "propose_roll_back",
    "propose_scaling",
    "replay",
    "run_self_test",
    "set_modes",
    "set_proof",
    "stop_test",
    "undo_decision",
    "undo_pause",
    "undo_rebalance",
    "undo_scale",
]
