from __future__ import annotations

from typing import Any

from django.db import models

from campaigns.models import Ad, AdGroup, Campaign
from core.common import clock
from core.common.money import Money
from optimization.models.ab_tests import ABTest
from optimization.models.budgets import Rebalance
from optimization.stored_results.budgets import Evidence, read_or_none


class Decision(models.Model):
    """What was known, what was proposed, and what came of it."""

    class Action(models.TextChoices):
        PAUSE_AD = "pause_ad", "pause ad"
        PAUSE_GROUP = "pause_group", "pause ad group"
        PAUSE_CAMPAIGN = "pause_campaign", "pause campaign"
        SCALE = "scale", "raise the budget behind a winner"
        INCREASE = "increase", "increase budget"
        DECREASE = "decrease", "decrease budget"
        KEEP = "keep", "keep budget"

    class State(models.TextChoices):
        NOTED = "noted", "noted only"
        PROPOSED = "proposed", "waits for a person"
        DONE = "done", "done"
        REFUSED = "refused", "refused"
        UNDONE = "undone", "undone"
        DISMISSED = "dismissed", "dismissed"
        EXPIRED = "expired", "expired"

    PAUSES = (Action.PAUSE_AD, Action.PAUSE_GROUP, Action.PAUSE_CAMPAIGN)

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="decisions")
    ad = models.ForeignKey(Ad, on_delete=models.CASCADE, null=True, related_name="decisions")
    ad_group = models.ForeignKey(
        AdGroup, on_delete=models.CASCADE, null=True, related_name="decisions"
    )
    test = models.ForeignKey(ABTest, on_delete=models.SET_NULL, null=True, related_name="decisions")
    rebalance = models.ForeignKey(
        Rebalance, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    action = models.CharField(max_length=16, choices=Action.choices)
    state = models.CharField(max_length=9, choices=State.choices)
    reason = models.CharField(max_length=500)
    old_micros = models.BigIntegerField(null=True, editable=False, help_text="Daily budget before.")
    new_micros = models.BigIntegerField(null=True, editable=False, help_text="Daily budget after.")
    evidence = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    market_at = models.DateTimeField(default=clock.market_now)
    at = models.DateTimeField(default=clock.real_now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["test", "ad", "action"],
                condition=models.Q(state__in=["proposed", "done"], action="pause_ad"),
                name="decision_once_per_arm",
            ),
            models.UniqueConstraint(
                fields=["test", "ad_group", "action"],
                condition=models.Q(state__in=["proposed", "done"], action="pause_group"),
                name="decision_once_per_group",
            ),
            models.UniqueConstraint(
                fields=["campaign"],
                condition=models.Q(state="proposed", action="scale"),
                name="decision_one_open_scale",
            ),
            models.UniqueConstraint(
                fields=["campaign"],
                condition=models.Q(state="proposed", action="pause_campaign"),
                name="decision_one_open_campaign_pause",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.target}"

    @property
    def subject(self) -> Ad | AdGroup | None:
        return self.ad or self.ad_group

    @property
    def target(self) -> Ad | AdGroup | Campaign:
        """What it changes."""
        return self.subject or self.campaign

    @property
    def is_pause(self) -> bool:
        return self.action in self.PAUSES

    @property
    def grounds(self) -> Evidence | None:
        """The stored evidence; None where it is of an older form."""
        return read_or_none(Evidence, self.evidence)

    @property
    def audit_evidence(self) -> dict[str, Any]:
        """For the entry of what it changes."""
        return {"decision": self.pk, **(self.grounds.to_json() if self.grounds else {})}

    @property
    def old_budget(self) -> Money | None:
        return self._money(self.old_micros)

    @property
    def new_budget(self) -> Money | None:
        return self._money(self.new_micros)

    def _money(self, micros: int | None) -> Money | None:
        return None if micros is None else self.campaign.account.money(micros)
