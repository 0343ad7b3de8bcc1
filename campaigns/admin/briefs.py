"""Briefs, what they start from and how they are named: written on the pages, to read only here."""

from __future__ import annotations

from django.contrib import admin

from campaigns.models import Brief, BriefShare, BriefTemplate, NamingPatterns
from core.admin.base import LedgerAdmin, ReadOnlyInline, money_column


class ShareInline(ReadOnlyInline):
    model = BriefShare
    fields = ("account", "share")


@admin.register(Brief)
class BriefAdmin(LedgerAdmin):
    dashboard = "brief"
    dashboard_key = "pk"
    list_display = (
        "name",
        "advertiser",
        "objective",
        "total_budget",
        "start",
        "end",
        "author",
        "created_at",
    )
    list_filter = ("objective", "start")
    list_select_related = ("advertiser", "author")
    search_fields = ("name", "landing_url")
    ordering = ("-pk",)
    inlines = (ShareInline,)
    total_budget = money_column("total_budget_micros", "Total budget", currency="currency")


@admin.register(BriefTemplate)
class BriefTemplateAdmin(LedgerAdmin):
    dashboard = "brief"
    dashboard_key = "brief_id"
    list_display = ("name", "advertiser", "brief", "author", "created_at")
    list_select_related = ("advertiser", "brief", "author")
    search_fields = ("name", "brief__name")
    ordering = ("name",)


@admin.register(NamingPatterns)
class NamingPatternsAdmin(LedgerAdmin):
    dashboard = "names"
    list_display = ("advertiser", "campaign", "ad_group", "ad", "url_tags", "changed_at")
    list_select_related = ("advertiser",)
    search_fields = ("advertiser__name", "campaign", "url_tags")
    ordering = ("advertiser__name",)
