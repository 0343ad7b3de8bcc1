"""What the list of first steps does in place."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from campaigns.services import dismiss_onboarding, set_daily_total
from campaigns.tasks import request_sync
from campaigns.web import refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError
from core.common.money import Money
from core.models import Advertiser, Role
from platforms.connect_sandbox import connect_sandbox


@signed_out_form("set the daily limit", can_spend=True)
@advertiser_page(Role.ADMIN)
@require_POST
def onboarding_limit(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    given = request.POST.get("max_daily_total", "")
    try:
        cap = Money.parse(given, advertiser.currency, field="max_daily_total")
        running = set_daily_total(actor=actor_of(request), advertiser=advertiser, cap=cap)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, f"All active daily budgets together stay within {cap}.")
        if running > cap:
            messages.warning(
                request,
                f"What runs already comes to {running} a day, more than that: nothing can be "
                "switched on or raised until it is lowered or the limit is.",
            )
    return redirect("overview", advertiser.slug)


@signed_out_form("hide the first steps", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def onboarding_dismiss(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    dismiss_onboarding(actor=actor_of(request), advertiser=advertiser)
    messages.success(request, "The list of first steps is put away.")
    return redirect("overview", advertiser.slug)


@signed_out_form("connect the sandbox's accounts", can_spend=False)
@advertiser_page(Role.ADMIN)
@require_POST
def sandbox_connect(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """Connect all of the sandbox's accounts, and ask for their figures."""
    try:
        accounts = connect_sandbox(actor=actor_of(request), advertiser=advertiser)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        for account in accounts:
            request_sync(account)
        messages.success(request, f"{len(accounts)} accounts are connected and being read.")
    return redirect("overview", advertiser.slug)
