"""One change of many rows: shown first with each refusal, then asked for row by row."""

from campaigns.bulk.actions import ACTIONS, Action, read_action
from campaigns.bulk.changes import CampaignChangePreview, apply, apply_one, preview, sums
from campaigns.bulk.cost import cost_in_words

__all__ = [
    "ACTIONS",
    "Action",
    "CampaignChangePreview",
    "apply",
    "apply_one",
    "cost_in_words",
    "preview",
    "read_action",
    "sums",
]
