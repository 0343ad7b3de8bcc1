"""Starts the sync of one account."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from campaigns.tasks import request_sync
from core.access import advertiser_page
from core.action_labels import signed_out_form
from core.models import Advertiser, Role
from platforms.models import AdAccount, Platform


@signed_out_form("read an account's figures", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def account_sync(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    """Ask for a sync now; a worker does it."""
    rows = AdAccount.objects.filter(pk=pk, advertiser=advertiser)
    account = rows.exclude(platform=Platform.IMPORT).first()
    if account is None:
        raise Http404
    if account.state != AdAccount.State.CONNECTED:
        messages.error(request, f"{account} is not connected. Paste a new token first.")
    else:
        request_sync(account)
        messages.success(request, f"{account} is being synced. Figures follow shortly.")
    return redirect("connections", advertiser.slug)
