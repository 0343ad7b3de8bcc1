"""Connected ad accounts, their encrypted credentials, and one row per request sent."""

from __future__ import annotations

from typing import Any

from django.db import models

from core.common import clock
from core.common.money import Money
from core.models import Advertiser
from core.models.tenants import check_currency, check_zone
from platforms.fields import EncryptedJSONField


class Platform(models.TextChoices):
    GOOGLE = "google", "Google Ads"
    META = "meta", "Meta"
    TIKTOK = "tiktok", "TikTok"
    IMPORT = "import", "Imported report"


class AdAccount(models.Model):
    """One advertiser's account on one platform. Currency and time zone never change."""

    class State(models.TextChoices):
        CONNECTED = "connected", "connected"
        NEEDS_TOKEN = "needs_token", "needs a new token"
        DISCONNECTED = "disconnected", "disconnected"

    advertiser = models.ForeignKey(Advertiser, on_delete=models.CASCADE, related_name="accounts")
    platform = models.CharField(max_length=8, choices=Platform.choices)
    external_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, validators=[check_currency])
    time_zone = models.CharField(max_length=64, validators=[check_zone])
    state = models.CharField(max_length=16, choices=State.choices, default=State.CONNECTED)
    options = models.JSONField(
        default=dict, help_text="Not secret: manager id, page, pixel, identity."
    )
    can_deliver = models.BooleanField(default=True)
    problems = models.JSONField(default=list)
    min_daily_budget_micros = models.BigIntegerField(null=True, blank=True)
    daily_cap_micros = models.BigIntegerField(
        null=True, blank=True, help_text="Cap on the sum of this account's active daily budgets."
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True, help_text="Real time of the last sync.")
    synced_market_at = models.DateTimeField(null=True, blank=True)
    sync_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["platform", "name"]
        constraints = [
            # One account under two advertisers would let each spend the other's money.
            models.UniqueConstraint(
                fields=["platform", "external_id"],
                condition=~models.Q(platform="import") & ~models.Q(state="disconnected"),
                name="account_connected_once",
            ),
            models.CheckConstraint(
                condition=models.Q(platform__in=Platform.values), name="account_platform_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_platform_display()}: {self.name}"

    @property
    def min_daily_budget(self) -> Money | None:
        micros = self.min_daily_budget_micros
        return None if micros is None else Money.from_micros(micros, self.currency)

    def money(self, micros: int) -> Money:
        return Money.from_micros(micros, self.currency)


class PlatformLimits(models.Model):
    """One advertiser's cap and stop switch on one platform, in its report currency."""

    advertiser = models.ForeignKey(
        Advertiser, on_delete=models.CASCADE, related_name="platform_limits"
    )
    platform = models.CharField(max_length=8, choices=Platform.choices)
    daily_cap_micros = models.BigIntegerField(
        null=True, blank=True, help_text="Cap on the sum of the platform's active daily budgets."
    )
    stopped_at = models.DateTimeField(null=True, blank=True, editable=False)
    stopped_by = models.CharField(max_length=150, blank=True, editable=False)
    stop_reason = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        ordering = ["platform"]
        verbose_name_plural = "platform limits"
        constraints = [
            models.UniqueConstraint(fields=["advertiser", "platform"], name="platform_limits_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_platform_display()} of {self.advertiser}"

    @property
    def currency(self) -> str:
        return self.advertiser.currency


class Credential(models.Model):
    """The secrets of one account, encrypted at rest, shown nowhere."""

    account = models.OneToOneField(AdAccount, on_delete=models.CASCADE, related_name="credential")
    secrets = EncryptedJSONField()
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"credential of {self.account}"

    def __repr__(self) -> str:
        return f"<Credential of account {self.account_id}>"

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("a credential must not be pickled")


class ApiCall(models.Model):
    """One request sent to a platform, redacted, for support."""

    account = models.ForeignKey(
        AdAccount, on_delete=models.CASCADE, null=True, related_name="api_calls"
    )
    platform = models.CharField(max_length=8)
    operation = models.CharField(max_length=80)
    ok = models.BooleanField()
    duration_ms = models.PositiveIntegerField()
    error_code = models.CharField(max_length=80, blank=True)
    request_id = models.CharField(max_length=120, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=clock.real_now, db_index=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.platform} {self.operation}"
