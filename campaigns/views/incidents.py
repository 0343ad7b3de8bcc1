"""The list of incidents."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.access import advertiser_page
from core.models import Advertiser, Incident

SHOWN = 100


@advertiser_page()
def incidents(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    known = Incident.objects.filter(advertiser=advertiser)
    context = {
        "open": known.filter(resolved_at=None).order_by("since"),
        "resolved": known.exclude(resolved_at=None).order_by("-resolved_at")[:SHOWN],
    }
    return render(request, "campaigns/incidents.html", context)
