"""Read-only admin of plans and executions: they are approved and retried on the pages."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from agents.models import Approval, Execution, ExecutionStep, Strategy
from core.admin.base import LedgerAdmin, ReadOnlyInline, money_column


class ApprovalInline(ReadOnlyInline):
    model = Approval
    fields = ("approver_name", "worst_case", "at")
    worst_case = money_column(
        "worst_case_micros", "Largest spend", currency="strategy.account.currency"
    )


class ExecutionInline(ReadOnlyInline):
    model = Execution
    fields = ("started_at", "finished_at", "waiting_for", "error")
    show_change_link = True


@admin.register(Strategy)
class StrategyAdmin(LedgerAdmin):
    advertiser_path = "brief__advertiser"
    dashboard = "brief"
    dashboard_key = "brief_id"
    list_display = (
        "brief",
        "account",
        "state",
        "check_state",
        "planner",
        "planned_by",
        "created_at",
    )
    list_filter = (
        "state",
        "check_state",
        "account__platform",
        "planner",
    )
    list_select_related = ("brief", "account")
    search_fields = ("brief__name",)
    ordering = ("-pk",)
    inlines = (ApprovalInline, ExecutionInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Strategy]:
        """Without the plan's JSON, which is long and only needed on its own page."""
        return super().get_queryset(request).defer("plan")


@admin.register(Approval)
class ApprovalAdmin(LedgerAdmin):
    advertiser_path = "strategy__brief__advertiser"
    dashboard = "brief"
    dashboard_key = "strategy.brief_id"
    list_display = ("strategy", "approver_name", "worst_case", "at")
    list_filter = ("strategy__account__platform",)
    list_select_related = ("strategy__brief", "strategy__account")
    search_fields = ("strategy__brief__name", "approver_name")
    ordering = ("-pk",)
    worst_case = money_column(
        "worst_case_micros", "Largest spend", currency="strategy.account.currency"
    )


class StepInline(ReadOnlyInline):
    model = ExecutionStep
    fields = ("position", "kind", "state", "started_at", "finished_at", "error")


@admin.register(Execution)
class ExecutionAdmin(LedgerAdmin):
    advertiser_path = "strategy__brief__advertiser"
    dashboard = "brief"
    dashboard_key = "strategy.brief_id"
    list_display = ("strategy", "started_at", "finished_at", "waiting_for", "error")
    list_filter = (("finished_at", admin.EmptyFieldListFilter), "strategy__account__platform")
    list_select_related = ("strategy__brief", "strategy__account")
    search_fields = ("strategy__brief__name",)
    ordering = ("-pk",)
    inlines = (StepInline,)


@admin.register(ExecutionStep)
class ExecutionStepAdmin(LedgerAdmin):
    advertiser_path = "execution__strategy__brief__advertiser"
    dashboard = "brief"
    dashboard_key = "execution.strategy.brief_id"
    list_display = ("execution", "position", "kind", "state", "started_at", "finished_at")
    list_filter = ("kind",)
    list_select_related = ("execution__strategy__brief", "execution__strategy__account")
    search_fields = ("execution__strategy__brief__name", "error")
    ordering = ("-pk",)
