"""What Meta learns the delivery of its objects for.

Source: Meta restarts the learning phase at a change of targeting, creative, optimisation event and
bid strategy.
"""

from __future__ import annotations

from typing import Any

from platforms.common.answers import object_in
from platforms.common.digests import digest_of
from platforms.types import LearningTerms

Row = dict[str, Any]

CAMPAIGN_BIDDING = ("bid_strategy",)
TARGETING = ("targeting",)
BIDDING = ("bid_strategy", "bid_amount", "bid_constraints")
GOAL = ("optimization_goal", "billing_event", "promoted_object", "attribution_spec")
AD_SET = (*TARGETING, *BIDDING, *GOAL)
_CONTENT = ("id",)  # what a creative shows cannot be edited: another content is another creative


def of_campaign(row: Row) -> LearningTerms:
    return LearningTerms(bidding=digest_of(row, CAMPAIGN_BIDDING))


def of_ad_set(row: Row) -> LearningTerms:
    return LearningTerms(
        targeting=digest_of(row, TARGETING),
        bidding=digest_of(row, BIDDING),
        goal=digest_of(row, GOAL),
    )


def of_ad(row: Row) -> LearningTerms:
    return LearningTerms(content=digest_of(object_in(row.get("creative"), "creative"), _CONTENT))
