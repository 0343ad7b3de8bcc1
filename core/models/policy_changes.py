"""Limits that got looser, or wait for a second admin to get so."""

from __future__ import annotations

from django.db import models

from core.common import clock
from core.models.tenants import Advertiser
from core.models.users import User


class PolicyChange(models.Model):
    """One setting of the policy that an admin loosened: alone, or by more than they may alone."""

    class State(models.TextChoices):
        ALONE = "alone", "loosened by one admin"
        WAITING = "waiting", "waits for a second admin"
        CONFIRMED = "confirmed", "confirmed"
        DECLINED = "declined", "declined"
        OVERTAKEN = "overtaken", "the setting was changed since"

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="+")
    target_type = models.CharField(max_length=60, help_text="The model's label.")
    target_id = models.BigIntegerField()
    target_name = models.CharField(max_length=255)
    setting = models.CharField(max_length=60)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    before = models.CharField(max_length=120, blank=True, help_text="As people read it.")
    after = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.real_now)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["target_type", "target_id", "setting"],
                condition=models.Q(state="waiting"),
                name="policy_change_one_waiting",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["alone", "waiting", "confirmed", "declined", "overtaken"]
                ),
                name="policy_change_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.setting.replace('_', ' ')} of {self.target_name}"
