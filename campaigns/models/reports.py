"""Scheduled reports and the reports that were sent."""

from __future__ import annotations

from django.db import models

from core.common import clock
from core.models import Advertiser, User


class ReportSchedule(models.Model):
    """A view of analytics that members get by e-mail, in the advertiser's zone."""

    class Cadence(models.TextChoices):
        DAILY = "daily", "every day"
        WEEKLY = "weekly", "every Monday"
        MONTHLY = "monthly", "on the first of the month"

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    cadence = models.CharField(max_length=7, choices=Cadence.choices)
    hour = models.PositiveSmallIntegerField(help_text="Of the advertiser's day: 0 to 23.")
    query = models.CharField(max_length=1000, blank=True, help_text="Of the analytics page.")
    style = models.CharField(max_length=2, default="en", help_text="How numbers are written.")
    recipients = models.ManyToManyField(User, related_name="+")
    active = models.BooleanField(default=True)
    since = models.DateTimeField(
        default=clock.market_now, help_text="Market time from which on slots are due."
    )
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hour__lte=23), name="report_schedule_hour_of_day"
            )
        ]

    def __str__(self) -> str:
        return self.name


class SentReport(models.Model):
    """One slot of a schedule: its report is sent once. The row outlives the schedule."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENDING = "sending", "sending"
        SENT = "sent", "sent"
        FAILED = "failed", "not sent"
        UNKNOWN = "unknown", "perhaps sent"

    FINAL = (State.SENT, State.FAILED, State.UNKNOWN)

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="+")
    schedule = models.ForeignKey(
        ReportSchedule, on_delete=models.SET_NULL, null=True, related_name="sent"
    )
    name = models.CharField(max_length=120)
    slot = models.DateField(help_text="The advertiser's day on which it was due.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    recipients = models.JSONField(default=list)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "slot"], name="sent_report_once_per_slot")
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.slot}"
