"""One ordinary campaign, and a large one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from core.common.money import Money
from platforms.spec.ads import PinnedText, ResponsiveSearchAd
from platforms.spec.campaign import AdGroupSpec, BudgetSpec, CampaignSpec, Schedule
from platforms.spec.platform_parts import GoogleCampaign
from platforms.spec.targeting import Keyword, Locations, Targeting


def tree(ads: int = 2, keywords: int = 3, *, budget: str = "50.00") -> CampaignSpec:
    """A search campaign with one ad group, so that it has 2 + ads + keywords nodes."""
    return CampaignSpec(
        reference="ae-campaign",
        name="Boots",
        objective="traffic",
        kind="search",
        budget=BudgetSpec(amount=Money(Decimal(budget), "USD")),
        schedule=Schedule(start=dt.date(2026, 3, 1), end=dt.date(2026, 3, 31)),
        ad_groups=(
            AdGroupSpec(
                reference="ae-group",
                name="All",
                targeting=Targeting(
                    locations=Locations(countries=("US", "DE")),
                    keywords=tuple(Keyword(text=f"boots {n}") for n in range(keywords)),
                ),
                ads=tuple(_ad(n) for n in range(ads)),
            ),
        ),
        part=GoogleCampaign(platform="google"),
    )


def _ad(number: int) -> ResponsiveSearchAd:
    return ResponsiveSearchAd(
        format="responsive_search",
        reference=f"ae-ad-{number}",
        name=f"Ad {number}",
        landing_url="https://shop.example.com/boots",
        headlines=(PinnedText(text="Light boots"), PinnedText(text="Dry feet", pin=1)),
        descriptions=(PinnedText(text="Boots that stay dry."),),
    )
