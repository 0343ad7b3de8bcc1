"""Routes of briefs, plans, drafts and names, under /a/<slug>/."""

from __future__ import annotations

from django.urls import path

from agents.views import briefs, drafts, example, naming, plans, templates

urlpatterns = [
    path("briefs/", briefs.briefs, name="briefs"),
    path("briefs/new/", briefs.brief_new, name="brief_new"),
    path("briefs/example/", example.brief_example, name="brief_example"),
    path("briefs/draft/", drafts.brief_draft, name="brief_draft"),
    path("briefs/draft/discard/", drafts.draft_discard, name="draft_discard"),
    path("briefs/pictures/", drafts.brief_pictures, name="brief_pictures"),
    path("briefs/names/", naming.names, name="names"),
    path("briefs/names/save/", naming.names_save, name="names_save"),
    path("briefs/names/sample/", naming.names_sample, name="names_sample"),
    path("briefs/templates/<int:pk>/remove/", templates.template_remove, name="template_remove"),
    path("briefs/<int:pk>/", plans.brief, name="brief"),
    path("briefs/<int:pk>/template/", templates.template_save, name="template_save"),
    path("briefs/<int:pk>/plan/", plans.brief_plan, name="brief_plan"),
    path("briefs/<int:pk>/approve/", plans.brief_approve, name="brief_approve"),
    path("strategies/<int:pk>/progress/", plans.strategy_progress, name="strategy_progress"),
    path("strategies/<int:pk>/approve/", plans.strategy_approve, name="strategy_approve"),
    path("strategies/<int:pk>/decline/", plans.strategy_decline, name="strategy_decline"),
    path("strategies/<int:pk>/retry/", plans.strategy_retry, name="strategy_retry"),
    path("strategies/<int:pk>/take-back/", plans.strategy_take_back, name="strategy_take_back"),
]
