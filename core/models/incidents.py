"""Incidents: problems that a person should know about."""

from __future__ import annotations

from django.db import models

from core.common import clock
from core.models.tenants import Advertiser


class Incident(models.Model):
    """What is wrong, since when, what is at stake, the next step. One open row per key."""

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

    class Meta:
        ordering = ["-since"]
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
        incident, created = cls.objects.get_or_create(
            advertiser=advertiser,
            key=key,
            resolved_at=None,
            defaults={"title": title[:200], "next_step": next_step[:300], **more},
        )
        if not created:
            cls.objects.filter(pk=incident.pk).update(
                last_seen_at=clock.real_now(),
                times_seen=models.F("times_seen") + 1,
                title=title[:200],
                next_step=next_step[:300],
                **more,
            )
        return incident

    @classmethod
    def resolve(cls, advertiser: Advertiser, key: str) -> int:
        """Close the open incident of that key, if there is one."""
        return cls.objects.filter(advertiser=advertiser, key=key, resolved_at=None).update(
            resolved_at=clock.real_now()
        )
