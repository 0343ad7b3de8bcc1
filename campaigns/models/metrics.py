"""Daily metrics and their earlier values."""

from __future__ import annotations

from django.db import models

from campaigns.models.campaign import Ad, Campaign
from core.common import clock
from platforms.models import AdAccount


class Level(models.TextChoices):
    CAMPAIGN = "campaign"
    AD = "ad"


class DailyMetric(models.Model):
    """One campaign or ad, one day of the account's time zone, as last reported.

    An imported row may cover a period: it stands on the period's last day, `period_first` says
    where it began, and it is never spread over the days. The account and the campaign are on the
    row so that a whole account's range is read by one index.
    """

    account = models.ForeignKey(AdAccount, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="metrics")
    ad = models.ForeignKey(Ad, on_delete=models.CASCADE, null=True, related_name="metrics")
    level = models.CharField(max_length=8, choices=Level.choices)
    entity_id = models.BigIntegerField(help_text="Of the campaign or the ad, as the level says.")
    day = models.DateField()
    period_first = models.DateField(null=True)
    impressions = models.BigIntegerField(default=0)
    clicks = models.BigIntegerField(default=0)
    conversions = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    spend_micros = models.BigIntegerField(default=0)
    revenue_micros = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField(
        default=clock.market_now, help_text="Market time of these values."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["level", "entity_id", "day"], name="metric_one_row_per_day"
            )
        ]
        indexes = [
            models.Index(fields=["account", "level", "day"]),
            models.Index(fields=["campaign", "level", "day"]),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.entity_id} on {self.day}"


class MetricRevision(models.Model):
    """Earlier values of a restated day, and from when to when they were valid."""

    metric = models.ForeignKey(DailyMetric, on_delete=models.CASCADE, related_name="revisions")
    impressions = models.BigIntegerField()
    clicks = models.BigIntegerField()
    conversions = models.DecimalField(max_digits=18, decimal_places=6)
    spend_micros = models.BigIntegerField()
    revenue_micros = models.BigIntegerField()
    seen_at = models.DateTimeField()
    replaced_at = models.DateTimeField()

    class Meta:
        ordering = ["-replaced_at"]

    def __str__(self) -> str:
        return f"{self.metric} until {self.replaced_at}"
