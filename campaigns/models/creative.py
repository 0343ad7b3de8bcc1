from __future__ import annotations

from django.db import models

from adsengine.models import Advertiser


def asset_path(asset: Asset, file_name: str) -> str:
    """By content, so that one file is kept once and a name cannot be guessed."""
    suffix = "png" if asset.mime == "image/png" else "jpg"
    return f"assets/{asset.advertiser_id}/{asset.sha256}.{suffix}"


class Asset(models.Model):
    """One file that ads are made of."""

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="assets")
    name = models.CharField(max_length=120)
    file = models.FileField(upload_to=asset_path)
    mime = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["advertiser", "sha256"], name="asset_kept_once")
        ]

    def __str__(self) -> str:
        return self.name


class Creative(models.Model):
    """What is shown: texts and images. Ads of several campaigns may show the same one."""

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="creatives")
    name = models.CharField(max_length=255)
    headlines = models.JSONField(default=list)
    descriptions = models.JSONField(default=list)
    landing_url = models.URLField(max_length=2000, blank=True)
    call_to_action = models.CharField(max_length=16, blank=True)
    assets = models.ManyToManyField(Asset, blank=True, related_name="creatives")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def image(self) -> Asset | None:
        return next(iter(self.assets.all()), None)
