"""What was measured, decided and done: tests with their looks, rebalances with their changes."""

from __future__ import annotations

from django.db import models

from adsengine.common import clock
from adsengine.common.money import Money
from adsengine.models import Advertiser
from campaigns.models import Ad, Campaign, PublishRequest

METRICS = [
    ("ctr", "CTR: clicks per impression"),
    ("cvr", "CVR: conversions per click"),
    ("cpa", "CPA: spend per conversion"),
    ("roas", "ROAS: revenue per spend"),
]


class ABTest(models.Model):
    """Creatives of one campaign against each other, on one metric."""

    class State(models.TextChoices):
        RUNNING = "running", "running"
        STOPPED = "stopped", "stopped"

    class Status(models.TextChoices):
        """The newest look's verdict; a winner stays named (the first crossing is latched)."""

        INSUFFICIENT = "insufficient_data", "not enough data"
        COLLECTING = "collecting", "collecting"
        LEADER = "likely_leader", "likely leader"
        WINNER = "winner", "winner"
        INCONCLUSIVE = "inconclusive", "inconclusive"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="ab_tests")
    name = models.CharField(max_length=200)
    hypothesis = models.CharField(max_length=500, blank=True)
    metric = models.CharField(max_length=4, choices=METRICS, default="ctr")
    planned_days = models.PositiveSmallIntegerField(default=14)
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    status = models.CharField(max_length=18, choices=Status.choices, default=Status.INSUFFICIENT)
    winner = models.ForeignKey(Ad, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True, help_text="Market time.")
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=clock.wall)

    class Meta:
        ordering = ["-id"]
        verbose_name = "A/B test"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "metric"],
                condition=models.Q(state="running"),
                name="ab_test_one_running_per_metric",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Arm(models.Model):
    test = models.ForeignKey(ABTest, on_delete=models.CASCADE, related_name="arms")
    ad = models.ForeignKey(Ad, on_delete=models.CASCADE, related_name="arms")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["test", "ad"], name="arm_unique")]

    def __str__(self) -> str:
        return str(self.ad)


class Look(models.Model):
    """One analysis: its verdict, and the hash of what it was computed from."""

    test = models.ForeignKey(ABTest, on_delete=models.CASCADE, related_name="looks")
    at = models.DateTimeField(default=clock.now, help_text="Market time.")
    status = models.CharField(max_length=18)
    result = models.JSONField()
    input_hash = models.CharField(max_length=64)
    method_version = models.CharField(max_length=20)

    class Meta:
        ordering = ["-id"]
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"{self.test}: {self.status}"


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


class Rebalance(models.Model):
    """One proposal to move the budgets of a pool: one advertiser, one currency."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "waits for a person"
        APPLYING = "applying", "being applied"
        APPLIED = "applied", "applied"
        DISMISSED = "dismissed", "dismissed"
        EXPIRED = "expired", "expired"

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="rebalances")
    currency = models.CharField(max_length=3)
    slot = models.CharField(max_length=40, blank=True, help_text="Of the run; empty: by hand.")
    total_micros = models.BigIntegerField()
    unallocated_micros = models.BigIntegerField(default=0)
    expected_gain_micros = models.BigIntegerField(null=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PROPOSED)
    note = models.CharField(max_length=300, blank=True)
    asked_by = models.CharField(max_length=150)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_kind = models.CharField(max_length=8, blank=True, help_text="person, api or worker.")
    market_at = models.DateTimeField(default=clock.now)
    created_at = models.DateTimeField(default=clock.wall)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Rebalance of {self.market_at:%d %b %Y} ({self.currency})"

    @property
    def total(self) -> Money:
        return Money.from_micros(self.total_micros, self.currency)


REBALANCE_MOVES: dict[str, frozenset[str]] = {
    "proposed": frozenset({"applying", "dismissed", "expired"}),
    "applying": frozenset({"applied"}),
    "applied": frozenset(),
    "dismissed": frozenset(),
    "expired": frozenset(),
}


class BudgetChange(models.Model):
    """One campaign's part of a rebalance."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "proposed"
        ASKED = "asked", "sent to the platform"
        REFUSED = "refused", "refused"
        KEPT = "kept", "kept"

    rebalance = models.ForeignKey(Rebalance, on_delete=models.CASCADE, related_name="changes")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="budget_changes")
    old_micros = models.BigIntegerField()
    new_micros = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    binding = models.CharField(max_length=30, blank=True)
    expected_change_micros = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    request = models.ForeignKey(
        PublishRequest, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["rebalance", "campaign"], name="budget_change_unique")
        ]

    def __str__(self) -> str:
        return f"{self.campaign}: {self.old} → {self.new}"

    @property
    def old(self) -> Money:
        return Money.from_micros(self.old_micros, self.rebalance.currency)

    @property
    def new(self) -> Money:
        return Money.from_micros(self.new_micros, self.rebalance.currency)

    @property
    def percent(self) -> float | None:
        return (self.new_micros / self.old_micros - 1) * 100 if self.old_micros else None


class Decision(models.Model):
    """What was known, what was proposed, and what came of it."""

    class Action(models.TextChoices):
        PAUSE_AD = "pause_ad", "pause ad"
        INCREASE = "increase", "increase budget"
        DECREASE = "decrease", "decrease budget"
        KEEP = "keep", "keep budget"

    class State(models.TextChoices):
        NOTED = "noted", "noted only"
        PROPOSED = "proposed", "waits for a person"
        DONE = "done", "done"
        REFUSED = "refused", "refused"
        UNDONE = "undone", "undone"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="decisions")
    ad = models.ForeignKey(Ad, on_delete=models.CASCADE, null=True, related_name="decisions")
    test = models.ForeignKey(ABTest, on_delete=models.SET_NULL, null=True, related_name="decisions")
    action = models.CharField(max_length=8, choices=Action.choices)
    state = models.CharField(max_length=8, choices=State.choices)
    reason = models.CharField(max_length=500)
    evidence = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    market_at = models.DateTimeField(default=clock.now)
    at = models.DateTimeField(default=clock.wall)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["test", "ad", "action"],
                condition=models.Q(state__in=["proposed", "done"]),
                name="decision_once_per_arm",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.ad or self.campaign}"
