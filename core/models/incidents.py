"""Incidents: problems that a person should know about."""

from __future__ import annotations

from django.db import models

from core.common import clock
from core.models.tenants import Advertiser


class Incident(models.Model):
    """What is wrong, since when, what is at stake, the next step. One open row per key."""

    class Mailed(models.TextChoices):
        NOTHING = "", "nothing"
        OPEN = "open", "that it opened"
        CLOSED = "closed", "that it closed"

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="incidents")
    key = models.CharField(max_length=120, help_text="Kind and object, e.g. sync:12.")
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    at_stake = models.CharField(max_length=200, blank=True)
    next_step = models.CharField(max_length=300)
    url = models.CharField(max_length=200, blank=True, help_text="Page where it can be mended.")
    since = models.DateTimeField(default=clock.real_now)
    last_seen_at = models.DateTimeField(default=clock.real_now)
    times_seen = models.PositiveIntegerField(default=1)
    resolved_at = models.DateTimeField(null=True, blank=True)
    mailed = models.CharField(
        max_length=6,
        choices=Mailed.choices,
        default=Mailed.NOTHING,
        blank=True,
        help_text="The newest change of its state that was told by mail, or wanted by nobody.",
    )

    class Meta:
        ordering = ["-since"]
        indexes = [
            models.Index(
                fields=["advertiser"],
                condition=models.Q(mailed="") | models.Q(mailed="open", resolved_at__isnull=False),
                name="incident_not_mailed",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["advertiser", "key"],
                condition=models.Q(resolved_at__isnull=True),
                name="incident_one_open_per_key",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def open(
        cls, advertiser: Advertiser, key: str, *, title: str, next_step: str, **more: str
    ) -> Incident:
        """Open an incident, or record on an open one that it occurred again."""
        now = clock.real_now()
        texts = {"title": title[:200], "next_step": next_step[:300], **more}
        texts["at_stake"] = texts.get("at_stake", "")[:200]
        incident, created = cls.objects.get_or_create(
            advertiser=advertiser,
            key=key,
            resolved_at=None,
            defaults={"since": now, "last_seen_at": now, **texts},
        )
        if not created:
            cls.objects.filter(pk=incident.pk).update(
                last_seen_at=now, times_seen=models.F("times_seen") + 1, **texts
            )
        return incident

    @classmethod
    def resolve(cls, advertiser: Advertiser, key: str) -> int:
        """Close the open incident of that key, if there is one."""
        return cls.objects.filter(advertiser=advertiser, key=key, resolved_at=None).update(
            resolved_at=clock.real_now()
        )
