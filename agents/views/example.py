"""A button of the sandbox: write and plan an example brief."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from agents.forms.example import write_example
from agents.services import plan_brief
from campaigns.web import refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError
from core.models import Advertiser, Role


@signed_out_form("plan an example", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def brief_example(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """In a sandbox: write an example brief and plan it in one step."""
    if not settings.SANDBOX:
        raise Http404
    actor = actor_of(request)
    try:
        brief = write_example(actor=actor, advertiser=advertiser)
        plan_brief(actor=actor, brief=brief)
    except AdsEngineError as err:
        refuse(request, err)
        return redirect("overview", advertiser.slug)
    messages.success(request, "Planned. Nothing is sent before somebody approves it.")
    return redirect("brief", advertiser.slug, brief.pk)
