"""Requests that write to a platform."""

from __future__ import annotations

from django.db import models

from campaigns.models.campaign import Campaign
from core.common import clock
from core.models import ActorKind
from platforms.models import AdAccount


class PublishRequest(models.Model):
    """One change of one remote object or tree: the only row that ever leads to a vendor write.

    It is committed before the call and settled after it. `unknown` means that the change may have
    been made: it is looked up by our reference before anything is sent again. A claim writes a
    `token`, which decides who may send and settle; `lease_until` only says when others may claim.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        IN_FLIGHT = "in_flight", "being sent"
        UNKNOWN = "unknown", "being checked"
        DONE = "done", "done"
        REFUSED = "refused", "refused"
        CANCELLED = "cancelled", "cancelled"

    class Operation(models.TextChoices):
        CREATE_CAMPAIGN = "create_campaign", "create campaign"
        CREATE_AD_GROUP = "create_ad_group", "create ad group"
        CREATE_AD = "create_ad", "create ad"
        SET_STATUS = "set_status", "set status"
        SET_BUDGET = "set_budget", "set daily budget"
        UPDATE_CAMPAIGN = "update_campaign", "change name or dates"

    CREATES = (Operation.CREATE_CAMPAIGN, Operation.CREATE_AD_GROUP, Operation.CREATE_AD)

    class Target(models.TextChoices):
        CAMPAIGN = "campaign", "campaign"
        AD_GROUP = "ad_group", "ad group"
        AD = "ad", "ad"

    class Refusal(models.TextChoices):
        """What refuses a change, or holds one that still waits."""

        ADVERTISER_STOP = "advertiser_stop", "the advertiser's stop switch"
        PLATFORM_STOP = "platform_stop", "the platform's stop switch"
        LIMIT = "limit", "a limit of the advertiser"
        CONTENT = "content", "its own content"
        PLATFORM = "platform", "the platform"

    STOPS = (Refusal.ADVERTISER_STOP, Refusal.PLATFORM_STOP)
    OWN = (*STOPS, Refusal.LIMIT)
    """Refused by our own gate, before anything was sent: the same content may pass later."""

    OPEN = (State.WAITING, State.IN_FLIGHT, State.UNKNOWN)

    account = models.ForeignKey(AdAccount, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="requests")
    operation = models.CharField(max_length=16, choices=Operation.choices)
    target_type = models.CharField(max_length=8, choices=Target.choices)
    target_id = models.BigIntegerField()
    reference = models.CharField(max_length=32, blank=True)
    payload = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    maybe_sent = models.BooleanField(
        default=False, help_text="An earlier attempt's outcome was unknown: parts may exist."
    )
    not_before = models.DateTimeField(default=clock.real_now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    token = models.CharField(
        max_length=32,
        blank=True,
        help_text="New for each claim: only the worker that holds it may send and settle.",
    )
    lost_at = models.DateTimeField(
        null=True, blank=True, help_text="When the last answer was lost: settling counts from it."
    )
    sent_over = models.BooleanField(
        default=False,
        help_text="Sent while an older change of its kind could still arrive: it is sent again.",
    )
    faults = models.PositiveSmallIntegerField(
        default=0, help_text="Failures that nobody foresaw, since the last attempt that ended well."
    )
    refusal = models.CharField(max_length=15, choices=Refusal.choices, blank=True)
    error_code = models.CharField(max_length=80, blank=True)
    error = models.TextField(blank=True)
    error_field = models.CharField(max_length=60, blank=True)
    actor_kind = models.CharField(max_length=8, choices=ActorKind.choices)
    actor_name = models.CharField(max_length=150)
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=clock.real_now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "target_type", "target_id"],
                condition=models.Q(state="waiting"),
                name="publish_one_waiting_per_change",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["waiting", "in_flight", "unknown", "done", "refused", "cancelled"]
                ),
                name="publish_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    refusal__in=[
                        "",
                        "advertiser_stop",
                        "platform_stop",
                        "limit",
                        "content",
                        "platform",
                    ]
                ),
                name="publish_refusal_known",
            ),
        ]
        indexes = [models.Index(fields=["campaign", "state"])]

    def __str__(self) -> str:
        return f"{self.get_operation_display()} ({self.get_state_display()})"
