"""Templates: briefs from which the team starts new ones."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from campaigns.briefs.selectors import templates_of
from campaigns.models import Brief
from campaigns.services import remove_template, save_template
from campaigns.web import refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError
from core.models import Advertiser, Role


@signed_out_form("save a brief as a template", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def template_save(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    brief = Brief.objects.filter(advertiser=advertiser, pk=pk).first()
    if brief is None:
        raise Http404
    try:
        template = save_template(
            actor=actor_of(request), brief=brief, name=request.POST.get("name", "")
        )
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, f"“{template}” is a template now. You find it under Briefs.")
    return redirect("brief", advertiser.slug, pk)


@signed_out_form("remove a template", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def template_remove(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    found = templates_of(advertiser).filter(pk=pk).first()
    if found is None:
        raise Http404
    remove_template(actor=actor_of(request), template=found)
    messages.success(request, f"“{found}” is no template any more. Its brief stays.")
    return redirect("briefs", advertiser.slug)
