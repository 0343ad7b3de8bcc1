"""What Meta sets once."""

from __future__ import annotations

from platforms.spec.changes.mutability import Mutability

# Marketing API: objective, buying type and special categories with their countries cannot be
# edited. A budget is on the campaign or on ad sets, never on both (100/1885621), so that no order
# of single writes moves it from one to the other. A creative's texts and media can be: the ad gets
# another creative.
MUTABILITY = Mutability(
    frozenset(
        {
            ("campaign", "objective"),
            ("campaign", "kind"),
            ("campaign", "budget.level"),
            ("campaign", "declarations.political_ads"),
            ("campaign", "declarations.special_categories"),
            ("campaign", "declarations.special_countries"),
        }
    )
)
