from __future__ import annotations

from django.db import models

from adsengine.common import clock
from adsengine.models import Advertiser


class Run(models.Model):
    """One pass of a worker over an advertiser: each campaign with its outcome.

    The slot makes it happen once, however often and late beat asks.
    """

    class Kind(models.TextChoices):
        OPTIMIZE = "optimize", "optimisation pass"
        REBALANCE = "rebalance", "budget rebalance"

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    slot = models.CharField(max_length=40)
    market_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcomes = models.JSONField(default=dict, help_text="Campaign id to done, skipped or failed.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["advertiser", "kind", "slot"], name="run_once_per_slot")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.slot}"
