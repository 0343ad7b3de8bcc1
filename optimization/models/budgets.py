from __future__ import annotations

from django.db import models

from campaigns.models import Campaign, PublishRequest
from core.common import clock, dates
from core.common.money import Money
from core.models import Advertiser, User
from optimization.stats.budget.incrementality import Score
from optimization.stored_results.budgets import ChangeDetails, RebalanceSettings, read_or_none


class Rebalance(models.Model):
    """One proposal to move the budgets of a pool: one advertiser, one currency."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "waits for a person"
        APPLYING = "applying", "being applied"
        APPLIED = "applied", "applied"
        DISMISSED = "dismissed", "dismissed"
        EXPIRED = "expired", "expired"
        SHADOW = "shadow", "noted only"

    class Kind(models.TextChoices):
        SPLIT = "split", "a better split"
        UNDO = "undo", "an undo"
        ROLL_BACK = "roll_back", "a roll-back"
        ALTERNATION = "alternation", "a week of the comparison"
        CUT = "cut", "a cut to what was approved"

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="rebalances")
    kind = models.CharField(max_length=11, choices=Kind.choices, default=Kind.SPLIT)
    currency = models.CharField(max_length=3)
    slot = models.CharField(max_length=40, blank=True, help_text="Of the run; empty: by hand.")
    total_micros = models.BigIntegerField()
    unallocated_micros = models.BigIntegerField(default=0)
    expected_gain_micros = models.BigIntegerField(null=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PROPOSED)
    note = models.CharField(max_length=300, blank=True)
    gain_low_micros = models.BigIntegerField(null=True)
    gain_high_micros = models.BigIntegerField(null=True)
    undoes = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, editable=False, related_name="undone_by"
    )
    settings = models.JSONField(default=dict, help_text="What the split was computed with.")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Market time.")
    applied_at = models.DateTimeField(null=True, blank=True, help_text="Market time.")
    asked_by = models.CharField(max_length=150)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_kind = models.CharField(max_length=8, blank=True, help_text="person, api or worker.")
    market_at = models.DateTimeField(default=clock.market_now)
    created_at = models.DateTimeField(default=clock.real_now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Rebalance of {self.market_at:%d %b %Y} ({self.currency})"

    @property
    def in_words(self) -> str:
        """Which one it is, inside a sentence: "the rebalance of 2 Mar (proposed by Ann)"."""
        day = dates.today(self.advertiser.time_zone, self.market_at)
        return f"the rebalance of {day:%-d %b} (proposed by {self.asked_by})"

    @property
    def total(self) -> Money:
        return Money.from_micros(self.total_micros, self.currency)

    @property
    def computed_with(self) -> RebalanceSettings | None:
        """The stored settings; None where they are of an older form."""
        return read_or_none(RebalanceSettings, self.settings)


_State = Rebalance.State
REBALANCE_MOVES: dict[str, frozenset[str]] = {
    _State.PROPOSED: frozenset({_State.APPLYING, _State.DISMISSED, _State.EXPIRED}),
    _State.SHADOW: frozenset(),
    _State.APPLYING: frozenset({_State.APPLIED, _State.DISMISSED}),
    _State.APPLIED: frozenset(),
    _State.DISMISSED: frozenset(),
    _State.EXPIRED: frozenset(),
}


class BudgetProposal(models.Model):
    """One campaign's part of a rebalance."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "proposed"
        ASKED = "asked", "sent to the platform"
        REFUSED = "refused", "refused"
        KEPT = "kept", "kept"
        LEFT_OUT = "left_out", "left out by a person"

    rebalance = models.ForeignKey(Rebalance, on_delete=models.CASCADE, related_name="changes")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="budget_changes")
    old_micros = models.BigIntegerField()
    new_micros = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    binding = models.CharField(max_length=30, blank=True)
    expected_change_micros = models.BigIntegerField(null=True)
    expected_low_micros = models.BigIntegerField(null=True)
    expected_high_micros = models.BigIntegerField(null=True)
    marginal_before = models.FloatField(null=True)
    marginal_after = models.FloatField(null=True)
    details = models.JSONField(default=dict, help_text="Limits and estimates it was made with.")
    score = models.JSONField(default=dict, help_text="What came of it, once its days are mature.")
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

    @property
    def made_with(self) -> ChangeDetails | None:
        """The stored details; None where they are of an older form."""
        return read_or_none(ChangeDetails, self.details)

    @property
    def scored(self) -> Score | None:
        """The stored score; None before it is known, where it cannot be, and where it is of an
        older form."""
        return read_or_none(Score, self.score)
