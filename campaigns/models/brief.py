"""Briefs and their shares per ad account."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from core.common.money import Money
from core.models import Advertiser, User
from platforms.models import AdAccount

OBJECTIVES = [
    ("traffic", "Traffic: visits to your page"),
    ("conversions", "Conversions: purchases on your page"),
    ("awareness", "Awareness: be seen by many"),
    ("engagement", "Engagement: reactions and views"),
    ("leads", "Leads: contacts of interested people"),
    ("app_promotion", "App promotion: installs"),
    ("catalog_sales", "Catalog sales: products of your feed"),
]
CONVERSION_OBJECTIVES = frozenset({"conversions", "leads", "app_promotion", "catalog_sales"})
"""Those that ask for actions, not for visits or views."""
GENDERS = [("any", "everyone"), ("female", "women"), ("male", "men")]
CALLS_TO_ACTION = [
    ("LEARN_MORE", "Learn more"),
    ("SHOP_NOW", "Shop now"),
    ("SIGN_UP", "Sign up"),
    ("CONTACT_US", "Contact us"),
    ("SUBSCRIBE", "Subscribe"),
]


class Brief(models.Model):
    """What the marketer asks for, across platforms, with a total budget."""

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="briefs")
    name = models.CharField(max_length=120)
    objective = models.CharField(max_length=16, choices=OBJECTIVES, default="traffic")
    total_budget_micros = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    start = models.DateField()
    end = models.DateField()
    landing_url = models.URLField(max_length=2000)
    countries = models.JSONField(default=list, help_text="Two-letter country codes.")
    age_min = models.PositiveSmallIntegerField(default=18)
    age_max = models.PositiveSmallIntegerField(default=65)
    gender = models.CharField(max_length=6, choices=GENDERS, default="any")
    keywords = models.JSONField(default=list)
    headlines = models.JSONField(default=list)
    descriptions = models.JSONField(default=list)
    call_to_action = models.CharField(max_length=16, choices=CALLS_TO_ACTION, default="LEARN_MORE")
    political_ads = models.BooleanField(default=False)
    images = models.ManyToManyField("campaigns.Asset", blank=True, related_name="briefs")
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(total_budget_micros__gt=0), name="brief_budget_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(end__gte=models.F("start")), name="brief_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def total_budget(self) -> Money:
        return Money.from_micros(self.total_budget_micros, self.currency)


class BriefShare(models.Model):
    """The part of a brief's total that one ad account gets."""

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="shares")
    account = models.ForeignKey(AdAccount, on_delete=models.PROTECT, related_name="+")
    share = models.DecimalField(max_digits=7, decimal_places=4, default=Decimal(1))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brief", "account"], name="brief_share_unique"),
            models.CheckConstraint(condition=models.Q(share__gt=0), name="brief_share_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.share}"
