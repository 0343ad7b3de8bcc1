"""Mails about incidents: who gets which."""

from __future__ import annotations

from django.db import models

from core.common import clock
from core.models.tenants import Advertiser
from core.models.users import User


class IncidentMail(models.Model):
    """One mail to one member: of incidents that opened or closed, or of a day's open ones."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENDING = "sending", "sending"
        SENT = "sent", "sent"
        FAILED = "failed", "not sent"
        UNKNOWN = "unknown", "perhaps sent"

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    day = models.DateField(null=True, help_text="Of a daily digest; empty: of changes.")
    opened = models.JSONField(default=list, help_text="Ids of the first incidents that opened.")
    closed = models.JSONField(default=list, help_text="Ids of the first that closed.")
    opened_count = models.PositiveIntegerField(default=0)
    closed_count = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=clock.real_now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["advertiser", "user", "day"], name="incident_digest_once_a_day"
            )
        ]
        indexes = [models.Index(fields=["state", "created_at"])]

    def __str__(self) -> str:
        what = f"digest of {self.day}" if self.day else f"incidents of {self.created_at:%Y-%m-%d}"
        return f"{what} to {self.user}"
