"""One change of many rows: shown first with each refusal, then asked for row by row."""

from campaigns.bulk.actions import ACTIONS, Action, BudgetRule, read_action
from campaigns.bulk.changes import Change, apply, preview, sums

__all__ = ["ACTIONS", "Action", "BudgetRule", "Change", "apply", "preview", "read_action", "sums"]
