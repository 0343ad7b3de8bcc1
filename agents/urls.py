"""Under /a/<slug>/."""

from __future__ import annotations

from django.urls import path

from agents.views import briefs, example, plans

urlpatterns = [
    path("briefs/", briefs.briefs, name="briefs"),
    path("briefs/new/", briefs.brief_new, name="brief_new"),
    path("briefs/example/", example.brief_example, name="brief_example"),
    path("briefs/<int:pk>/", plans.brief, name="brief"),
    path("briefs/<int:pk>/plan/", plans.brief_plan, name="brief_plan"),
    path("briefs/<int:pk>/approve/", plans.brief_approve, name="brief_approve"),
    path("strategies/<int:pk>/progress/", plans.strategy_progress, name="strategy_progress"),
    path("strategies/<int:pk>/approve/", plans.strategy_approve, name="strategy_approve"),
    path("strategies/<int:pk>/decline/", plans.strategy_decline, name="strategy_decline"),
    path("strategies/<int:pk>/retry/", plans.strategy_retry, name="strategy_retry"),
]
