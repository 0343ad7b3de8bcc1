"""Campaigns in the admin: edited through the services; and what this app adds to advertisers and
accounts, which live below it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from campaigns import lifecycle, selectors, services
from campaigns.admin.forms import CampaignForm
from campaigns.models import AdGroup, Campaign, PublishRequest, Wanted
from campaigns.presentation import charts
from campaigns.presentation.chart_annotations import annotate, annotations_of
from campaigns.tasks import request_sync
from core.admin.advertisers import AdvertiserAdmin, AdvertiserForm
from core.admin.base import ReadOnlyInline, ServiceAdmin, money_column
from core.common import dates
from core.common.charts import Chart
from core.common.dates import DEFAULT_RANGE
from core.common.errors import InvalidInput, InvalidMove
from core.models import Actor, Advertiser, Role
from platforms.admin import AdAccountAdmin
from platforms.models import AdAccount, Platform, PlatformLimits


class AdGroupInline(ReadOnlyInline):
    model = AdGroup
    fields = ("name", "remote_id", "wanted", "remote")


class PublishRequestInline(ReadOnlyInline):
    model = PublishRequest
    fields = ("created_at", "operation", "target_type", "state", "error", "actor_name", "reason")
    ordering = ("-pk",)
    show_change_link = True
    verbose_name_plural = "newest changes sent to the platform"


@admin.register(Campaign)
class CampaignAdmin(ServiceAdmin):
    """Name, daily budget, dates and wanted status can be changed; the platform says the rest."""

    advertiser_path = "account__advertiser"
    dashboard = "campaign"
    dashboard_key = "pk"
    form = CampaignForm
    list_display = (
        "name",
        "advertiser",
        "platform",
        "delivery",
        "wanted",
        "daily_budget",
        "start",
        "end",
        "managed",
    )
    list_filter = (
        "account__platform",
        "wanted",
        "remote",
        "managed",
        "origin",
    )
    list_select_related = ("account__advertiser",)
    search_fields = ("name", "remote_id", "reference")
    search_help_text = "Name, the platform's id, or our reference."
    date_hierarchy = "start"
    actions = ["pause", "resume", "sync_now", "adopt"]
    inlines = (AdGroupInline, PublishRequestInline)
    limits = ("floor", "ceiling", "incrementality")
    edited = ("name", "daily_budget", "start", "end", "wanted", *limits)
    fieldsets = (
        (None, {"fields": ("name", "daily_budget", "start", "end", "wanted")}),
        ("For moving budgets", {"fields": (*limits, "held_out")}),
        ("Where it is", {"fields": ("account", "remote_id", "reference", "objective", "brief")}),
        ("How it is", {"fields": ("delivery", "remote", "remote_daily_budget", "budget_on")}),
        ("Whose it is", {"fields": ("origin", "managed")}),
        ("History", {"fields": ("created_at", "budget_changed_at")}),
    )
    daily_budget = money_column("daily_budget_micros", "Daily budget", currency="account.currency")
    remote_daily_budget = money_column(
        "remote_daily_budget_micros", "Daily budget there", currency="account.currency"
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        return selectors.with_publishing(super().get_queryset(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [name for _, options in self.fieldsets for name in options["fields"]]
        return [name for name in shown if name not in self.edited]

    def charts_of(self, row: Campaign) -> list[Chart]:
        """The last 28 days, with its changes drawn in."""
        days = dates.parse_range(DEFAULT_RANGE, row.account.time_zone)
        now = selectors.campaign_daily(row, days)
        before = selectors.campaign_daily(row, days.previous())
        drawn = [charts.spend_chart(now), charts.roas_chart(now, before)]
        return [annotate(figure, list(days), annotations_of(row, days)) for figure in drawn]

    @admin.display(ordering="account__advertiser__name")
    def advertiser(self, campaign: Campaign) -> str:
        return str(campaign.account.advertiser)

    @admin.display(ordering="account__platform")
    def platform(self, campaign: Campaign) -> str:
        return campaign.account.get_platform_display()

    @admin.display(description="Delivery")
    def delivery(self, campaign: Campaign) -> str:
        return lifecycle.delivery(campaign, getattr(campaign, "publishing", "") or "").word

    @admin.action(description="Pause")
    def pause(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _set_status(Wanted.PAUSED), "Asked to pause")

    @admin.action(description="Resume")
    def resume(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _set_status(Wanted.ACTIVE), "Asked to resume")

    @admin.action(description="Sync now: read the account's state and figures")
    def sync_now(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, lambda _, row: _sync(row.account), "Asked to sync")

    @admin.action(description="Adopt: allow changes from here")
    def adopt(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _adopt, "Adopted")


def _set_status(to: Wanted) -> Any:
    def change(actor: Actor, campaign: Campaign) -> None:
        if services.set_status(actor=actor, campaign=campaign, to=to) is None:
            raise InvalidMove(f"It is {to.label} already.")

    return change


def _sync(account: AdAccount) -> None:
    if account.platform == Platform.IMPORT:
        raise InvalidInput("An imported report has no platform behind it.")
    if account.state != AdAccount.State.CONNECTED:
        raise InvalidInput("The account is not connected. Paste a new token first.")
    request_sync(account)


def _adopt(actor: Actor, campaign: Campaign) -> None:
    if campaign.managed and campaign.origin != Campaign.Origin.IMPORT:
        raise InvalidMove("It can be changed here already.")
    services.adopt(actor=actor, campaign=campaign)


admin.site.unregister(AdAccount)


@admin.register(AdAccount)
class AccountAdmin(AdAccountAdmin):
    """An account with what this app can do for it."""

    actions = [*AdAccountAdmin.actions, "sync_now"]

    @admin.action(description="Sync now")
    def sync_now(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, lambda _, row: _sync(row), "Asked to sync", role=Role.EDITOR)


admin.site.unregister(Advertiser)


class LimitedAdvertiserForm(AdvertiserForm):
    """Caps of platforms are in the advertiser's currency too."""

    def has_other_limits(self, stored: Advertiser) -> bool:
        capped = PlatformLimits.objects.filter(advertiser=stored)
        return capped.exclude(daily_cap_micros=None).exists()


