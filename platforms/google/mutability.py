"""What Google sets once.

A keyword's text and match type and every negative criterion are set once too; in a spec they are
what a keyword is known by, so another text is another keyword.
"""

from __future__ import annotations

from platforms.spec.changes.mutability import Mutability

# Google Ads API v26, reference of Campaign and CampaignBudget: advertising_channel_type, period and
# brand_guidelines_enabled are immutable. The objective is ours: it only chose the channel.
MUTABILITY = Mutability(
    frozenset(
        {
            ("campaign", "kind"),
            ("campaign", "budget.period"),
            ("campaign", "part.brand_guidelines"),
        }
    )
)
