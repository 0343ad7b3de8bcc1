"""Every write of the optimisation app. Pages, API, admin and tasks call these alike."""

from optimization.services.ab_tests import create_test, stop_test
from optimization.services.actions import apply_decision, propose_actions, undo_decision
from optimization.services.decisions import dismiss
from optimization.services.looks import look, look_many, replay
from optimization.services.pauses import apply_pause, propose_pauses, undo_pause
from optimization.services.rebalance import (
    apply_rebalance,
    dismiss_rebalance,
    go_on,
    propose_rebalance,
)
from optimization.services.scaling import apply_scale, propose_scaling, undo_scale
from optimization.services.self_tests import ask_self_test, run_self_test

__all__ = [
    "apply_decision",
    "apply_pause",
    "apply_rebalance",
    "apply_scale",
    "ask_self_test",
    "create_test",
    "dismiss",
    "dismiss_rebalance",
    "go_on",
    "look",
    "look_many",
    "propose_actions",
    "propose_pauses",
    "propose_rebalance",
    "propose_scaling",
    "replay",
    "run_self_test",
    "stop_test",
    "undo_decision",
    "undo_pause",
    "undo_scale",
]
