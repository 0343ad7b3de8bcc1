"""When each background process was last alive."""

from __future__ import annotations

from django.db import models

from core.common import clock


class Heartbeat(models.Model):
    """One row for the beat and for each queue that workers serve; in real time."""

    name = models.CharField(max_length=30, unique=True)
    first_at = models.DateTimeField(default=clock.real_now)
    at = models.DateTimeField(default=clock.real_now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
