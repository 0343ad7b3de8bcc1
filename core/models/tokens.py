"""API tokens."""

from __future__ import annotations

import hashlib
import secrets

from django.db import models

from core.common import clock
from core.models.tenants import Role

PREFIX = "aet_"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiToken(models.Model):
    """A program's token for the REST API. Only its hash is stored; the secret is shown once."""

    user = models.ForeignKey("adsengine.User", on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=12, editable=False)
    max_role = models.PositiveSmallIntegerField(
        choices=Role.choices,
        default=Role.VIEWER,
        help_text="The token acts with its user's role, but never above this one.",
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @classmethod
    def issue(cls, *, user: models.Model, name: str, max_role: Role) -> tuple[ApiToken, str]:
        """A new token and its secret, which cannot be retrieved later."""
        secret = PREFIX + secrets.token_urlsafe(32)
        token = cls.objects.create(
            user=user, name=name, max_role=max_role, digest=_digest(secret), hint=secret[:8]
        )
        return token, secret

    @classmethod
    def find(cls, secret: str) -> ApiToken | None:
        token = cls.objects.select_related("user").filter(digest=_digest(secret)).first()
        if token is None or not token.user.is_active:
            return None
        if token.expires_at is not None and token.expires_at <= clock.real_now():
            return None
        return token
