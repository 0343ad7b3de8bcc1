"""A/B tests in the admin, and what optimisation adds to campaigns."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from campaigns.admin.campaigns import CampaignAdmin
from campaigns.lifecycle import IS_OPTIMISED
from campaigns.models import Campaign
from core.admin.base import DASH, ReadOnlyInline, ServiceAdmin
from core.common.charts import Chart
from core.common.errors import AdsEngineError, InvalidMove
from core.models import Actor
from optimization import services
from optimization.ab_tests.page.arm_charts import CHARTED_ANALYSES, figures_of
from optimization.admin.forms import NewTestForm, WordingForm, analyse_now
from optimization.decisions import OPEN, refuse
from optimization.models import ABTest, Analysis, Arm, Decision
from optimization.stats.ab.results import ArmFigures
from optimization.tasks import request_optimize


class ArmInline(ReadOnlyInline):
    model = Arm
    fields = ("number", "subject", "wanted", "remote")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("ad", "ad_group")

    @admin.display(description="Arm")
    def number(self, arm: Arm) -> int:
        """As the verdict names it."""
        return arm.subject_id

    @admin.display(description="Ad or ad group")
    def subject(self, arm: Arm) -> str:
        return str(arm.subject)

    def wanted(self, arm: Arm) -> str:
        return arm.subject.get_wanted_display()

    @admin.display(description="On the platform")
    def remote(self, arm: Arm) -> str:
        return arm.subject.get_remote_display()


@admin.register(ABTest)
class ABTestAdmin(ServiceAdmin):
    """Starting goes through the service; afterwards only name and hypothesis are edited."""

    advertiser_path = "campaign__account__advertiser"
    dashboard = "ab_test"
    dashboard_key = "pk"
    list_display = (
        "name",
        "campaign",
        "metric",
        "status",
        "winner_name",
        "state",
        "started_on",
        "planned_days",
    )
    list_filter = (
        "state",
        "status",
        "metric",
    )
    list_select_related = ("campaign", "winner", "winner_group")
    search_fields = ("name", "campaign__name")
    date_hierarchy = "started_on"
    autocomplete_fields = ("campaign",)
    actions = ["run_now", "stop", "apply_proposals"]
    fieldsets = (
        (None, {"fields": ("name", "hypothesis", "campaign")}),
        (
            "Plan",
            {
                "fields": (
                    "subject",
                    "metric",
                    "guard_metrics",
                    "smallest_effect",
                    "planned_days",
                    "design",
                )
            },
        ),
        (
            "Where it stands",
            {"fields": ("state", "status", "winner_name", "decided_at", "newest_analysis")},
        ),
        ("Dates", {"fields": ("started_on", "ended_on", "created_by", "created_at")}),
    )
    asked = NewTestForm.Meta.fields
    edited = ("name", "hypothesis")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else ((None, {"fields": self.asked}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        shown = [name for _, options in self.fieldsets for name in options["fields"]]
        return [name for name in shown if name not in self.edited]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return (ArmInline,) if obj else ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = WordingForm if change else NewTestForm
        return super().get_form(request, obj, change, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, None, self.change_role)

    def charts_of(self, row: ABTest) -> list[Chart]:
        arms = Arm.objects.filter(test=row).select_related("ad", "ad_group")
        names = {arm.subject_id: arm.subject.name for arm in arms}
        return figures_of(row, list(row.analyses.all()[:CHARTED_ANALYSES]), names)

    @admin.display(description="Winner")
    def winner_name(self, test: ABTest) -> str:
        return str(test.winner_subject or DASH)

    @admin.display(description="Newest analysis")
    def newest_analysis(self, test: ABTest) -> str:
        analysis = test.analyses.first()
        if analysis is None:
            return "None yet. Choose “Run now” in the list."
        notes = [analysis.stored_result.summary, *analysis.stored_result.warnings]
        said = format_html_join("", "<p>{}</p>", ((note,) for note in notes if note))
        return format_html(
            "<p>{} UTC</p>{}{}", f"{analysis.at:%Y-%m-%d %H:%M}", said, _arms(analysis)
        )

    @admin.action(description="Run now: analyse the data as it stands")
    def run_now(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, lambda _, test: analyse_now(test), "Analysed")

    @admin.action(description="Stop")
    def stop(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _stop, "Stopped")

    @admin.action(description="Apply its proposals: pause losers, raise budgets")
    def apply_proposals(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _apply_proposals, "Asked to act on the verdict of")


def _arms(analysis: Analysis) -> str:
    """The arms of an analysis as a small table; a dash where there is no value."""
    rows = [
        (arm.id, arm.status.replace("_", " "), _number(arm.rate), _span(arm), _chance(arm))
        for arm in analysis.stored_result.arms
    ]
    if not rows:
        return ""
    cells = "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>"
    head = ("Arm", "Verdict", analysis.test.metric.upper(), "Interval", "Chance to be best")
    return format_html(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        format_html_join("", "<th>{}</th>", ((name,) for name in head)),
        format_html_join("", cells, rows),
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _span(arm: ArmFigures) -> str:
    return f"{_number(arm.ci_low)} to {_number(arm.ci_high)}"


def _chance(arm: ArmFigures) -> str:
    return "–" if arm.prob_best is None else f"{arm.prob_best:.0%}"


def _stop(actor: Actor, test: ABTest) -> None:
    services.stop_test(actor=actor, test=test)


def _apply_proposals(actor: Actor, test: ABTest) -> None:
    """Apply every open proposal; refusals are stored and raised together at the end."""
    proposed = Decision.objects.filter(test=test, state__in=OPEN).order_by("pk")
    proposed = proposed.select_related("ad", "ad_group", "campaign")
    refusals: list[str] = []
    if not proposed:
        raise InvalidMove("Nothing is proposed for it.")
    for decision in proposed:
        try:
            services.apply_decision(actor=actor, decision=decision)
        except AdsEngineError as err:
            refuse(decision, err)
            refusals.append(f"{decision.target}: {err.user_message}")
    if refusals:
        raise InvalidMove(" ".join(refusals))


admin.site.unregister(Campaign)


@admin.register(Campaign)
class OptimizedCampaignAdmin(CampaignAdmin):
    """A campaign with what optimisation can do for it."""

    actions = [*CampaignAdmin.actions, "run_test", "optimise_now"]

    @admin.action(description="Run A/B test: start one on CTR, or analyse those that run")
    def run_test(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _run_test, "Tested")

    @admin.action(description="Optimise now")
    def optimise_now(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _optimise, "Asked to optimise")


def _run_test(actor: Actor, campaign: Campaign) -> None:
    running = list(ABTest.objects.filter(campaign=campaign, state=ABTest.State.RUNNING))
    for test in running or [services.create_test(actor=actor, campaign=campaign)]:
        analyse_now(test)


def _optimise(actor: Actor, campaign: Campaign) -> None:
    if not Campaign.objects.filter(IS_OPTIMISED, pk=campaign.pk).exists():
        raise InvalidMove("Only an active, managed campaign on a platform is optimised.")
    request_optimize(campaign)
