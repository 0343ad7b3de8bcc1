"""What the workers did: their passes, each campaign's outcome, and asking for one now."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core.access import advertiser_page
from core.action_labels import signed_out_form
from core.common.paging import paginate
from core.models import Advertiser, Role
from optimization import selectors
from optimization.presentation.labels import RUN
from optimization.runs.reading import OutcomeLine, RunLine
from optimization.tasks import request_pass


@advertiser_page()
def runs(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    found = selectors.runs_of(advertiser)
    shown = paginate(found.count(), request.GET.get("page", ""))
    context = {"lines": [RunLine(run) for run in found[shown.rows]], "pages": shown}
    return render(request, "optimization/runs.html", context)


@advertiser_page()
def run(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    found = selectors.runs_of(advertiser).filter(pk=pk).first()
    if found is None:
        raise Http404
    state = request.GET.get("state", "")
    rows, shown = selectors.outcomes_of(found, state=state, page=request.GET.get("page", ""))
    context = {
        "line": RunLine(found),
        "outcomes": [OutcomeLine(row) for row in rows],
        "pages": shown,
        "state": state,
        "states": [(key, word) for key, (word, _) in RUN.items()],
    }
    return render(request, "optimization/run.html", context)


@signed_out_form("start a pass of the workers", can_spend=True)
@advertiser_page(Role.EDITOR)
@require_POST
def run_now(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    request_pass(advertiser)
    messages.success(request, "Asked for: a worker looks at every campaign now.")
    return redirect("runs", advertiser.slug)
