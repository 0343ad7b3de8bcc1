"""What was sent and measured, to read only."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from campaigns import services
from campaigns.models import (
    Asset,
    CampaignBudgetChange,
    DailyMetric,
    Label,
    MetricRevision,
    PublishRequest,
    ReportImport,
    ReportSchedule,
    SentReport,
    SpecVersion,
    SpendApproval,
)
from campaigns.presentation.formats import video_length
from campaigns.publishing.sending_order import due_at
from core.admin.base import DASH, LedgerAdmin, money_column
from core.models import Actor, Role


@admin.register(Asset)
class AssetAdmin(LedgerAdmin):
    list_display = ("name", "advertiser", "kind", "size", "length", "created_at")
    dashboard = "pictures"
    list_filter = ("kind",)
    list_select_related = ("advertiser",)
    search_fields = ("name", "sha256")
    ordering = ("-pk",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Files are served by a view that checks who asks, so not under their own names."""
        fields = super().get_fields(request, obj)
        return [*(name for name in fields if name not in {"file", "poster"}), "shown"]

    @admin.display(description="Size")
    def size(self, asset: Asset) -> str:
        return f"{asset.width}×{asset.height}"

    @admin.display(description="Length", ordering="duration_ms")
    def length(self, asset: Asset) -> str:
        return video_length(asset.duration_ms) if asset.is_video else DASH

    @admin.display(description="File")
    def shown(self, asset: Asset) -> str:
        address = reverse("asset", args=[asset.pk])
        return format_html('<a href="{}">{}</a>', address, asset.get_kind_display())


@admin.register(PublishRequest)
class PublishRequestAdmin(LedgerAdmin):
    advertiser_path = "account__advertiser"
    dashboard = "campaign"
    dashboard_key = "campaign_id"
    list_display = ("created_at", "campaign", "operation", "state", "due", "error", "actor_name")
    list_filter = ("state", "refusal", "operation", "account__platform")
    search_fields = ("campaign__name", "campaign__remote_id", "reference", "error_code")
    ordering = ("-pk",)
    actions = ["retry", "cancel"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PublishRequest]:
        return super().get_queryset(request).select_related("campaign__account__advertiser")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The token is a secret of the worker that holds the claim."""
        return [*(f for f in super().get_fields(request, obj) if f != "token"), "due"]

    @admin.display(description="Next attempt")
    def due(self, row: PublishRequest) -> str:
        return f"{due_at(row):%Y-%m-%d %H:%M:%S} UTC" if row.state in row.OPEN else DASH

    @admin.action(description="Retry: as soon as a lost answer has settled")
    def retry(self, request: HttpRequest, queryset: QuerySet[PublishRequest]) -> None:
        self.apply(request, queryset, _retry, "To be retried", role=Role.EDITOR)

    @admin.action(description="Cancel: give an open change up")
    def cancel(self, request: HttpRequest, queryset: QuerySet[PublishRequest]) -> None:
        self.apply(request, queryset, _cancel, "Cancelled", role=Role.APPROVER)


def _retry(actor: Actor, row: PublishRequest) -> None:
    services.retry_change(actor=actor, request=row, reason="Retried in the admin.")


def _cancel(actor: Actor, row: PublishRequest) -> None:
    services.cancel_change(actor=actor, request=row, reason="Cancelled in the admin.")


@admin.register(CampaignBudgetChange)
class CampaignBudgetChangeAdmin(LedgerAdmin):
    advertiser_path = "campaign__account__advertiser"
    dashboard = "campaign"
    dashboard_key = "campaign_id"
    list_display = ("at", "campaign", "old", "new", "origin", "actor_name", "actor_kind")
    list_filter = ("origin", "actor_kind", "campaign__account__platform")
    list_select_related = ("campaign__account",)
    search_fields = ("campaign__name", "campaign__remote_id", "actor_name")
    ordering = ("-pk",)
    old = money_column("old_micros", "From", currency="campaign.account.currency")
    new = money_column("new_micros", "To", currency="campaign.account.currency")


@admin.register(SpendApproval)
class SpendApprovalAdmin(LedgerAdmin):
    advertiser_path = "account__advertiser"
    dashboard = "campaign"
    dashboard_key = "campaign_id"
    list_display = (
        "given_at",
        "campaign",
        "envelope",
        "per_day",
        "basis",
        "approver_name",
        "until",
        "sent_at",
    )
    list_filter = ("basis", "account__platform")
    list_select_related = ("account", "campaign")
    search_fields = ("campaign__name", "reference", "approver_name", "policy")
    ordering = ("-pk",)
    envelope = money_column("envelope_micros", "Envelope", currency="account.currency")
    per_day = money_column("per_day_micros", "Per day", currency="account.currency")


@admin.register(SpecVersion)
class SpecVersionAdmin(LedgerAdmin):
    advertiser_path = "campaign__account__advertiser"
    dashboard = "campaign"
    dashboard_key = "campaign_id"
    list_display = ("at", "campaign", "number", "origin", "hash")
    list_filter = ("origin", "campaign__account__platform")
    list_select_related = ("campaign__account",)
    search_fields = ("campaign__name", "campaign__remote_id", "hash")
    ordering = ("-pk",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The text, and not its compressed bytes."""
        return [*(f for f in super().get_fields(request, obj) if f != "compressed"), "spec"]

    @admin.display(description="Spec")
    def spec(self, row: SpecVersion) -> str:
        return format_html("<pre>{}</pre>", json.dumps(json.loads(row.text), indent=2))


