from __future__ import annotations

from django.db import models

from campaigns.models import Brief
from core.common import clock
from core.common.money import Money
from core.models import Advertiser


class PacingPlan(models.Model):
    """What may be spent from one day to another: a month, or the flight of a brief.

    A plan that steers sets the daily total of its currency's pool: what is left, over the days
    that are left.
    """

    class Kind(models.TextChoices):
        MONTH = "month", "every calendar month"
        FLIGHT = "flight", "one flight"

    advertiser = models.ForeignKey(
        Advertiser, on_delete=models.CASCADE, related_name="pacing_plans"
    )
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.MONTH)
    currency = models.CharField(max_length=3)
    brief = models.ForeignKey(
        Brief,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="pacing_plans",
        help_text="Only the campaigns of this brief; empty: all of the currency.",
    )
    total_micros = models.BigIntegerField()
    first = models.DateField(null=True, blank=True, help_text="Of a flight.")
    last = models.DateField(null=True, blank=True, help_text="Of a flight.")
    steers = models.BooleanField(
        default=False, help_text="Sets the daily total that the rebalance spreads."
    )
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=clock.real_now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(total_micros__gt=0), name="pacing_total_positive"
            ),
            models.UniqueConstraint(
                fields=["advertiser", "currency"],
                condition=models.Q(steers=True, ended_at=None),
                name="pacing_one_steers",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def total(self) -> Money:
        return Money.from_micros(self.total_micros, self.currency)
