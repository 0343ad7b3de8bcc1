from __future__ import annotations

from django.db import models

from core.common import clock
from core.models import Advertiser
from optimization.models.ab_tests import METRICS
from optimization.stats.ab.planning.selftest import SelfTestResult
from optimization.stats.common.json_form import OlderForm


class SelfTest(models.Model):
    """A thousand tests without any true difference, made of the advertiser's own history."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        DONE = "done", "done"

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="self_tests")
    metric = models.CharField(max_length=4, choices=METRICS, default="ctr")
    seed = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    result = models.JSONField(default=dict)
    asked_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=clock.real_now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Self-test on {self.metric.upper()} of {self.created_at:%d %b %Y}"

    @property
    def measured(self) -> SelfTestResult | None:
        """The stored result; None while it waits, and where it is of an older form."""
        try:
            return SelfTestResult.from_json(self.result)
        except OlderForm:
            return None
