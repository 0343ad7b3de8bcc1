"""What was looked at, decided and moved, to read only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from adsengine.admin_base import DASH, LedgerAdmin, ReadOnlyInline, money_column
from optimization.models import BudgetChange, Decision, Look, Rebalance, Run, SelfTest
from optimization.services.looks import replay
from optimization.words import self_test_says


@admin.register(Look)
class LookAdmin(LedgerAdmin):
    advertiser_path = "test__campaign__account__advertiser"
    list_display = ("at", "test", "status", "method_version")
    list_filter = ("status",)
    list_select_related = ("test",)
    search_fields = ("test__name",)
    actions = ["compute_again"]

    @admin.action(description="Compute again from the figures as they stood then")
    def compute_again(self, request: HttpRequest, queryset: QuerySet[Look]) -> None:
        for look in queryset.select_related("test__campaign__account__advertiser"):
            again = replay(look)
            if again.holds:
                self.message_user(request, f"{look}: the same figures, the same verdict.")
            elif again.same_figures:
                said = f"{look}: the same figures now give {again.status}."
                self.message_user(request, said, messages.ERROR)
            else:
                said = f"{look}: the figures of then cannot be read any more."
                self.message_user(request, said, messages.WARNING)


@admin.register(SelfTest)
class SelfTestAdmin(LedgerAdmin):
    list_display = ("created_at", "advertiser", "metric", "state", "says", "asked_by")
    list_filter = ("metric", ("advertiser", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("advertiser",)

    @admin.display(description="Result")
    def says(self, test: SelfTest) -> str:
        return self_test_says(test.result) if test.result else DASH


@admin.register(Run)
class RunAdmin(LedgerAdmin):
    list_display = ("market_at", "advertiser", "kind", "slot", "finished_at")
    list_filter = ("kind", ("advertiser", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("advertiser",)
    date_hierarchy = "market_at"


@admin.register(Decision)
class DecisionAdmin(LedgerAdmin):
    advertiser_path = "campaign__account__advertiser"
    list_display = ("market_at", "campaign", "subject", "action", "state", "reason", "decided_by")
    list_filter = ("action", "state")
    list_select_related = ("campaign", "ad", "ad_group")
    search_fields = ("campaign__name",)


class BudgetChangeInline(ReadOnlyInline):
    model = BudgetChange
    fields = ("campaign", "old", "new", "reason", "state", "error")
    old = money_column("old_micros", "From", currency="rebalance.currency")
    new = money_column("new_micros", "To", currency="rebalance.currency")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("campaign", "rebalance")


@admin.register(Rebalance)
class RebalanceAdmin(LedgerAdmin):
    list_display = ("market_at", "advertiser", "currency", "total", "state", "asked_by")
    list_filter = ("state", ("advertiser", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("advertiser",)
    date_hierarchy = "market_at"
    inlines = (BudgetChangeInline,)
    total = money_column("total_micros", "Total a day")
    unallocated = money_column("unallocated_micros", "Left over")
    expected_gain = money_column("expected_gain_micros", "Expected gain")


@admin.register(BudgetChange)
class BudgetChangeAdmin(LedgerAdmin):
    advertiser_path = "rebalance__advertiser"
    list_display = ("rebalance", "campaign", "old", "new", "state", "error")
    list_filter = ("state",)
    list_select_related = ("rebalance", "campaign")
    search_fields = ("campaign__name",)
    ordering = ("-pk",)
    old = money_column("old_micros", "From", currency="rebalance.currency")
    new = money_column("new_micros", "To", currency="rebalance.currency")
    expected_change = money_column(
        "expected_change_micros", "Expected change", currency="rebalance.currency"
    )
