from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from adsengine.access import actor_of, advertiser_page
from adsengine.models import Advertiser, Role
from campaigns import services
from campaigns.web import back


@advertiser_page(Role.EDITOR)
@require_POST
def stop(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    reason = request.POST.get("reason", "").strip()
    services.stop(actor=actor_of(request), advertiser=advertiser, reason=reason)
    messages.warning(request, "Stopped: nothing is created, enabled or raised until it is lifted.")
    return back(request, "overview", advertiser.slug)


@advertiser_page(Role.APPROVER)
@require_POST
def lift_stop(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    services.lift_stop(actor=actor_of(request), advertiser=advertiser)
    messages.success(request, "The stop switch is lifted: changes pass again.")
    return back(request, "overview", advertiser.slug)
