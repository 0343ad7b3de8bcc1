"""What one platform takes, as data. Brief form, planner and rules read it, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.common.money import MICROS, minor_unit_micros
from core.common.texts import wide_size
from platforms.types import Validates, VideoLimits

Supports = Mapping[str, frozenset[Any] | None]


@dataclass(frozen=True)
class Capabilities:
    platform: str
    supports: Supports
    """What a new campaign may say beyond the defaults of the plan language: the path of a field,
    without the places in lists, to the values that it may have; None for any."""
    atomic_tree: bool
    """True: create_campaign creates the whole tree in one request. False: it creates only the
    campaign; create_ad_group and create_ad follow."""
    keywords: bool
    """Keywords are part of targeting."""
    ad_format: Literal["responsive_text", "image"]
    headlines: tuple[int, int]
    """Fewest and most headlines of one ad."""
    headline_length: int
    descriptions: tuple[int, int]
    description_length: int
    image: bool
    """Each ad needs an image, or a video where `video` is set."""
    age_bounds: tuple[int, ...]
    """First ages of the platform's age brackets; age_min is one of them."""
    min_daily_budget_usd: int
    """Smallest daily budget of a campaign, in US dollars, where the account states none."""
    min_group_budget_usd: int = 0
    """Smallest daily budget of one ad group, likewise; 0: ad groups have no budgets."""
    video: VideoLimits | None = None
    """An ad may show a video within these limits instead of an image."""
    emoji: bool = True
    """Names and texts may contain emoji."""
    wide_texts: bool = False
    """Wide characters (Chinese, Japanese, Korean) count twice in texts."""
    texts_once: bool = False
    """No text may be in one ad twice, also not as a headline and as a description."""
    keyword_length: int = 0
    """Most characters of a keyword; words and signs likewise, where keywords are taken."""
    keyword_words: int = 0
    keyword_signs: str = ""
    """Signs that no keyword may contain."""
    most_operations: int = 0
    """Most parts of the one request that creates a campaign; 0: no such limit."""
    public_domain: bool = False
    """The landing page's host needs a domain such as example.com."""
    validates: Validates = "nothing"
    """What validate_campaign covers."""
    finds_places: bool = False
    """The platform serves some countries only, and unserved_countries tells which."""
    whole_currencies: frozenset[str] = frozenset()
    """Budgets in these currencies are whole units, whatever ISO 4217 says."""
    currencies: frozenset[str] | None = None
    """Currencies in which budgets can be set; None: all."""
    political_ads: bool = True
    start_ahead_days: int | None = None
    """How far ahead the first day may be; None: no limit is known."""
    update_name: bool = True
    update_schedule: bool = True

    @property
    def objectives(self) -> frozenset[str]:
        """Our objectives that can be launched on this platform."""
        return frozenset(self.supports["objective"] or ())

    def text_size(self, text: str) -> int:
        """The length of a text as the platform counts it."""
        return wide_size(text) if self.wide_texts else len(text)

    def budget_step(self, currency: str) -> int:
        """Micros of which a budget is a multiple. No platform counts finer than a hundredth."""
        whole = MICROS if currency in self.whole_currencies else MICROS // 100
        return max(minor_unit_micros(currency), whole)