@admin.register(DailyMetric)
class DailyMetricAdmin(LedgerAdmin):
    advertiser_path = "account__advertiser"
    dashboard = "campaign"
    dashboard_key = "campaign_id"
    list_display = (
        "day",
        "campaign",
        "level",
        "ad",
        "impressions",
        "clicks",
        "conversions",
        "spend",
        "revenue",
    )
    list_filter = ("level", "day", "account__platform")
    list_select_related = ("account", "campaign", "ad")
    search_fields = ("campaign__name", "campaign__remote_id")
    ordering = ("-pk",)
    spend = money_column("spend_micros", "Spend", currency="account.currency")
    revenue = money_column("revenue_micros", "Revenue", currency="account.currency")


@admin.register(MetricRevision)
class MetricRevisionAdmin(LedgerAdmin):
    advertiser_path = "metric__account__advertiser"
    dashboard = "campaign"
    dashboard_key = "metric.campaign_id"
    list_display = ("metric", "impressions", "clicks", "conversions", "spend", "replaced_at")
    list_filter = ("metric__level", "metric__account__platform")
    list_select_related = ("metric__account",)
    search_fields = ("metric__campaign__name",)
    ordering = ("-pk",)
    spend = money_column("spend_micros", "Spend", currency="metric.account.currency")
    revenue = money_column("revenue_micros", "Revenue", currency="metric.account.currency")


@admin.register(ReportImport)
class ReportImportAdmin(LedgerAdmin):
    dashboard = "import_report"
    list_display = (
        "file_name",
        "advertiser",
        "source",
        "taken",
        "merged",
        "refused",
        "done",
        "created_at",
    )
    list_filter = ("done",)
    list_select_related = ("advertiser",)
    search_fields = ("file_name",)


@admin.register(ReportSchedule)
class ReportScheduleAdmin(LedgerAdmin):
    dashboard = "analytics"
    list_display = ("name", "advertiser", "cadence", "hour", "style", "active", "created_by")
    list_filter = ("active", "cadence")
    list_select_related = ("advertiser",)
    search_fields = ("name",)


@admin.register(SentReport)
class SentReportAdmin(LedgerAdmin):
    dashboard = "analytics"
    list_display = ("name", "advertiser", "slot", "state", "error", "sent_at")
    list_filter = ("state",)
    list_select_related = ("advertiser",)
    search_fields = ("name",)


@admin.register(Label)
class LabelAdmin(LedgerAdmin):
    dashboard = "campaigns"
    list_display = ("name", "advertiser")
    list_select_related = ("advertiser",)
    search_fields = ("name",)
