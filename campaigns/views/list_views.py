"""Saved views and own columns of the campaigns list: saved and removed."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from campaigns import services
from campaigns.lists import LEVELS
from campaigns.models import SavedView
from campaigns.web import back, refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError
from core.models import Advertiser


@signed_out_form("keep a view of the list", can_spend=False)
@advertiser_page()
@require_POST
def view_save(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    try:
        view = services.save_view(
            actor=actor_of(request),
            advertiser=advertiser,
            name=request.POST.get("name", ""),
            level=request.POST.get("level", ""),
            query=request.POST.get("query", ""),
            shared=request.POST.get("shared") == "on",
        )
    except AdsEngineError as err:
        refuse(request, err)
        return back(request, "campaigns", advertiser.slug)
    messages.success(request, f"The view “{view}” is saved{' for the team' * view.shared}.")
    return redirect(f"{reverse(LEVELS[view.level].url, args=[advertiser.slug])}?{view.query}")


@signed_out_form("remove a saved view", can_spend=False)
@advertiser_page()
@require_POST
def view_remove(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    visible = Q(owner=request.user.pk) | Q(shared=True)
    view = SavedView.objects.filter(visible, pk=pk, advertiser=advertiser).first()
    if view is None:
        raise Http404
    try:
        services.remove_view(actor=actor_of(request), view=view)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, f"The view “{view}” is removed.")
    return back(request, "campaigns", advertiser.slug)


@signed_out_form("keep the columns of the list", can_spend=False)
@advertiser_page()
@require_POST
def columns_keep(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """One's own columns in the order sent; `standard` goes back to the first set."""
    actor = actor_of(request)
    try:
        if request.POST.get("standard"):
            services.reset_columns(actor=actor, advertiser=advertiser)
        else:
            columns = request.POST.getlist("columns")
            services.save_columns(actor=actor, advertiser=advertiser, columns=columns)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, "The columns are saved for you.")
    return back(request, "campaigns", advertiser.slug)
