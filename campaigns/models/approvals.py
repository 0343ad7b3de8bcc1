"""What persons and policies approved to be spent."""

from __future__ import annotations

from django.db import models

from campaigns.models.campaign import Campaign
from core.common import clock
from core.common.money import Money
from core.models import User
from platforms.models import AdAccount


class SpendApproval(models.Model):
    """What one campaign may spend from a moment on, and who approved it. The newest row holds.

    The gate reads it when a change is asked for and just before every send. Until the campaign's
    row exists, the plan's reference stands for it.
    """

    class Basis(models.TextChoices):
        """What the approval rests on."""

        PLAN = "plan", "an approved plan"
        CHANGE = "change", "a change"
        MOVED_DATES = "moved_dates", "dates that were moved before the start"  # of old rows
        ADOPTION = "adoption", "adopting the campaign"
        REBALANCE = "rebalance", "a rebalance that a person applied"
        POLICY = "policy", "the policy that workers act on"
        BACKFILL = "backfill", "what it was spending before approvals were kept"

    BY_PERSONS = (
        Basis.PLAN,
        Basis.CHANGE,
        Basis.ADOPTION,
        Basis.BACKFILL,
    )
    """What counts for the total of a pool: a rebalance only moves money within it."""

    account = models.ForeignKey(AdAccount, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, null=True, related_name="spend_approvals"
    )
    reference = models.CharField(
        max_length=32, blank=True, help_text="The campaign's, from its plan."
    )
    envelope_micros = models.BigIntegerField(
        null=True, help_text="What it may spend from then to its end. Empty: it has no end."
    )
    per_day_micros = models.BigIntegerField(help_text="Per day, without over-delivery.")
    days = models.PositiveIntegerField(
        null=True,
        help_text="Of the flight, where one daily budget was approved for all of it: that many "
        "days at that budget stay approved when they move before the start.",
    )
    counts_from = models.DateField(help_text="Spend of this day and later uses the envelope.")
    basis = models.CharField(max_length=11, choices=Basis.choices)
    policy = models.CharField(max_length=40, blank=True, help_text="The policy's version.")
    approver = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    approver_name = models.CharField(max_length=150)
    given_at = models.DateTimeField(default=clock.real_now, help_text="Real time.")
    market_at = models.DateTimeField(help_text="Market time.")
    until = models.DateTimeField(help_text="Market time until which it may be sent first.")
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text="Market time when the platform confirmed what it allows."
    )
    reserves = models.BooleanField(
        default=False, help_text="Counts under the caps before its campaign runs."
    )
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="Market time when the plan was given up."
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    basis__in=[
                        "plan",
                        "change",
                        "moved_dates",
                        "adoption",
                        "rebalance",
                        "policy",
                        "backfill",
                    ]
                ),
                name="spend_approval_basis_known",
            ),
            models.CheckConstraint(
                condition=models.Q(campaign__isnull=False) | ~models.Q(reference=""),
                name="spend_approval_of_something",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "-id"]),
            models.Index(fields=["reference"]),
        ]

    def __str__(self) -> str:
        return f"approval of {self.envelope or self.per_day} by {self.approver_name}"

    @property
    def envelope(self) -> Money | None:
        """None where the campaign has no end: then the figure per day holds."""
        micros = self.envelope_micros
        return None if micros is None else self.account.money(micros)

    @property
    def per_day(self) -> Money:
        return self.account.money(self.per_day_micros)
