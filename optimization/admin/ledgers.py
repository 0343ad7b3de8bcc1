"""Read-only admin of analyses, self-tests, runs, findings and decisions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.base import DASH, LedgerAdmin, ReadOnlyInline
from optimization.ab_tests.reproduce import reproduce
from optimization.models import Analysis, Decision, Run, RunOutcome, SelfTest, WorkerFinding
from optimization.presentation.labels import self_test_says
from optimization.selectors import with_outcome_counts
from optimization.stored_results.analysis import OLDER


@admin.register(Analysis)
class AnalysisAdmin(LedgerAdmin):
    advertiser_path = "test__campaign__account__advertiser"
    dashboard = "ab_test"
    dashboard_key = "test_id"
    list_display = ("at", "test", "status", "method_version")
    list_filter = ("status",)
    list_select_related = ("test",)
    search_fields = ("test__name",)
    actions = ["compute_again"]

    @admin.action(description="Compute again from the figures as they stood then")
    def compute_again(self, request: HttpRequest, queryset: QuerySet[Analysis]) -> None:
        for analysis in queryset.select_related("test__campaign__account__advertiser"):
            again = reproduce(analysis)
            if again.stored_in_older_form:
                self.message_user(request, f"{analysis}: {OLDER}", messages.WARNING)
            elif again.holds:
                self.message_user(request, f"{analysis}: the same figures, the same verdict.")
            elif again.same_figures:
                said = f"{analysis}: the same figures now give {again.status}."
                self.message_user(request, said, messages.ERROR)
            else:
                said = f"{analysis}: the figures of then cannot be read any more."
                self.message_user(request, said, messages.WARNING)


@admin.register(SelfTest)
class SelfTestAdmin(LedgerAdmin):
    dashboard = "ab_tests"
    list_display = ("created_at", "advertiser", "metric", "state", "says", "asked_by")
    list_filter = ("metric",)
    list_select_related = ("advertiser",)
    search_fields = ("advertiser__name", "asked_by")

    @admin.display(description="Result")
    def says(self, test: SelfTest) -> str:
        return self_test_says(test) or DASH


class RunOutcomeInline(ReadOnlyInline):
    """The first 50, failures before the rest; all of them are under Run outcomes."""

    model = RunOutcome
    fields = ("campaign", "key", "state", "said")
    ordering = ("-state", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("campaign")


@admin.register(Run)
class RunAdmin(LedgerAdmin):
    dashboard = "run"
    dashboard_key = "pk"
    list_display = (
        "market_at",
        "advertiser",
        "kind",
        "slot",
        "done",
        "skipped",
        "failed",
        "finished_at",
    )
    list_filter = ("kind",)
    list_select_related = ("advertiser",)
    search_fields = ("advertiser__name", "slot")
    date_hierarchy = "market_at"
    inlines = (RunOutcomeInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_outcome_counts(super().get_queryset(request))

    @admin.display(description="Done")
    def done(self, run: Any) -> int:
        return int(run.done)

    @admin.display(description="Skipped")
    def skipped(self, run: Any) -> int:
        return int(run.skipped)

    @admin.display(description="Failed")
    def failed(self, run: Any) -> int:
        return int(run.failed)


@admin.register(RunOutcome)
class RunOutcomeAdmin(LedgerAdmin):
    advertiser_path = "run__advertiser"
    dashboard = "run"
    dashboard_key = "run_id"
    list_display = ("run", "campaign", "key", "state", "said")
    list_filter = ("state", "run__kind")
    list_select_related = ("run", "campaign")
    search_fields = ("campaign__name", "said")
    ordering = ("-pk",)


@admin.register(WorkerFinding)
class WorkerFindingAdmin(LedgerAdmin):
    dashboard = "worker"
    dashboard_key = "worker"
    list_display = (
        "first_at",
        "advertiser",
        "worker",
        "kind",
        "title",
        "times",
        "outcome",
        "closed_at",
    )
    list_filter = ("worker", "kind", "outcome")
    list_select_related = ("advertiser",)
    search_fields = ("advertiser__name", "title")


@admin.register(Decision)
class DecisionAdmin(LedgerAdmin):
    advertiser_path = "campaign__account__advertiser"
    dashboard = "campaign"
    dashboard_key = "campaign_id"
    list_display = ("market_at", "campaign", "subject", "action", "state", "reason", "decided_by")
    list_filter = ("action", "state", "campaign__account__platform")
    list_select_related = ("campaign", "ad", "ad_group")
    search_fields = ("campaign__name",)
