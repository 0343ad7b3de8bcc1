"""Joins the apps' routes under /api/v1/."""

from __future__ import annotations

from django.urls import include, path, re_path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from adsengine.api import schema  # noqa: F401 - loading registers it
from adsengine.api.frame import NoSuchPathView, RootView, SchemaView
from agents.api import BriefViewSet, StrategyViewSet
from campaigns.api.analytics import AnalyticsView
from campaigns.api.assets import AssetViewSet
from campaigns.api.briefs import BriefTemplateViewSet, NamingView
from campaigns.api.campaigns import PerformanceView, ReportImportView
from core.access import advertisers_of
from core.api.views import StrictView
from core.models import Job
from optimization.api.ab_tests import ABTestViewSet
from optimization.api.budgets import RebalanceViewSet
from optimization.api.campaigns import OptimizedCampaignViewSet
from optimization.api.decisions import DecisionViewSet
from optimization.api.pacing import PacingPlanViewSet
from optimization.api.runs import RunViewSet


class TaskView(StrictView):
    """GET /tasks/{id}/: the state of the job behind a 202 answer."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        mine = Job.objects.filter(advertiser__in=advertisers_of(request.user))
        job = get_object_or_404(mine, pk=pk)
        return Response(
            {
                "task_id": job.pk,
                "kind": job.kind,
                "state": job.state,
                "attempt": job.attempt,
                "result": job.result,
                "error": job.error,
                "created_at": job.created_at,
                "finished_at": job.finished_at,
            }
        )


router = DefaultRouter()
router.include_format_suffixes = False
router.APIRootView = RootView
router.register("campaigns", OptimizedCampaignViewSet, basename="campaign")
router.register("ab-tests", ABTestViewSet, basename="ab-test")
router.register("decisions", DecisionViewSet, basename="decision")
router.register("rebalances", RebalanceViewSet, basename="rebalance")
router.register("pacing-plans", PacingPlanViewSet, basename="pacing-plan")
router.register("runs", RunViewSet, basename="run")
router.register("assets", AssetViewSet, basename="api-asset")
router.register("briefs", BriefViewSet, basename="brief")
router.register("brief-templates", BriefTemplateViewSet, basename="brief-template")
router.register("strategies", StrategyViewSet, basename="strategy")

urlpatterns = [
    path("", include(router.urls)),
    path("naming/", NamingView.as_view(), name="naming"),
    path("performance/", PerformanceView.as_view(), name="performance"),
    path("analytics/", AnalyticsView.as_view(), name="analytics-report"),
    path("report-imports/", ReportImportView.as_view(), name="report-imports"),
    path("tasks/<int:pk>/", TaskView.as_view(), name="task"),
    path("schema/", SchemaView.as_view(), name="schema"),
    re_path(r"^(?P<rest>[\s\S]*)$", NoSuchPathView.as_view(), name="no-such-path"),
]
