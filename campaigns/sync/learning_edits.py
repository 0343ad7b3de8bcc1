"""Notes what restarts a platform's learning, by whoever it was done: a large step of the budget, a
new ad, another content, targeting, bidding or goal. Workers leave the budget alone for a while.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from campaigns.models import Ad, AdGroup, Campaign, LearningEdit
from core.common.measures import is_learning_step
from platforms.types import LearningTerms

Cause = LearningEdit.Cause
Terms = dict[str, Any]  # LearningTerms as a row has it; empty where nothing was read
_CAUSES = {
    "targeting": Cause.TARGETING,
    "bidding": Cause.BIDDING,
    "goal": Cause.GOAL,
    "content": Cause.CONTENT,
}


def terms_for(row: Campaign | AdGroup | Ad, read: LearningTerms | None) -> Terms:
    """What the row is to have: what was read, or what it has where nothing was."""
    return row.learning_terms if read is None else asdict(read)


class LearningEdits:
    """Of one reading of an account; each cause once per campaign."""

    def __init__(self) -> None:
        self._noted: set[tuple[int, str]] = set()

    def compare(self, campaign_id: int, old: Terms, new: Terms) -> None:
        """Nothing was learned for what is read for the first time, and digests of another version
        say nothing."""
        if old.get("version") != new.get("version"):
            return
        for part, cause in _CAUSES.items():
            if part in old and part in new and old[part] != new[part]:
                self.note(campaign_id, cause)

    def budget(self, campaign: Campaign, outside: Mapping[str, Any]) -> None:
        """`campaign` has the old budget, `outside` the new one if somebody changed it. Which steps
        are large is told where they are read: those of a day count together."""
        old, new = campaign.daily_budget_micros, outside.get("daily_budget_micros")
        if old and new:
            LearningEdit.objects.create(
                campaign=campaign, cause=Cause.BUDGET, old_micros=old, new_micros=new
            )

    def split(self, group: AdGroup, new: int | None) -> None:
        """`group` has its old budget; another split of the same sum is a change, too."""
        old = group.daily_budget_micros
        if old and new and is_learning_step(old, new):
            self.note(group.campaign_id, Cause.SPLIT)

    def note(self, campaign_id: int, cause: Cause) -> None:
        if (campaign_id, cause) not in self._noted:
            self._noted.add((campaign_id, cause))
            LearningEdit.objects.create(campaign_id=campaign_id, cause=cause)
