"""Plans of what may be spent, and how spend keeps to them."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from campaigns.presentation.charts import pacing as month_pacing
from campaigns.web import refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError
from core.models import Advertiser, Role
from optimization import services
from optimization.forms.automation import PacingPlanForm
from optimization.models import PacingPlan
from optimization.pacing.course import open_plans, paces
from optimization.presentation.labels import PACE

ENDED = 12


@advertiser_page()
def pacing(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    form = PacingPlanForm(advertiser=advertiser)
    return _page(request, advertiser, form)


def _page(
    request: HttpRequest, advertiser: Advertiser, form: PacingPlanForm, status: int = 200
) -> HttpResponse:
    ended = PacingPlan.objects.filter(advertiser=advertiser, ended_at__isnull=False)
    context = {
        "paces": [(paced, PACE[paced.pace.status]) for paced in paces(open_plans(advertiser))],
        "ended": ended[:ENDED],
        "pacing": month_pacing(advertiser, advertiser.currency),
        "form": form,
    }
    return render(request, "optimization/pacing.html", context, status=status)


@signed_out_form("start a pacing plan", can_spend=True)
@advertiser_page(Role.EDITOR)
@require_POST
def pacing_new(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    form = PacingPlanForm(request.POST, advertiser=advertiser)
    if form.is_valid():
        try:
            plan = services.create_pacing_plan(
                actor=actor_of(request), advertiser=advertiser, **form.wish()
            )
        except AdsEngineError as err:
            form.take(err)
        else:
            messages.success(request, f"“{plan}” is being watched.")
            return redirect("pacing", advertiser.slug)
    return _page(request, advertiser, form, status=422)


@signed_out_form("end a pacing plan", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def pacing_end(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    plan = PacingPlan.objects.filter(advertiser=advertiser, pk=pk).first()
    if plan is None:
        raise Http404
    try:
        services.end_pacing_plan(actor=actor_of(request), plan=plan)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, f"“{plan}” has ended. Budgets stay as they are.")
    return redirect("pacing", advertiser.slug)
