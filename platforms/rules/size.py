"""What a platform refuses because one request would hold too much."""

from __future__ import annotations

from platforms.rules.capabilities import Capabilities
from platforms.rules.rule import Problems, name_of
from platforms.spec.campaign import CampaignSpec
from platforms.types import SpecProblem

_AGES_AND_GENDER = 8  # most criteria that these take in one ad group
_CAMPAIGN = 2  # its budget, and itself


def size(can: Capabilities, spec: CampaignSpec) -> Problems:
    if not can.most_operations:
        return
    over = operations(spec) - can.most_operations
    if over > 0:
        at, group = max(enumerate(spec.ad_groups), key=lambda one: len(one[1].targeting.keywords))
        says = (
            f"A campaign on {name_of(can)} is created in one request of at most "
            f"{can.most_operations:,} parts, and this one has {over:,} more. Take keywords out: "
            f"“{group.name}” has {len(group.targeting.keywords):,}."
        )
        yield SpecProblem("keywords", says, f"ad_groups[{at}].targeting.keywords")


def operations(spec: CampaignSpec) -> int:
    """Of the one request that creates it, at most."""
    groups = sum(
        1 + len(group.targeting.keywords) + _AGES_AND_GENDER + len(group.ads)
        for group in spec.ad_groups
    )
    return _CAMPAIGN + len(spec.locations.countries) + groups


def size_sentence(can: Capabilities) -> str:
    if not can.most_operations:
        return ""
    return f"A campaign has at most {can.most_operations:,} parts: keywords, places, ads."
