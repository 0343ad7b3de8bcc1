"""Every write of the optimisation app. Pages, API, admin and tasks call these alike."""

from optimization.services.ab_tests import (
    apply_pause,
    create_test,
    look,
    look_many,
    propose_pauses,
    stop_test,
    undo_pause,
)
from optimization.services.rebalance import (
    apply_rebalance,
    dismiss_rebalance,
    go_on,
    propose_rebalance,
)

__all__ = [
    "apply_pause",
    "apply_rebalance",
    "create_test",
    "dismiss_rebalance",
    "go_on",
    "look",
    "look_many",
    "propose_pauses",
    "propose_rebalance",
    "stop_test",
    "undo_pause",
]
