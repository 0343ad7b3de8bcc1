"""The pages that import a report file and show an import's result."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from campaigns import importing
from campaigns.forms.fields import add_refusal
from campaigns.forms.imports import ReportForm, map_lines, read_mapping
from campaigns.models import ReportImport
from core.access import actor_of, advertiser_page, is_htmx
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError
from core.models import Advertiser, Role
from platforms.models import AdAccount, Platform

SHOWN = 20


@signed_out_form("review a report file", can_spend=False)
@advertiser_page(Role.EDITOR)
def import_report(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """Choose a file, preview it, import it. The file stays in the browser between the steps."""
    if request.method != "POST":
        return _page(request, advertiser, ReportForm(), {})
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, advertiser, form, {}, status=422)
    try:
        if request.POST.get("step") == "import":
            return _import(request, advertiser, form)
        outcome = _preview(request, advertiser, form)
    except AdsEngineError as err:
        add_refusal(form, err)
        return _page(request, advertiser, form, {}, status=422)
    return _page(request, advertiser, form, outcome)


def _preview(request: HttpRequest, advertiser: Advertiser, form: ReportForm) -> dict[str, Any]:
    preview = importing.preview_report(
        advertiser=advertiser,
        file=form.stream,
        mapping=read_mapping(request.POST, form.file_mark),
        **form.options(),
    )
    lines = map_lines(preview, request.POST, form.file_mark)
    return {"preview": preview, "map_lines": lines, "map_of": form.file_mark}


def _import(request: HttpRequest, advertiser: Advertiser, form: ReportForm) -> HttpResponse:
    result = importing.import_report(
        actor=actor_of(request),
        advertiser=advertiser,
        file=form.stream,
        file_name=form.cleaned_data["file"].name,
        mapping=read_mapping(request.POST, form.file_mark),
        skip_bad_rows=form.cleaned_data["skip_bad_rows"],
        **form.options(),
    )
    url = reverse("import_result", args=[advertiser.slug, result.report.pk])
    if is_htmx(request):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def _page(
    request: HttpRequest,
    advertiser: Advertiser,
    form: ReportForm,
    outcome: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    names = AdAccount.objects.filter(advertiser=advertiser, platform=Platform.IMPORT)
    context = {
        "form": form,
        "account_names": names.values_list("name", flat=True),
        "imports": ReportImport.objects.filter(advertiser=advertiser)[:SHOWN],
        **outcome,
    }
    # htmx does not show a response with an error status, and the refusal must be seen.
    code = 200 if is_htmx(request) else status
    return render(request, "campaigns/import.html", context, status=code)


@advertiser_page()
def import_result(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    rows = ReportImport.objects.filter(pk=pk, advertiser=advertiser)
    report = rows.select_related("account").first()
    if report is None:
        raise Http404
    return render(request, "campaigns/import_result.html", {"report": report})
