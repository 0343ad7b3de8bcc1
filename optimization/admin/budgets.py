"""Rebalances and pacing plans in the admin: read, and decided on with the same services."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from campaigns.admin.campaigns import StoppableAdvertiserAdmin
from core.admin.base import LedgerAdmin, ReadOnlyInline, money_column
from core.models import Actor, Advertiser, Role
from optimization import services
from optimization.models import BudgetProposal, PacingPlan, Rebalance
from optimization.tasks import request_run


class BudgetChangeInline(ReadOnlyInline):
    model = BudgetProposal
    fields = ("campaign", "old", "new", "reason", "state", "error")
    old = money_column("old_micros", "From", currency="rebalance.currency")
    new = money_column("new_micros", "To", currency="rebalance.currency")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("campaign", "rebalance")


@admin.register(Rebalance)
class RebalanceAdmin(LedgerAdmin):
    dashboard = "optimisation"
    list_display = (
        "market_at",
        "advertiser",
        "currency",
        "total",
        "expected_gain",
        "state",
        "asked_by",
    )
    list_filter = ("state",)
    list_select_related = ("advertiser",)
    search_fields = ("advertiser__name", "asked_by", "changes__campaign__name")
    date_hierarchy = "market_at"
    inlines = (BudgetChangeInline,)
    actions = ("apply_all", "dismiss", "undo")
    total = money_column("total_micros", "Total a day")
    unallocated = money_column("unallocated_micros", "Left over")
    expected_gain = money_column("expected_gain_micros", "Expected gain of all")
    gain_low = money_column("gain_low_micros", "Gain, low")
    gain_high = money_column("gain_high_micros", "Gain, high")

    @admin.action(description="Apply")
    def apply_all(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _apply, "Asked to apply", role=Role.APPROVER)

    @admin.action(description="Dismiss")
    def dismiss(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _dismiss, "Dismissed", role=Role.EDITOR)

    @admin.action(description="Undo: bring the budgets of before back")
    def undo(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _undo, "Asked to undo", role=Role.APPROVER)


def _apply(actor: Actor, rebalance: Rebalance) -> None:
    services.apply_rebalance(actor=actor, rebalance=rebalance)


def _dismiss(actor: Actor, rebalance: Rebalance) -> None:
    services.dismiss_rebalance(actor=actor, rebalance=rebalance)


def _undo(actor: Actor, rebalance: Rebalance) -> None:
    services.undo_rebalance(actor=actor, rebalance=rebalance)


@admin.register(BudgetProposal)
class BudgetChangeAdmin(LedgerAdmin):
    advertiser_path = "rebalance__advertiser"
    dashboard = "optimisation"
    list_display = ("rebalance", "campaign", "old", "new", "state", "error")
    list_filter = ("state", "campaign__account__platform")
    list_select_related = ("rebalance", "campaign")
    search_fields = ("campaign__name",)
    ordering = ("-pk",)
    old = money_column("old_micros", "From", currency="rebalance.currency")
    new = money_column("new_micros", "To", currency="rebalance.currency")
    expected_change = money_column(
        "expected_change_micros", "Expected change", currency="rebalance.currency"
    )
    expected_low = money_column(
        "expected_low_micros", "Expected, low", currency="rebalance.currency"
    )
    expected_high = money_column(
        "expected_high_micros", "Expected, high", currency="rebalance.currency"
    )


@admin.register(PacingPlan)
class PacingPlanAdmin(LedgerAdmin):
    """Plans are made on the pacing page, which checks them; here they are read and ended."""

    dashboard = "pacing"
    list_display = ("name", "advertiser", "kind", "currency", "total", "steers", "ended_at")
    list_filter = ("kind", "steers")
    list_select_related = ("advertiser",)
    search_fields = ("name",)
    actions = ("end",)
    total = money_column("total_micros", "Total")

    @admin.action(description="End: stop watching and steering by it")
    def end(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _end, "Ended", role=Role.EDITOR)


def _end(actor: Actor, plan: PacingPlan) -> None:
    services.end_pacing_plan(actor=actor, plan=plan)


admin.site.unregister(Advertiser)


@admin.register(Advertiser)
class OptimizedAdvertiserAdmin(StoppableAdvertiserAdmin):
    """An advertiser with its workers."""

    actions = [*StoppableAdvertiserAdmin.actions, "run_pass"]

    @admin.action(description="Optimise now: check all its campaigns")
    def run_pass(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _run_pass, "Asked to optimise", role=Role.EDITOR)


def _run_pass(actor: Actor, advertiser: Advertiser) -> None:
    request_run(advertiser)
