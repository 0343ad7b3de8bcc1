"""The tenant, its members, and the settings of its automation."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from core.common import dates
from core.common.errors import AdsEngineError
from core.common.money import Money, minor_digits


class Role(models.IntegerChoices):
    """Each role includes the ones before."""

    VIEWER = 10, "viewer"
    EDITOR = 20, "editor"
    APPROVER = 30, "approver"
    ADMIN = 40, "admin"


class ActionType(models.TextChoices):
    """Kinds of action that workers take; each may have its own mode."""

    PAUSE = "pause", "pausing losers"
    SCALE = "scale", "scaling winners"
    BUDGET = "budget", "moving budgets"


class IncrementalityDesign(models.TextChoices):
    """What is not optimised, as a comparison group to measure the gain of the optimisation."""

    NONE = "none", "nothing: the gain cannot be proven"
    CAMPAIGNS = "campaigns", "some campaigns"
    WEEKS = "weeks", "every second week"


class Mode(models.TextChoices):
    WATCH = "watch", "watch: nothing is changed"
    SUGGEST = "suggest", "suggest: proposals wait for a person"
    ACT = "act", "act: changes within the limits are made"


def check_currency(code: str) -> None:
    _check(minor_digits, code)


def check_zone(name: str) -> None:
    _check(dates.zone, name)


def _check(reader: object, value: str) -> None:
    try:
        reader(value)  # type: ignore[operator]
    except AdsEngineError as err:
        raise ValidationError(err.user_message) from err


class Advertiser(models.Model):
    """The tenant: the business that advertises, with its targets and limits."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    currency = models.CharField(
        max_length=3, validators=[check_currency], help_text="Report currency, e.g. EUR."
    )
    time_zone = models.CharField(
        max_length=64, validators=[check_zone], help_text="e.g. Europe/Berlin."
    )
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.SUGGEST)
    modes = models.JSONField(
        default=dict, blank=True, help_text="Mode of single actions: pause, scale, budget."
    )
    shadow_until = models.DateField(
        null=True, blank=True, help_text="Until then budget moves are noted and not made."
    )
    proof = models.CharField(
        max_length=9, choices=IncrementalityDesign.choices, default=IncrementalityDesign.NONE
    )
    holdout_percent = models.PositiveSmallIntegerField(
        default=10, help_text="Of the campaigns, where some are left alone for the proof: 1 to 50."
    )
    proof_since = models.DateField(null=True, blank=True, editable=False)
    monthly_budget_micros = models.BigIntegerField(null=True, blank=True)
    target_roas = models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)
    target_cpa_micros = models.BigIntegerField(null=True, blank=True)
    second_person_above_micros = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="Plans above this total need an approver who is not their author.",
    )

    # Guardrails: hard limits that campaigns.guardrails.gate enforces for every caller.
    max_daily_total_micros = models.BigIntegerField(
        null=True, blank=True, help_text="Cap on the sum of all active daily budgets."
    )
    campaign_floor_micros = models.BigIntegerField(default=0)
    campaign_ceiling_micros = models.BigIntegerField(null=True, blank=True)
    max_step = models.DecimalField(
        max_digits=5,
        decimal_places=3,
        default=Decimal("0.500"),
        help_text="Largest raise of one budget at a time: 0.5 is +50 %.",
    )
    cool_down_hours = models.PositiveSmallIntegerField(
        default=20, help_text="Least time between two automatic changes of one budget."
    )

    # The stop switch: while it is on, nothing is created, enabled or raised.
    stopped_at = models.DateTimeField(null=True, blank=True, editable=False)
    stopped_by = models.CharField(max_length=150, blank=True, editable=False)
    stop_reason = models.CharField(max_length=200, blank=True, editable=False)

    setup_dismissed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="The list of first steps is not shown."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="advertiser_name_unique"),
            models.CheckConstraint(
                condition=models.Q(max_step__gt=0), name="advertiser_max_step_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def mode_for(self, action: str) -> str:
        """The mode of one ActionType: its own, else the advertiser's."""
        return str(self.modes.get(action) or self.mode)

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None

    @property
    def monthly_budget(self) -> Money | None:
        micros = self.monthly_budget_micros
        return None if micros is None else Money.from_micros(micros, self.currency)


class IncidentMails(models.TextChoices):
    """Which mails about incidents a member wants."""

    NONE = "none", "No mail"
    CHANGES = "changes", "When one opens or closes"
    DAILY = "daily", "Once a day, what is open"
    BOTH = "both", "When one opens or closes, and once a day"


class Membership(models.Model):
    """One user's role at one advertiser."""

    user = models.ForeignKey("adsengine.User", on_delete=models.CASCADE, related_name="memberships")
    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField(choices=Role.choices, default=Role.VIEWER)
    incident_mails = models.CharField(
        max_length=7, choices=IncidentMails.choices, default=IncidentMails.NONE
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "advertiser"], name="membership_unique")
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.advertiser}: {self.get_role_display()}"
