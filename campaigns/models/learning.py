"""Edits after which a platform learns a campaign's delivery anew."""

from __future__ import annotations

from django.db import models

from campaigns.models.campaign import Campaign
from core.common import clock


class LearningEdit(models.Model):
    """One such edit, by whoever made it. Budget steps that were asked for here have their rows in
    CampaignBudgetChange; all others have one here, small ones too, as those of a day add up.

    Source: Meta restarts learning at changes of targeting, creative, goal and bid strategy, at a
    new ad, and at large changes of the budget; the others follow the same practice.
    """

    class Cause(models.TextChoices):
        BUDGET = "budget", "its budget was changed on the platform"
        SPLIT = "split", "the budget of an ad group was changed on the platform"
        CREATIVE = "creative", "an ad was added"
        CONTENT = "content", "an ad was edited"
        TARGETING = "targeting", "its targeting was changed"
        BIDDING = "bidding", "its bidding was changed"
        GOAL = "goal", "its goal was changed"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="learning_edits")
    cause = models.CharField(max_length=9, choices=Cause.choices)
    old_micros = models.BigIntegerField(null=True, help_text="Of a budget: before the edit.")
    new_micros = models.BigIntegerField(null=True, help_text="Of a budget: after it.")
    market_at = models.DateTimeField(default=clock.market_now, help_text="Market time.")

    class Meta:
        ordering = ["-market_at", "-id"]
        indexes = [models.Index(fields=["campaign", "market_at"])]

    def __str__(self) -> str:
        return f"{self.campaign}: {self.get_cause_display()}"
