"""What Meta sets once."""

from __future__ import annotations

from platforms.spec.changes.mutability import Mutability

# Marketing API: objective, buying type and special categories with their countries cannot be
# edited. A creative's texts and media can be: the ad gets another creative.
MUTABILITY = Mutability(
    frozenset(
        {
            ("campaign", "objective"),
            ("campaign", "kind"),
            ("campaign", "declarations.political_ads"),
            ("campaign", "declarations.special_categories"),
            ("campaign", "declarations.special_countries"),
        }
    )
)
