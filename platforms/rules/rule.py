"""One rule: what a platform refuses of a campaign, as far as it is known without asking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from platforms.rules.capabilities import Capabilities
from platforms.spec.ads import Ad
from platforms.spec.base import Location
from platforms.spec.campaign import CampaignSpec
from platforms.types import SpecProblem

NAMES = {"google": "Google Ads", "meta": "Meta", "tiktok": "TikTok"}
API_VERSIONS: Mapping[str, str] = {"google": "v26", "meta": "v26.0", "tiktok": "v1.3"}
"""Of the vendors' interfaces, whose documents the rules were read from."""
Problems = Iterator[SpecProblem]


@dataclass(frozen=True)
class Rule:
    """Local and pure. It reads its limits from the table of capabilities."""

    id: str
    source: str
    check: Callable[[Capabilities, CampaignSpec], Problems]
    sentence: Callable[[Capabilities], str]
    """What whoever plans has to keep to; empty where it says nothing of that platform."""
    since: Mapping[str, str] = field(default_factory=lambda: API_VERSIONS)
    """Platform to the version of its interface since which it is known to hold."""


def name_of(can: Capabilities) -> str:
    return NAMES.get(can.platform, can.platform)


def ads_of(spec: CampaignSpec) -> Iterator[tuple[Location, Ad]]:
    """Each ad with its place."""
    for at, group in enumerate(spec.ad_groups):
        for number, ad in enumerate(group.ads):
            yield ("ad_groups", at, "ads", number), ad
