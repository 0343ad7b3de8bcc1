"""One brief on one ad account: its plan, its approval, its execution."""

from __future__ import annotations

from typing import Any

from django.db import models

from campaigns.models import Brief, Campaign, PublishRequest
from core.common import clock
from core.models import User
from platforms.models import AdAccount


class Strategy(models.Model):
    """The plan for one ad account, as text with its hash, its state, and what it made."""

    class State(models.TextChoices):
        BLOCKED = "blocked", "needs a correction"
        REVIEW = "review", "waits for approval"
        APPROVED = "approved", "approved"
        EXECUTING = "executing", "being launched"
        LIVE = "live", "live"
        FAILED = "failed", "failed"
        REPLACED = "replaced", "replaced by a newer plan"
        DECLINED = "declined", "declined"

    class Check(models.TextChoices):
        """What came of asking the platform about the plan, without creating anything."""

        WAITING = "waiting", "not asked yet"
        PASSED = "passed", "found nothing against it"
        REFUSED = "refused", "refused it"
        UNREACHABLE = "unreachable", "could not be asked"

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="strategies")
    account = models.ForeignKey(AdAccount, on_delete=models.PROTECT, related_name="strategies")
    campaigns = models.ManyToManyField(Campaign, blank=True, related_name="strategies")
    state = models.CharField(max_length=9, choices=State.choices, default=State.REVIEW)
    plan = models.TextField(help_text="The text of an agents.plans.ExecutionPlan.")
    plan_hash = models.CharField(max_length=64)
    problems = models.JSONField(default=list, help_text="What blocks it: field and message.")
    planner = models.CharField(max_length=20)
    planned_by = models.CharField(max_length=150)
    decline_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.real_now)
    check_state = models.CharField(max_length=11, choices=Check.choices, default=Check.WAITING)
    check_says = models.TextField(blank=True, help_text="The platform's sentence, or why not.")
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "strategies"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "blocked",
                        "review",
                        "approved",
                        "executing",
                        "live",
                        "failed",
                        "replaced",
                        "declined",
                    ]
                ),
                name="strategy_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(check_state__in=["waiting", "passed", "refused", "unreachable"]),
                name="strategy_check_known",
            ),
            models.UniqueConstraint(
                fields=["brief", "account"],
                condition=~models.Q(state="replaced"),
                name="strategy_one_current_per_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brief} on {self.account}"

    @property
    def launched(self) -> list[Campaign]:
        """What it made so far, in the order of the plan. Needs no query where the campaigns are
        prefetched."""
        return sorted(self.campaigns.all(), key=lambda campaign: campaign.pk)


_State = Strategy.State
STRATEGY_MOVES: dict[str, frozenset[str]] = {
    _State.BLOCKED: frozenset({_State.REPLACED, _State.DECLINED}),
    _State.REVIEW: frozenset({_State.APPROVED, _State.BLOCKED, _State.REPLACED, _State.DECLINED}),
    _State.APPROVED: frozenset({_State.EXECUTING, _State.DECLINED, _State.FAILED}),
    _State.EXECUTING: frozenset({_State.LIVE, _State.FAILED}),
    _State.FAILED: frozenset({_State.REPLACED, _State.EXECUTING, _State.DECLINED}),
    _State.LIVE: frozenset(),
    _State.REPLACED: frozenset(),
    _State.DECLINED: frozenset({_State.REPLACED}),
}


class Approval(models.Model):
    """A person's approval of exactly one plan, identified by its hash."""

    strategy = models.OneToOneField(Strategy, on_delete=models.CASCADE, related_name="approval")
    plan_hash = models.CharField(max_length=64)
    approver = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approver_name = models.CharField(max_length=150)
    worst_case_micros = models.BigIntegerField()
    at = models.DateTimeField(default=clock.real_now)

    def __str__(self) -> str:
        return f"approval of {self.strategy} by {self.approver_name}"


class Execution(models.Model):
    """The execution of an approved plan."""

    strategy = models.OneToOneField(Strategy, on_delete=models.CASCADE, related_name="execution")
    started_at = models.DateTimeField(default=clock.real_now)
    finished_at = models.DateTimeField(null=True, blank=True)
    waiting_for = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"execution of {self.strategy}"


class ExecutionStep(models.Model):
    """One step. The state of sending is in its PublishRequests only."""

    class Kind(models.TextChoices):
        PREREQUISITES = "prerequisites", "Check the account"
        CREATE = "create", "Create everything, paused"
        VERIFY = "verify", "Read it back and compare"
        ENABLE = "enable", "Switch it on"
        CONFIRM = "confirm", "Confirm that it is on"

    execution = models.ForeignKey(Execution, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=14, choices=Kind.choices)
    requests = models.ManyToManyField(PublishRequest, blank=True, related_name="steps")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["execution", "position"], name="step_position_unique")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def state(self) -> str:
        """pending, running, done or failed: computed."""
        if self.error:
            return "failed"
        if self.finished_at:
            return "done"
        return "running" if self.started_at else "pending"

    @property
    def progress(self) -> tuple[int, int]:
        """Requests done, and all."""
        states: list[Any] = list(self.requests.values_list("state", flat=True))
        return states.count(PublishRequest.State.DONE), len(states)
