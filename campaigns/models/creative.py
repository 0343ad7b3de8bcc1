"""Creatives and their assets: pictures and videos."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from core.models import Advertiser

_SUFFIXES = {"image/png": "png", "video/mp4": "mp4", "video/quicktime": "mov"}


def asset_path(asset: Asset, file_name: str) -> str:
    """By content, so that one file is kept once and a name cannot be guessed."""
    return f"assets/{asset.advertiser_id}/{asset.sha256}.{asset.suffix}"


def poster_path(asset: Asset, file_name: str) -> str:
    return f"assets/{asset.advertiser_id}/{asset.sha256}.poster.jpg"


class Asset(models.Model):
    """One file that ads are made of: a picture, or a video with its poster."""

    class Kind(models.TextChoices):
        PICTURE = "picture", "picture"
        VIDEO = "video", "video"

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="assets")
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.PICTURE)
    name = models.CharField(max_length=120)
    file = models.FileField(upload_to=asset_path)
    mime = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    duration_ms = models.PositiveIntegerField(default=0, help_text="Of a video.")
    poster = models.FileField(
        upload_to=poster_path, blank=True, help_text="A frame of the video: its cover everywhere."
    )
    poster_sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["advertiser", "sha256"], name="asset_kept_once"),
            models.CheckConstraint(
                condition=models.Q(kind="picture", poster="", duration_ms=0)
                | (models.Q(kind="video", duration_ms__gt=0) & ~models.Q(poster="")),
                name="asset_video_has_poster_and_length",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_video(self) -> bool:
        return self.kind == self.Kind.VIDEO

    @property
    def suffix(self) -> str:
        return _SUFFIXES.get(self.mime, "jpg")

    @property
    def still_url(self) -> str:
        """The address of what an <img> shows of it: the picture itself, or the poster."""
        return reverse("asset_poster" if self.is_video else "asset", args=[self.pk])


class Creative(models.Model):
    """What is shown: texts, and a picture or a video. Ads of several campaigns may show it."""

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="creatives")
    name = models.CharField(max_length=255)
    headlines = models.JSONField(default=list)
    descriptions = models.JSONField(default=list)
    # The brief's 2000 and its URL tags.
    landing_url = models.URLField(max_length=2048, blank=True)
    call_to_action = models.CharField(max_length=16, blank=True)
    assets = models.ManyToManyField(Asset, blank=True, related_name="creatives")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def image(self) -> Asset | None:
        """What is seen of it: its picture, or its video (by the poster, where it stands still)."""
        return next(iter(self.assets.all()), None)
