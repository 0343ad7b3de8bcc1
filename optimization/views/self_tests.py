from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from campaigns.web import refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError
from core.models import Advertiser, Role
from optimization import services


@signed_out_form("test the A/B method on your own figures", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def self_test_ask(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """Start the self-test; its result shows on the list of tests when a worker has run it."""
    try:
        services.ask_self_test(
            actor=actor_of(request),
            advertiser=advertiser,
            metric=request.POST.get("metric", "ctr"),
        )
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, "The self-test runs; its result shows here in about a minute.")
    return redirect("ab_tests", advertiser.slug)
