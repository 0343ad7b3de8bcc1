"""The stop switch on every page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from campaigns import services
from campaigns.web import back, refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import InvalidInput
from core.models import Advertiser, Role
from platforms.models import Platform


@signed_out_form("press the stop switch", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def stop(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    reason, platform = (request.POST.get(name, "").strip() for name in ("reason", "platform"))
    try:
        services.stop(
            actor=actor_of(request), advertiser=advertiser, reason=reason, platform=platform
        )
    except InvalidInput as err:
        refuse(request, err)
        return back(request, "overview", advertiser.slug)
    where = f" on {_name(platform)}" if platform else ""
    text = f"Stopped: nothing is created, enabled or raised{where} until it is lifted."
    messages.warning(request, text)
    return back(request, "overview", advertiser.slug)


@signed_out_form("lift the stop switch", can_spend=True)
@advertiser_page(Role.APPROVER)
@require_POST
def lift_stop(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    platform = request.POST.get("platform", "").strip()
    try:
        services.lift_stop(actor=actor_of(request), advertiser=advertiser, platform=platform)
    except InvalidInput as err:
        refuse(request, err)
        return back(request, "overview", advertiser.slug)
    where = f" of {_name(platform)}" if platform else ""
    messages.success(request, f"The stop switch{where} is lifted: changes pass again.")
    return back(request, "overview", advertiser.slug)


def _name(platform: str) -> str:
    return str(Platform(platform).label)
