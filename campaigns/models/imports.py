"""Imported report files."""

from __future__ import annotations

from django.db import models

from core.models import Advertiser
from platforms.models import AdAccount


class ReportImport(models.Model):
    """One imported report file: what was taken, merged and refused."""

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="imports")
    account = models.ForeignKey(AdAccount, on_delete=models.CASCADE, null=True, related_name="+")
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=40, help_text="Recognised kind of export, or mapped.")
    taken = models.PositiveIntegerField(default=0)
    merged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list, help_text="Line number and reason, the first 200.")
    done = models.BooleanField(default=False)
    actor_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name
