from __future__ import annotations

from django.db import models

from campaigns.models import Campaign
from core.common import clock
from core.models import Advertiser
from optimization.models.fields import BulkJSONField


class Run(models.Model):
    """One run of a worker over an advertiser. Each slot has one run, however often and late it is
    requested; a batch that was killed resumes where it stopped."""

    class Kind(models.TextChoices):
        OPTIMIZE = "optimize", "optimisation run"
        REBALANCE = "rebalance", "budget rebalance"

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, null=True, editable=False, related_name="+"
    )
    """Set for a run over one campaign; empty for a run over all."""
    slot = models.CharField(max_length=40)
    market_at = models.DateTimeField(default=clock.market_now)
    started_at = models.DateTimeField(default=clock.real_now)
    finished_at = models.DateTimeField(null=True, blank=True)
    total_done = models.PositiveIntegerField(null=True, editable=False)
    total_changed = models.PositiveIntegerField(null=True, editable=False)
    total_failed = models.PositiveIntegerField(null=True, editable=False)
    """Numbers of its outcomes once it is finished; unknown for runs of earlier versions."""

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["advertiser", "kind", "slot"], name="run_once_per_slot")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.slot}"

    @property
    def said(self) -> dict[str, str]:
        """Campaign id, or currency of a pool, to the text of its outcome."""
        return {row.key: str(row) for row in self.outcomes.all()}


class RunOutcome(models.Model):
    """What a run did for one campaign, or for one pool: done, skipped and why, failed and why.

    The rows of a run are created before its work starts, so that no campaign can be lost: the run
    is over when none waits.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        DONE = "done", "done"
        SKIPPED = "skipped", "skipped"
        FAILED = "failed", "failed"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="outcomes")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, null=True, related_name="+")
    key = models.CharField(max_length=20, help_text="Campaign id, or currency of a pool.")
    state = models.CharField(max_length=7, choices=State.choices)
    said = models.CharField(max_length=300, blank=True)
    changed = models.BooleanField(
        null=True,
        editable=False,
        help_text="Whether an ad or a budget was changed; unknown in rows of earlier versions.",
    )
    view = BulkJSONField(default=dict, help_text="The optimiser's view of the budget.")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="run_outcome_once")]
        indexes = [models.Index(fields=["run", "state"])]

    def __str__(self) -> str:
        return f"{self.state}: {self.said}" if self.said else self.state
