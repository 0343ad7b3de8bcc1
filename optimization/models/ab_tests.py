from __future__ import annotations

from decimal import Decimal
from functools import cached_property

from django.db import models

from campaigns.models import Ad, AdGroup, Campaign
from core.common import clock
from optimization.models.fields import BulkJSONField
from optimization.stored_results.analysis import Standing, StoredAnalysis

METRICS = [
    ("ctr", "CTR: clicks per impression"),
    ("cvr", "CVR: conversions per click"),
    ("cpa", "CPA: spend per conversion"),
    ("roas", "ROAS: revenue per spend"),
    ("rpm", "RPM: revenue per 1,000 impressions"),
]
DESIGNS = [
    ("delivery", "Ordinary delivery: the platform chooses who sees which ad"),
    ("randomised_split", "Randomised split: the platform splits the audience evenly by chance"),
]
MIN_ARMS, MAX_ARMS = 2, 20  # the most is the engine's own


class ABTest(models.Model):
    """Ads, or ad groups, of one campaign against each other, on one metric."""

    class State(models.TextChoices):
        RUNNING = "running", "running"
        STOPPED = "stopped", "stopped"

    class Status(models.TextChoices):
        """The verdict as it stands: a winner stays named until new figures contradict it."""

        INSUFFICIENT = "insufficient_data", "not enough data"
        COLLECTING = "collecting", "collecting"
        LEADER = "likely_leader", "likely leader"
        WINNER = "winner", "winner"
        INCONCLUSIVE = "inconclusive", "inconclusive"

    class Subject(models.TextChoices):
        AD = "ad", "ads"
        AD_GROUP = "ad_group", "ad groups"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="ab_tests")
    subject = models.CharField(max_length=8, choices=Subject.choices, default=Subject.AD)
    name = models.CharField(max_length=200)
    hypothesis = models.CharField(max_length=500, blank=True)
    metric = models.CharField(max_length=4, choices=METRICS, default="ctr")
    guard_metrics = models.JSONField(
        default=list, blank=True, help_text="Metrics on which a winner must not be proven worse."
    )
    smallest_effect = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        default=Decimal("0.200"),
        help_text="The smallest difference worth finding: 0.2 is 20 %.",
    )
    design = models.CharField(max_length=16, choices=DESIGNS, default="delivery")
    planned_days = models.PositiveSmallIntegerField(default=14)
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    status = models.CharField(max_length=18, choices=Status.choices, default=Status.INSUFFICIENT)
    winner = models.ForeignKey(Ad, on_delete=models.SET_NULL, null=True, related_name="+")
    winner_group = models.ForeignKey(
        AdGroup, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    verdict = models.JSONField(default=dict, editable=False, help_text="The verdict that stands.")
    deciding = models.ForeignKey(
        "Analysis", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True, help_text="Market time.")
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=clock.real_now)

    class Meta:
        ordering = ["-id"]
        verbose_name = "A/B test"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "metric", "subject"],
                condition=models.Q(state="running"),
                name="ab_test_one_running_per_metric",
            ),
            models.CheckConstraint(
                condition=models.Q(smallest_effect__gt=0), name="ab_test_effect_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def standing(self) -> Standing:
        """The stored verdict."""
        return Standing.read(self.verdict)

    @property
    def compares_groups(self) -> bool:
        return self.subject == self.Subject.AD_GROUP

    @property
    def compared(self) -> str:
        """One of what it compares, in a word."""
        return "ad group" if self.compares_groups else "ad"

    @property
    def winner_subject(self) -> Ad | AdGroup | None:
        return self.winner_group if self.compares_groups else self.winner

    @property
    def winner_subject_id(self) -> int | None:
        return self.winner_group_id if self.compares_groups else self.winner_id


class Arm(models.Model):
    """One ad or one ad group of a test. The engine knows it by `subject_id`."""

    test = models.ForeignKey(ABTest, on_delete=models.CASCADE, related_name="arms")
    ad = models.ForeignKey(Ad, on_delete=models.CASCADE, null=True, related_name="arms")
    ad_group = models.ForeignKey(AdGroup, on_delete=models.CASCADE, null=True, related_name="arms")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["test", "ad"], name="arm_unique"),
            models.UniqueConstraint(fields=["test", "ad_group"], name="arm_group_unique"),
            models.CheckConstraint(
                condition=models.Q(ad__isnull=False, ad_group__isnull=True)
                | models.Q(ad__isnull=True, ad_group__isnull=False),
                name="arm_is_ad_or_group",
            ),
        ]

    def __str__(self) -> str:
        return str(self.subject)

    @property
    def subject(self) -> Ad | AdGroup:
        found = self.ad if self.ad_id is not None else self.ad_group
        assert found is not None
        return found

    @property
    def subject_id(self) -> int:
        return self.ad_id or self.ad_group_id or 0


class Analysis(models.Model):
    """One analysis: its verdict, and what is needed to compute it again.

    `settings` are the engine's options, `input_hash` that of the figures as they stood at `at`:
    days keep their earlier values, so the figures can be read again as of that moment.
    """

    test = models.ForeignKey(ABTest, on_delete=models.CASCADE, related_name="analyses")
    at = models.DateTimeField(default=clock.market_now, help_text="Market time.")
    status = models.CharField(max_length=18)
    result = BulkJSONField()
    settings = models.JSONField(default=dict)
    input_hash = models.CharField(max_length=64)
    method_version = models.CharField(max_length=20)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "analyses"
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"{self.test}: {self.status}"

    @property
    def is_usable(self) -> bool:
        """False where the figures could not be analysed; the summary says why."""
        return bool(self.method_version)

    @cached_property
    def stored_result(self) -> StoredAnalysis:
        """The stored result."""
        return StoredAnalysis.read(self.result, self.status, is_usable=self.is_usable)
