"""A platform's published minimum, which is in US dollars, in an account's currency."""

from __future__ import annotations

from decimal import ROUND_UP

from core.common import dates
from core.common.money import MICROS, Money
from core.models import rate_on
from platforms.models import AdAccount
from platforms.registry import capabilities_of


def published_minimum(account: AdAccount) -> Money:
    """At the day's rate, rounded up to what the platform can count. Raises RateMissing, and
    UnsupportedFeature for an account without a platform."""
    can, currency = capabilities_of(account.platform), account.currency
    rate = rate_on("USD", currency, dates.today(account.advertiser.time_zone))
    step = can.budget_step(currency)
    micros = int((can.min_daily_budget_usd * rate * MICROS).to_integral_value(ROUND_UP))
    return Money.from_micros(-(-micros // step) * step, currency)
