"""What TikTok sets once."""

from __future__ import annotations

from platforms.spec.changes.mutability import Mutability

# Business API, campaign/update: name, budget and special industries alone; budget_mode and
# objective cannot change. adgroup/update: no placements, optimization_goal, billing_event,
# promotion_type, pixel_id or attribution windows.
MUTABILITY = Mutability(
    frozenset(
        {
            ("campaign", "objective"),
            ("campaign", "kind"),
            ("campaign", "budget.level"),
            ("campaign", "budget.period"),
            ("campaign", "conversion"),
            ("ad_group", "placements"),
            ("ad_group", "part.goal"),
            ("ad_group", "part.billing"),
            ("ad_group", "part.promotion_type"),
        }
    )
)
