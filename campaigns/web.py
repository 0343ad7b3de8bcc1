"""What the views of this app share: their way back, their messages, their 404."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from campaigns.models import Campaign
from core.common.errors import AdsEngineError
from core.models import Advertiser


def back(request: HttpRequest, default: str, *args: object) -> HttpResponse:
    """To the page that a form names in `next`, when that is one of ours; else to `default`."""
    target = request.POST.get("next", "")
    if target.startswith("/") and url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    ):
        return redirect(target)
    return redirect(default, *args)


def joined_query(url: str) -> str:
    """The address, ready for one more parameter behind it."""
    return f"{url}{'&' if '?' in url else '?'}"


def is_ours(target: str) -> bool:
    """Whether an address from a form is a page of this host, so that a link may lead there."""
    return target.startswith("/") and url_has_allowed_host_and_scheme(target, None)


def refuse(request: HttpRequest, err: AdsEngineError) -> None:
    """Show why nothing was changed."""
    messages.error(request, err.user_message)


def campaign_or_404(advertiser: Advertiser, pk: int) -> Campaign:
    rows = Campaign.objects.filter(pk=pk, account__advertiser=advertiser)
    campaign = rows.select_related("account__advertiser", "brief").first()
    if campaign is None:
        raise Http404
    return campaign
