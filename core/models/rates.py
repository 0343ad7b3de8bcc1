"""Exchange rates by day, and conversion of money at them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import models

from core.common.errors import RateMissing
from core.common.money import Money
from core.models.tenants import check_currency

MAX_AGE = timedelta(days=7)  # there are no rates for weekends and holidays


class ExchangeRate(models.Model):
    """The value of one unit of `base` in `quote` on a day. Edited in the admin or imported."""

    day = models.DateField()
    base = models.CharField(max_length=3, validators=[check_currency])
    quote = models.CharField(max_length=3, validators=[check_currency])
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    source = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-day", "base", "quote"]
        constraints = [
            models.UniqueConstraint(fields=["day", "base", "quote"], name="rate_one_per_day"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="rate_positive"),
        ]

    def __str__(self) -> str:
        return f"1 {self.base} = {self.rate.normalize():f} {self.quote} on {self.day}"


def rate_on(base: str, quote: str, day: date) -> Decimal:
    """The rate of the day, or the newest one up to seven days old, also from an inverse rate.

    Raises RateMissing when there is none: a missing rate is an error, not a guess.
    """
    if base == quote:
        return Decimal(1)
    recent = ExchangeRate.objects.filter(day__lte=day, day__gt=day - MAX_AGE).order_by("-day")
    direct = recent.filter(base=base, quote=quote).first()
    inverse = recent.filter(base=quote, quote=base).first()
    if direct is not None and (inverse is None or direct.day >= inverse.day):
        return direct.rate
    if inverse is not None:
        return 1 / inverse.rate
    raise RateMissing(
        f"There is no exchange rate from {base} to {quote} for {day:%-d %b %Y} or the week before "
        "it. Add one in the admin.",
        field="currency",
    )


def convert(money: Money, currency: str, day: date) -> Money:
    """The amount in another currency at the day's rate, rounded to its minor unit. Raises
    RateMissing."""
    rate = rate_on(money.currency, currency, day)
    return Money(money.amount * rate, currency).rounded()
