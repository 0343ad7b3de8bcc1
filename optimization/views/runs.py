"""The activity pages: the workers' runs, each campaign's outcome, each worker's findings, and a
request for a run now."""

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
from optimization.presentation.labels import OUTCOMES
from optimization.tasks import request_run
from optimization.worker_runs.finding_lines import FindingLine, findings_of
from optimization.worker_runs.reading import OutcomeLine, run_lines
from optimization.worker_runs.worker_summary import summarise_workers

ENDED = "ended"


@advertiser_page()
def runs(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    found = selectors.runs_of(advertiser)
    shown = paginate(found.count(), request.GET.get("page", ""))
    context = {
        "lines": run_lines(found[shown.rows]),
        "pages": shown,
        "workers": summarise_workers(advertiser) if shown.count else [],
    }
    return render(request, "optimization/runs.html", context)


@advertiser_page()
def worker(request: HttpRequest, advertiser: Advertiser, kind: str) -> HttpResponse:
    """One worker: what it did in fourteen days, and its findings, the open ones first."""
    summary = next((one for one in summarise_workers(advertiser) if one.worker == kind), None)
    if summary is None:
        raise Http404
    ended = request.GET.get("state") == ENDED
    rows = findings_of(advertiser, kind, ended=ended)
    shown = paginate(rows.count(), request.GET.get("page", ""))
    context = {
        "worker": summary,
        "summaries": [summary],
        "findings": [FindingLine(row) for row in rows[shown.rows]],
        "pages": shown,
        "ended": ended,
    }
    return render(request, "optimization/worker.html", context)


@advertiser_page()
def run(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    found = selectors.runs_of(advertiser).filter(pk=pk).first()
    if found is None:
        raise Http404
    state = request.GET.get("state", "")
    rows, shown = selectors.outcomes_of(found, state=state, page=request.GET.get("page", ""))
    context = {
        "line": run_lines([found])[0],
        "outcomes": [OutcomeLine(row) for row in rows],
        "pages": shown,
        "state": state,
        "states": list(OUTCOMES.items()),
    }
    return render(request, "optimization/run.html", context)


@signed_out_form("start a run of the workers", can_spend=True)
@advertiser_page(Role.EDITOR)
@require_POST
def run_now(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    request_run(advertiser)
    messages.success(request, "Requested: a worker checks every campaign now.")
    return redirect("runs", advertiser.slug)
