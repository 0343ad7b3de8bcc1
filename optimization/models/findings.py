from __future__ import annotations

from django.db import models

from campaigns.models import Ad, Campaign
from core.common import clock
from core.models import Advertiser
from optimization.models.decisions import Decision
from optimization.models.runs import Run

FAILING, IDLE = "failing", "idle"
"""Keys of the findings about a worker itself: it always fails, it never acts."""


class WorkerFinding(models.Model):
    """What a worker found, and how it ended. One open row per worker and key.

    A finding is open while the runs find it. `times` counts in how many runs in a row it was found
    without an end: an action, or a proposal that waits, ends it.
    """

    class Kind(models.TextChoices):
        LOSER = "loser", "loser"
        WASTE = "waste", "waste"
        PACE = "pace", "pace"
        REFUSAL = "refusal", "refused"
        FAILURE = "failure", "failure"
        IDLE = "idle", "never acts"

    class Outcome(models.TextChoices):
        ACTION = "action", "changed"
        PROPOSAL = "proposal", "waits for a person"
        ALERT = "alert", "incident"
        REASON = "reason", "left alone"

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="findings")
    worker = models.CharField(max_length=9, choices=Run.Kind.choices)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    key = models.CharField(max_length=60, help_text="What it is about, e.g. ad:12.")
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, null=True, editable=False, related_name="+"
    )
    ad = models.ForeignKey(
        Ad, on_delete=models.CASCADE, null=True, editable=False, related_name="+"
    )
    decision = models.ForeignKey(
        Decision, on_delete=models.SET_NULL, null=True, editable=False, related_name="findings"
    )
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=500, blank=True, help_text="What it rests on.")
    url = models.CharField(max_length=200, blank=True, help_text="Page where it can be seen.")
    first_at = models.DateTimeField(default=clock.market_now)
    last_at = models.DateTimeField(default=clock.market_now)
    times = models.PositiveIntegerField(default=0)
    occasion = models.CharField(max_length=60, blank=True, help_text="Counted last in this slot.")
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    outcome_text = models.CharField(max_length=300, blank=True)
    outcome_at = models.DateTimeField(default=clock.market_now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["advertiser", "worker", "-last_at"], name="finding_by_worker")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["advertiser", "worker", "key"],
                condition=models.Q(closed_at__isnull=True),
                name="finding_one_open_per_key",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_about_worker(self) -> bool:
        return self.key in {FAILING, IDLE}

    @property
    def is_open(self) -> bool:
        return self.closed_at is None
