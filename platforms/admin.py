"""Admin of accounts, platform caps and API calls. Credentials are not registered: never shown."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.access import actor_of
from core.admin.base import LedgerAdmin, ScopedAdmin, money_column
from core.admin.forms import AmountField, MoneyForm, save_changes
from core.common.errors import InvalidInput
from core.models import Actor, Advertiser, AuditAction, Membership, Role, record
from platforms import services
from platforms.models import AdAccount, ApiCall, PlatformLimits
from platforms.registry import PlatformNotConfigured

_VERIFY_SECONDS = 5.0  # after which one page asks for no further account


class AdAccountForm(MoneyForm):
    daily_cap = AmountField(
        required=False,
        help_text="Cap on the sum of this account's active daily budgets. Empty: no cap.",
    )


@admin.register(AdAccount)
class AdAccountAdmin(ScopedAdmin):
    """Only the cap can be edited: everything else comes from the platform."""

    dashboard = "connections"
    change_role = Role.ADMIN
    form = AdAccountForm
    list_display = (
        "name",
        "platform",
        "advertiser",
        "state",
        "currency",
        "daily_cap",
        "can_deliver",
        "synced_at",
    )
    list_filter = ("platform", "state")
    list_select_related = ("advertiser",)
    search_fields = ("name", "external_id")
    actions = ["verify", "disconnect"]
    fieldsets = (
        (None, {"fields": ("advertiser", "platform", "external_id", "name")}),
        ("Limit", {"fields": ("daily_cap",)}),
        ("Money and days", {"fields": ("currency", "time_zone", "min_daily_budget")}),
        ("Connection", {"fields": ("state", "can_deliver", "problems", "options", "verified_at")}),
        ("Figures", {"fields": ("synced_at", "synced_market_at", "sync_error")}),
    )
    daily_cap = money_column("daily_cap_micros", "Daily cap")
    min_daily_budget = money_column("min_daily_budget_micros", "Minimum daily budget")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [name for _, options in self.fieldsets for name in options["fields"]]
        return [name for name in fields if name != "daily_cap"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_changes(request, obj, form, AuditAction.CHANGE_ACCOUNT_CAP, obj.advertiser)

    @admin.action(description="Verify with the platform now")
    def verify(self, request: HttpRequest, queryset: Any) -> None:
        until = time.monotonic() + _VERIFY_SECONDS
        self.apply(request, queryset, partial(_verify, until), "Verified")

    @admin.action(description="Disconnect: delete the token, keep the figures")
    def disconnect(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _disconnect, "Disconnected")


def _verify(until: float, actor: Actor, account: AdAccount) -> None:
    """Raises InvalidInput once the accounts before it have taken too long for one page."""
    if time.monotonic() > until:
        raise InvalidInput("It was not asked: the others took too long. Verify it on its own.")
    try:
        info = services.verify_account(account, someone_waits=True)
    except PlatformNotConfigured as err:
        raise InvalidInput(str(err)) from err
    if info.problems:
        raise InvalidInput("; ".join(info.problems))


def _disconnect(actor: Actor, account: AdAccount) -> None:
    services.disconnect_account(actor=actor, account=account)


class PlatformLimitsForm(MoneyForm):
    daily_cap = AmountField(
        required=False,
        help_text="Cap on the sum of the platform's active daily budgets, in the advertiser's "
        "currency. Empty: no cap.",
    )

    class Meta:
        model = PlatformLimits
        fields = ("advertiser", "platform")

    def currency(self) -> str:
        if self.instance.pk:
            return str(self.instance.advertiser.currency)
        advertiser = Advertiser.objects.filter(pk=self.data.get("advertiser") or 0).first()
        return advertiser.currency if advertiser else ""


@admin.register(PlatformLimits)
class PlatformLimitsAdmin(ScopedAdmin):
    """The cap of one platform; its stop switch is read-only here and set on the pages."""

    dashboard = "connections"
    change_role = Role.ADMIN
    form = PlatformLimitsForm
    list_display = ("advertiser", "platform", "daily_cap", "stopped_at", "stopped_by")
    list_filter = ("platform",)
    list_select_related = ("advertiser",)
    search_fields = ("advertiser__name", "platform")
    daily_cap = money_column("daily_cap_micros", "Daily cap", currency="advertiser.currency")
    fieldsets = (
        (None, {"fields": ("advertiser", "platform", "daily_cap")}),
        ("Stop switch", {"fields": ("stopped_at", "stopped_by", "stop_reason")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        switch = ("stopped_at", "stopped_by", "stop_reason")
        return switch if obj is None else ("advertiser", "platform", *switch)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, None, self.change_role)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "advertiser" and not request.user.is_superuser:
            user_id = int(request.user.pk or 0)
            memberships = Membership.objects.filter(user_id=user_id, role__gte=Role.ADMIN)
            kwargs["queryset"] = Advertiser.objects.filter(pk__in=memberships.values("advertiser"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            save_changes(request, obj, form, AuditAction.CHANGE_PLATFORM_CAP, obj.advertiser)
        else:
            obj.save()
            record(actor_of(request), AuditAction.ADD_PLATFORM_CAP, obj, advertiser=obj.advertiser)


@admin.register(ApiCall)
class ApiCallAdmin(LedgerAdmin):
    advertiser_path = "account__advertiser"
    dashboard = "connections"
    list_display = ("at", "platform", "account", "operation", "ok", "duration_ms", "error_code")
    list_filter = ("ok", "account__platform")
    list_select_related = ("account",)
    search_fields = ("operation", "request_id", "error_code")
    search_help_text = "Operation, the vendor's request id or error code."
