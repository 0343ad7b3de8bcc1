"""Specs of campaigns as they were at a moment."""

from __future__ import annotations

import zlib
from typing import Any

from django.db import models

from campaigns.models.campaign import Campaign
from core.common import clock


class SpecVersion(models.Model):
    """One text, append only. The spec in force is not stored: `specs.in_force` composes it."""

    class Origin(models.TextChoices):
        APPROVED = "approved", "approved"
        READ = "read", "read from the platform"
        ADOPTED = "adopted", "adopted as it was"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="spec_versions")
    number = models.PositiveIntegerField()
    compressed = models.BinaryField(editable=False)
    hash = models.CharField(max_length=64)
    origin = models.CharField(max_length=8, choices=Origin.choices)
    unsupported = models.JSONField(
        default=list, help_text="What the plan language cannot say: path, vendor's field, value."
    )
    at = models.DateTimeField(default=clock.market_now, help_text="Market time.")

    class Meta:
        ordering = ["campaign", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "number"], name="spec_version_number_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign}: version {self.number}, {self.get_origin_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("a stored spec is not changed: a new one is added")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("a stored spec is not deleted")

    @property
    def text(self) -> str:
        return zlib.decompress(bytes(self.compressed)).decode()


def compress(text: str) -> bytes:
    return zlib.compress(text.encode(), level=6)
