"""One change of many rows: previewed with each refusal, then requested row by row."""

from campaigns.bulk.actions import ACTIONS, Action, read_action
from campaigns.bulk.changes import CampaignChangePreview, apply, apply_one, preview, sums
from campaigns.bulk.cost import cost_text

__all__ = [
    "ACTIONS",
    "Action",
    "CampaignChangePreview",
    "apply",
    "apply_one",
    "cost_text",
    "preview",
    "read_action",
    "sums",
]
