"""One change of many rows: shown first with each refusal, then asked for row by row."""

from campaigns.bulk.actions import ACTIONS, Action, Budget, BudgetRule, Rename, read_action
from campaigns.bulk.changes import Change, apply, apply_one, preview, sums

__all__ = [
    "ACTIONS",
    "Action",
    "Budget",
    "BudgetRule",
    "Change",
    "Rename",
    "apply",
    "apply_one",
    "preview",
    "read_action",
    "sums",
]
