"""The list of incidents, and which mails about them a member gets."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from campaigns.web import refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import InvalidInput
from core.mails import incident_mails
from core.models import Advertiser, Incident, IncidentMails, Membership

SHOWN = 100


@advertiser_page()
def incidents(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    known = Incident.objects.filter(advertiser=advertiser)
    members = Membership.objects.filter(advertiser=advertiser, user=actor_of(request).user)
    context = {
        "open": known.filter(resolved_at=None).order_by("since"),
        "resolved": known.exclude(resolved_at=None).order_by("-resolved_at")[:SHOWN],
        "member": members.select_related("user").first(),
        "mail_choices": IncidentMails.choices,
    }
    return render(request, "campaigns/incidents.html", context)


@signed_out_form("choose which mails about incidents you get", can_spend=False)
@advertiser_page()
@require_POST
def incident_mails_choose(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    user = actor_of(request).user
    assert user is not None  # the page is for people
    try:
        incident_mails.choose(user, advertiser, request.POST.get("incident_mails", ""))
    except InvalidInput as err:
        refuse(request, err)
    else:
        messages.success(request, "Your choice of mails is saved.")
    return redirect("incidents", advertiser.slug)