@admin.register(Advertiser)
class StoppableAdvertiserAdmin(AdvertiserAdmin):
    """An advertiser with its stop switch."""

    form = LimitedAdvertiserForm
    list_display = [*AdvertiserAdmin.list_display, "stop_switch"]
    readonly_fields = ("stop_switch",)
    actions = ["press_stop", "lift_stop"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        switch = {
            "description": "While it is on, nothing is created, enabled or raised. Press and lift "
            "it with the actions of the list.",
            "fields": ("stop_switch",),
        }
        return [*super().get_fieldsets(request, obj), ("Stop switch", switch)]

    def charts_of(self, row: Advertiser) -> list[Chart]:
        """The last 28 days of all accounts in the advertiser's currency."""
        days = dates.parse_range(DEFAULT_RANGE, row.time_zone)
        now = selectors.daily(row, days, currency=row.currency)
        before = selectors.daily(row, days.previous(), currency=row.currency)
        return [charts.spend_chart(now), charts.roas_chart(now, before)]

    @admin.display(description="Stop switch")
    def stop_switch(self, advertiser: Advertiser) -> str:
        if advertiser.stopped_at is None:
            return "off"
        why = f": {advertiser.stop_reason}" if advertiser.stop_reason else ""
        return (
            f"ON since {advertiser.stopped_at:%Y-%m-%d %H:%M} UTC by {advertiser.stopped_by}{why}"
        )

    @admin.action(description="Press the stop switch")
    def press_stop(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _press, "Stopped", role=Role.EDITOR)

    @admin.action(description="Lift the stop switch")
    def lift_stop(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _lift, "Lifted the stop switch of", role=Role.APPROVER)


def _press(actor: Actor, advertiser: Advertiser) -> None:
    if advertiser.is_stopped:
        raise InvalidMove("The stop switch is on already.")
    services.stop(actor=actor, advertiser=advertiser, reason="Pressed in the admin.")


def _lift(actor: Actor, advertiser: Advertiser) -> None:
    if not advertiser.is_stopped:
        raise InvalidMove("The stop switch is off already.")
    services.lift_stop(actor=actor, advertiser=advertiser)
