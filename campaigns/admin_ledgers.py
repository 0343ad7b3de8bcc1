"""What was sent and measured, to read only."""

from __future__ import annotations

from django.contrib import admin

from adsengine.admin_base import LedgerAdmin, money_column
from campaigns.models import (
    DailyMetric,
    Label,
    MetricRevision,
    PublishRequest,
    ReportImport,
    ReportSchedule,
    SentReport,
)


@admin.register(PublishRequest)
class PublishRequestAdmin(LedgerAdmin):
    advertiser_path = "account__advertiser"
    dashboard = "campaign"
    dashboard_key = "campaign_id"
    list_display = ("created_at", "campaign", "operation", "state", "error", "actor_name")
    list_filter = ("state", "operation", "account__platform")
    list_select_related = ("campaign",)
    search_fields = ("campaign__name", "campaign__remote_id", "reference", "error_code")
    ordering = ("-pk",)


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
