"""Background jobs as rows."""

from __future__ import annotations

from django.db import models

from core.common import clock
from core.models.tenants import Advertiser


class Job(models.Model):
    """Work to be done. The row holds its state; a broker message contains only its id.

    At most one job of a kind and key waits and at most one runs, so a repeated request changes
    nothing.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    advertiser = models.ForeignKey(
        Advertiser, on_delete=models.CASCADE, null=True, related_name="+"
    )
    lane = models.CharField(max_length=20, blank=True, default="")
    """The workers that carry it out (core.lanes)."""
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=clock.real_now)
    lease_until = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key", "state"],
                condition=models.Q(state__in=["queued", "running"]),
                name="job_one_waiting_one_running",
            )
        ]
        indexes = [models.Index(fields=["state", "not_before"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} ({self.state})"
