"""What people keep of the campaigns list: labels, saved views, their own columns."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from campaigns.models.campaign import Campaign
from core.models import Advertiser, User


class Label(models.Model):
    """A word of the team's own on campaigns, to filter by. It never leaves AdsEngine."""

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=60)
    campaigns = models.ManyToManyField(Campaign, related_name="labels", blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint("advertiser", Lower("name"), name="label_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """A state of the campaigns list that can be opened again: by its owner, or by the team."""

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    shared = models.BooleanField(default=False)
    level = models.CharField(max_length=9, help_text="campaigns, ad_groups or ads.")
    query = models.CharField(max_length=2000, blank=True, help_text="Of the campaigns list.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["advertiser", "owner", "name"], name="saved_view_name_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=["campaigns", "ad_groups", "ads"]),
                name="saved_view_level_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ColumnChoice(models.Model):
    """One person's own columns at one advertiser, in their order."""

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    columns = models.CharField(max_length=500, help_text="Keys with commas between them.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["advertiser", "user"], name="column_choice_unique")
        ]

    def __str__(self) -> str:
        return f"columns of {self.user} at {self.advertiser}"
