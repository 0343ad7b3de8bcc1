"""What a brief is before it is one: a form that somebody left, and briefs kept to start from."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from campaigns.models.brief import Brief
from core.models import Advertiser, User


class BriefDraft(models.Model):
    """A brief's form as one person typed it, to go on with. `key` is made with the form, so that
    one form becomes one brief, however often it is sent."""

    key = models.UUIDField(unique=True)
    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120, blank=True)
    fields = models.JSONField(default=dict, help_text="Field to the texts typed in it.")
    brief = models.OneToOneField(
        Brief,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="draft",
        help_text="What became of it; then the fields are empty.",
    )
    sent = models.BooleanField(default=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-changed_at", "-id"]
        indexes = [models.Index(fields=["advertiser", "author"], name="brief_draft_of_author")]

    def __str__(self) -> str:
        return self.name or "Brief without a name"


class BriefTemplate(models.Model):
    """A brief that the team starts others from."""

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="templates")
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint("advertiser", Lower("name"), name="brief_template_name_unique")
        ]

    def __str__(self) -> str:
        return self.name
