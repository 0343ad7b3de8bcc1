"""An advertiser's patterns of names and URL tags."""

from __future__ import annotations

from django.db import models

from campaigns.naming import MOST, Patterns
from core.models import Advertiser


class NamingPatterns(models.Model):
    """How an advertiser's campaigns, ad groups and ads are named and their addresses tagged."""

    advertiser = models.OneToOneField(Advertiser, on_delete=models.CASCADE, related_name="naming")
    campaign = models.CharField(max_length=MOST)
    ad_group = models.CharField(max_length=MOST)
    ad = models.CharField(max_length=MOST)
    url_tags = models.CharField(max_length=MOST, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "naming patterns"

    def __str__(self) -> str:
        return f"names of {self.advertiser}"

    @property
    def patterns(self) -> Patterns:
        return Patterns(self.campaign, self.ad_group, self.ad, self.url_tags)
