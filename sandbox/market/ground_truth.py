"""The hidden true parameters of each campaign and each creative."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sandbox.market import rng
from sandbox.world.model import Campaign, Platform

_REFERENCE_SPEND = 100.0  # US dollars a day; the spend to which the figures below apply
_CPM = {"google": 14.0, "meta": 13.5, "tiktok": 11.5}
_CTR = {"google": 0.018, "meta": 0.015, "tiktok": 0.013}
# Units of a currency per US dollar: invented for the sandbox, close to long-run levels.
UNITS_PER_USD = {
    "USD": 1.0,
    "EUR": 0.92,
    "GBP": 0.79,
    "CHF": 0.88,
    "CAD": 1.36,
    "AUD": 1.52,
    "JPY": 150.0,
    "KRW": 1350.0,
    "BRL": 5.2,
    "MXN": 18.0,
    "INR": 84.0,
    "AED": 3.67,
    "SEK": 10.4,
    "HUF": 360.0,
    "TWD": 32.0,
    "CLP": 950.0,
    "VND": 25_000.0,
    "KWD": 0.31,
    "BHD": 0.377,
}
"""Invented. Who uses the sandbox gets them as its exchange rates."""


@dataclass(frozen=True)
class ObjectiveFactors:
    """How an objective differs from sales: factors on price, clicks, conversions, order value."""

    cpm: float = 1.0
    clicks: float = 1.0
    conversions: float = 1.0
    value: float = 1.0


_OBJECTIVE_FACTORS = (
    (("lead",), ObjectiveFactors(1.0, 1.0, 1.2, 0.5)),
    (("awareness", "reach", "display"), ObjectiveFactors(0.55, 0.55, 0.5)),
    (("video", "engage", "demand"), ObjectiveFactors(0.7, 0.8, 0.6)),
    (("traffic",), ObjectiveFactors(0.9, 1.15, 0.7)),
)


@dataclass(frozen=True)
class CampaignTruth:
    """`half_spend`: daily spend (account currency) with half of the maximum impressions;
    `capacity`: daily spend beyond which the audience is exhausted."""

    half_spend: float
    capacity: float
    cpm_at_reference: float
    reference_spend: float
    click_rate: float
    conversion_rate: float
    order_value: float

    def impressions(self, spend: float) -> float:
        """Expected impressions of an average weekday with this spend."""
        at_reference = self.reference_spend / self.cpm_at_reference * 1000
        level = (self.half_spend + self.reference_spend) / self.reference_spend
        return at_reference * level * spend / (self.half_spend + spend)

    def revenue(self, spend: float) -> float:
        """Expected revenue of a day with this spend, for an average creative."""
        value = self.conversion_rate * self.order_value
        return self.impressions(spend) * self.click_rate * value


@dataclass(frozen=True)
class AdTruth:
    """True rates of one ad on an average day, without noise and fatigue."""

    click_rate: float
    conversion_rate: float
    order_value: float

    @property
    def revenue_per_impression(self) -> float:
        return self.click_rate * self.conversion_rate * self.order_value


def campaign_truth(seed: int, campaign: Campaign, currency: str) -> CampaignTruth:
    """Depends only on the seed, the campaign's id and its objective."""

    def z(what: str) -> float:
        return rng.normal(seed, campaign.platform, campaign.id, what)

    unit = UNITS_PER_USD.get(currency, 1.0)
    factors = _objective_factors(campaign.objective)
    cpm = _CPM[campaign.platform] * math.exp(0.22 * z("cpm")) * unit
    clicks = _clamp(_CTR[campaign.platform] * math.exp(0.2 * z("ctr")), 0.009, 0.028)
    value = 60.0 * math.exp(0.15 * z("value")) * unit
    roas = _clamp(1.6 * math.exp(0.42 * z("roas")), 0.65, 3.9)
    conversions = _clamp(roas * cpm / (1000 * clicks * value), 0.012, 0.06)
    return CampaignTruth(
        half_spend=_clamp(250.0 * math.exp(0.6 * z("half")), 60.0, 1500.0) * unit,
        capacity=_clamp(700.0 * math.exp(0.7 * z("capacity")), 110.0, 6000.0) * unit,
        cpm_at_reference=cpm * factors.cpm,
        reference_spend=_REFERENCE_SPEND * unit,
        click_rate=clicks * factors.clicks,
        conversion_rate=conversions * factors.conversions,
        order_value=value * factors.value,
    )


def creative_effects(seed: int, platform: Platform, signature: str) -> tuple[float, float]:
    """Factors on click rate and conversion rate of a creative, the same in every campaign."""
    clicks = rng.normal(seed, platform, "creative clicks", signature)
    conversions = rng.normal(seed, platform, "creative conversions", signature)
    return _creative_factor(0.24 * clicks), _creative_factor(0.18 * conversions)


def ad_truth(seed: int, campaign: CampaignTruth, platform: Platform, signature: str) -> AdTruth:
    clicks, conversions = creative_effects(seed, platform, signature)
    return AdTruth(
        campaign.click_rate * clicks, campaign.conversion_rate * conversions, campaign.order_value
    )


def _creative_factor(logarithm: float) -> float:
    return math.exp(_clamp(logarithm, -0.4, 0.4))


def _objective_factors(objective: str) -> ObjectiveFactors:
    name = objective.casefold()
    found = (factors for words, factors in _OBJECTIVE_FACTORS if any(w in name for w in words))
    return next(found, ObjectiveFactors())


def _clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
