"""Every change that a person makes to a campaign from a page: to the service, and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from campaigns import services
from campaigns.models import Ad, AdGroup, Wanted
from campaigns.views import campaigns
from campaigns.web import back, campaign_or_404, refuse
from core.access import actor_of, advertiser_page, is_htmx
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError
from core.models import Advertiser, AuditEntry, Role

_DONE = {
    Wanted.ACTIVE: "is being enabled",
    Wanted.PAUSED: "is being paused",
    Wanted.ARCHIVED: "is being archived",
}


@signed_out_form("pause or enable a campaign", can_spend=True)
@advertiser_page(Role.EDITOR)
@require_POST
def campaign_status(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    campaign = campaign_or_404(advertiser, pk)
    change = partial(services.set_status, campaign=campaign)
    _set_status(request, campaign.name, change)
    return _after(request, advertiser, pk, "campaigns", campaign.pk)


@signed_out_form("pause or enable an ad", can_spend=True)
@advertiser_page(Role.EDITOR)
@require_POST
def ad_status(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    rows = Ad.objects.filter(pk=pk, ad_group__campaign__account__advertiser=advertiser)
    ad = get_object_or_404(rows.select_related("ad_group__campaign"))
    _set_status(request, ad.name, partial(services.set_ad_status, ad=ad))
    return _after(request, advertiser, pk, "ads", ad.ad_group.campaign_id)


@signed_out_form("pause or enable an ad group", can_spend=True)
@advertiser_page(Role.EDITOR)
@require_POST
def ad_group_status(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    rows = AdGroup.objects.filter(pk=pk, campaign__account__advertiser=advertiser)
    group = get_object_or_404(rows.select_related("campaign"))
    _set_status(request, group.name, partial(services.set_ad_group_status, ad_group=group))
    return _after(request, advertiser, pk, "ad_groups", group.campaign_id)


def _set_status(request: HttpRequest, name: str, change: Callable[..., object]) -> None:
    """`change` is the service bound to its object; it returns False if nothing changes."""
    to = request.POST.get("to", "")
    try:
        changed = change(actor=actor_of(request), to=to)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        text = _DONE[Wanted(to)] if changed else f"is {to} already"
        messages.success(request, f"{name} {text}.")


def _after(
    request: HttpRequest, advertiser: Advertiser, pk: int, level: str, campaign: int
) -> HttpResponse:
    """The changed line of a list, or the page that the person came from."""
    if is_htmx(request):
        return campaigns.line(request, advertiser, pk, level)
    return back(request, "campaign", advertiser.slug, campaign)


@signed_out_form("adopt a campaign", can_spend=True)
@advertiser_page(Role.EDITOR)
@require_POST
def campaign_adopt(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    campaign = campaign_or_404(advertiser, pk)
    try:
        services.adopt(actor=actor_of(request), campaign=campaign)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, f"{campaign.name} is adopted: it can be changed here now.")
    return redirect("campaign", advertiser.slug, pk)


@signed_out_form("undo a change", can_spend=True)
@advertiser_page(Role.EDITOR)
@require_POST
def change_undo(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    entry = AuditEntry.objects.filter(advertiser=advertiser, pk=pk).first()
    if entry is None:
        raise Http404
    try:
        services.restore_change(actor=actor_of(request), entry=entry)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, f"Undone: {entry.target_name} goes back to how it was.")
    return back(request, "overview", advertiser.slug)
