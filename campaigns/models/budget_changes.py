"""The history of campaigns' daily budgets."""

from __future__ import annotations

from django.db import models

from campaigns.models.campaign import Campaign
from core.common.money import Money
from core.models import AuditEntry, User


class CampaignBudgetChange(models.Model):
    """One change of a campaign's wanted daily budget that was asked for here.

    Written in the change's own transaction. Limits, holds and the budget history of the allocator
    read these rows; the audit entry says why. What is taken back after a refusal has a row of its
    own without an entry; what somebody changed on the platform itself has none.
    """

    class Origin(models.TextChoices):
        DIRECT = "direct", "asked for by itself"
        REBALANCE = "rebalance", "part of a rebalance"
        RETURN = "return", "taken back after a refusal"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="budget_history")
    old_micros = models.BigIntegerField(null=True, help_text="Empty: it had none.")
    new_micros = models.BigIntegerField()
    origin = models.CharField(max_length=9, choices=Origin.choices, default=Origin.DIRECT)
    actor_kind = models.CharField(max_length=8)
    actor_name = models.CharField(max_length=150)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    market_at = models.DateTimeField(help_text="Market time.")
    at = models.DateTimeField(help_text="Real time.")
    entry = models.OneToOneField(
        AuditEntry, on_delete=models.SET_NULL, null=True, related_name="budget_change"
    )

    class Meta:
        ordering = ["-market_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(origin__in=["direct", "rebalance", "return"]),
                name="campaign_budget_change_origin_known",
            )
        ]
        indexes = [models.Index(fields=["campaign", "market_at"])]

    def __str__(self) -> str:
        return f"{self.campaign}: {self.old or 'none'} → {self.new}"

    @property
    def old(self) -> Money | None:
        return None if self.old_micros is None else self.campaign.account.money(self.old_micros)

    @property
    def new(self) -> Money:
        return self.campaign.account.money(self.new_micros)
