"""Campaigns, ad groups and ads, with their requested and remote status."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from campaigns.models.brief import Brief
from campaigns.models.creative import Creative
from core.common.money import Money
from platforms.models import AdAccount


class Wanted(models.TextChoices):
    DRAFT = "draft", "draft"
    ACTIVE = "active", "active"
    PAUSED = "paused", "paused"
    ARCHIVED = "archived", "archived"


class RemoteState(models.TextChoices):
    """The status that the platform last reported."""

    UNKNOWN = "unknown", "unknown"
    ABSENT = "absent", "not there"
    IN_REVIEW = "in_review", "in review"
    ACTIVE = "active", "active"
    PAUSED = "paused", "paused"
    REJECTED = "rejected", "rejected"
    ENDED = "ended", "ended"


class RemoteObject(models.Model):
    """What campaigns, ad groups and ads share: our reference, their id, and both statuses."""

    name = models.CharField(max_length=512)
    reference = models.CharField(max_length=32, blank=True, help_text="Ours, in the remote name.")
    remote_id = models.CharField(max_length=64, blank=True)
    wanted = models.CharField(max_length=8, choices=Wanted.choices, default=Wanted.DRAFT)
    remote = models.CharField(max_length=9, choices=RemoteState.choices, default=RemoteState.ABSENT)
    learning_terms = models.JSONField(
        default=dict,
        editable=False,
        help_text="What the platform learns its delivery for, as last read: part to digest.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Campaign(RemoteObject):
    class Origin(models.TextChoices):
        OURS = "ours", "launched here"
        ELSEWHERE = "elsewhere", "made on the platform"
        IMPORT = "import", "imported report"

    class BudgetOn(models.TextChoices):
        """Where the platform keeps the daily budget."""

        CAMPAIGN = "campaign", "the campaign"
        AD_GROUP = "ad_group", "its ad groups"
        SHARED = "shared", "a budget shared with other campaigns"
        NONE = "none", "no daily budget"

    OWN_BUDGET = (BudgetOn.CAMPAIGN, BudgetOn.AD_GROUP)
    """The budget is the campaign's own, and can be set."""

    account = models.ForeignKey(AdAccount, on_delete=models.CASCADE, related_name="campaigns")
    brief = models.ForeignKey(
        Brief, on_delete=models.SET_NULL, null=True, blank=True, related_name="campaigns"
    )
    origin = models.CharField(max_length=9, choices=Origin.choices, default=Origin.OURS)
    managed = models.BooleanField(
        default=True, help_text="Made elsewhere and not adopted: read-only, never optimised."
    )
    objective = models.CharField(max_length=40, blank=True)
    daily_budget_micros = models.BigIntegerField(null=True, blank=True, help_text="As wanted.")
    remote_daily_budget_micros = models.BigIntegerField(null=True, blank=True, editable=False)
    total_budget_micros = models.BigIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="A budget over the whole flight, of a campaign made on the platform.",
    )
    shared_budget = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="The platform's id of a budget that several campaigns share.",
    )
    budget_on = models.CharField(
        max_length=8, choices=BudgetOn.choices, default=BudgetOn.CAMPAIGN, editable=False
    )
    floor_micros = models.BigIntegerField(
        null=True, blank=True, help_text="Its own least daily budget."
    )
    ceiling_micros = models.BigIntegerField(
        null=True, blank=True, help_text="Its own largest daily budget."
    )
    incrementality = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        default=Decimal(1),
        help_text="Part of its attributed revenue that would not have come anyway, from a lift "
        "test: 0.4 for brand search is common. 1 takes the platform's word.",
    )
    held_out = models.BooleanField(
        default=False, help_text="Left alone by the optimiser, so that its gain can be proven."
    )
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)
    remote_dates_known = models.BooleanField(default=False, editable=False)
    remote_start = models.DateField(
        null=True, blank=True, editable=False, help_text="As created, or as last confirmed."
    )
    remote_end = models.DateField(
        null=True, blank=True, editable=False, help_text="As last confirmed. Empty: no end."
    )
    budget_changed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Market time of our last budget change."
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "remote_id"],
                condition=~models.Q(remote_id=""),
                name="campaign_remote_id_unique",
            ),
            models.UniqueConstraint(
                fields=["reference"],
                condition=~models.Q(reference=""),
                name="campaign_reference_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(wanted__in=Wanted.values), name="campaign_wanted_known"
            ),
            models.CheckConstraint(
                condition=models.Q(incrementality__gte=0, incrementality__lte=2),
                name="campaign_incrementality_range",
            ),
            models.CheckConstraint(
                condition=models.Q(remote__in=RemoteState.values), name="campaign_remote_known"
            ),
        ]
        indexes = [models.Index(fields=["account", "wanted"])]

    @property
    def has_own_budget(self) -> bool:
        return self.budget_on in self.OWN_BUDGET

    @property
    def daily_budget(self) -> Money | None:
        micros = self.daily_budget_micros
        return None if micros is None else self.account.money(micros)


class AdGroup(RemoteObject):
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="ad_groups")
    targeting = models.JSONField(default=dict)
    daily_budget_micros = models.BigIntegerField(
        null=True, blank=True, editable=False, help_text="Its own, where it has one."
    )
    total_budget_micros = models.BigIntegerField(null=True, blank=True, editable=False)
    start = models.DateField(null=True, blank=True, editable=False)
    end = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "remote_id"],
                condition=~models.Q(remote_id=""),
                name="ad_group_remote_id_unique",
            )
        ]


class Ad(RemoteObject):
    ad_group = models.ForeignKey(AdGroup, on_delete=models.CASCADE, related_name="ads")
    creative = models.ForeignKey(
        Creative, on_delete=models.SET_NULL, null=True, blank=True, related_name="ads"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ad_group", "remote_id"],
                condition=~models.Q(remote_id=""),
                name="ad_remote_id_unique",
            )
        ]
