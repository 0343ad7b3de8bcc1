from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from core.common import clock
from core.models.audit_actions import AuditAction
from core.models.tenants import Advertiser, Role
from core.models.users import User


class ActorKind(models.TextChoices):
    """Who or what acts: a person on a page or through the API, or one of ours by itself."""

    PERSON = "person", "person"
    API = "api", "API"
    WORKER = "worker", "worker"
    AGENT = "agent", "launch agent"
    SYSTEM = "system", "system"


AUTOMATIC_KINDS = (ActorKind.WORKER, ActorKind.AGENT, ActorKind.SYSTEM)


@dataclass(frozen=True)
class Actor:
    """Who or what makes a change."""

    kind: ActorKind
    name: str
    user: User | None = None
    ceiling: int = Role.ADMIN
    """The highest role that may be used: an API token's own bound."""

    @classmethod
    def person(
        cls, user: User, kind: ActorKind = ActorKind.PERSON, ceiling: int = Role.ADMIN
    ) -> Actor:
        return cls(kind, str(user), user, ceiling)

    @property
    def is_automatic(self) -> bool:
        return self.kind in AUTOMATIC_KINDS


class AuditEntry(models.Model):
    """One change: who or what, when, from, to, why. Written in the change's own transaction."""

    advertiser = models.ForeignKey(
        Advertiser, on_delete=models.PROTECT, null=True, related_name="+"
    )
    actor_kind = models.CharField(max_length=8)
    actor_name = models.CharField(max_length=150)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    # An AuditAction, without its choices: entries may hold the words of earlier versions.
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=40)
    target_id = models.BigIntegerField(null=True)
    target_name = models.CharField(max_length=255, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    evidence = models.JSONField(default=dict)
    at = models.DateTimeField(default=clock.real_now, db_index=True)
    market_at = models.DateTimeField(default=clock.market_now)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["advertiser", "-at"]),
            models.Index(fields=["advertiser", "-market_at"]),
            models.Index(fields=["target_type", "target_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.action} {self.target_name}"


def record(
    actor: Actor,
    action: AuditAction,
    target: models.Model,
    *,
    advertiser: Advertiser | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one entry. Call it inside the transaction that makes the change."""
    return AuditEntry.objects.create(
        advertiser=advertiser,
        actor_kind=actor.kind,
        actor_name=actor.name[:150],
        user=actor.user,
        action=action.value,
        target_type=target._meta.model_name or "",
        target_id=target.pk,
        target_name=str(target)[:255],
        before=dict(before or {}),
        after=dict(after or {}),
        reason=reason.replace("\x00", "")[:500],  # PostgreSQL takes no NUL
        evidence=dict(evidence or {}),
        market_at=_market_time(),
    )


def _market_time() -> datetime:
    """While the sandbox's clock is away entries must go on: the stop switch writes one."""
    try:
        return clock.market_now()
    except OSError:
        return clock.real_now()
