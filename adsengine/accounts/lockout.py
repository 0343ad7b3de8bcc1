"""What somebody sees who has guessed too often. django-axes counts (adsengine.settings)."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from adsengine.sign_in import sign_in_page
from core.common import clock
from core.throttling.address import client_address
from core.throttling.attempts import in_words


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """The sign-in page with status 429; a form that was kept over the sign-in stays in it."""
    username = str((credentials or {}).get("username") or request.POST.get("username", ""))
    seconds = _seconds_left(username, client_address(request))
    form = AuthenticationForm(request, initial={"username": username})
    page = sign_in_page(
        request,
        status=429,
        form=form,
        kept=request.POST.get("kept", ""),
        next=request.POST.get("next", ""),
        locked=in_words(seconds),
    )
    page["Retry-After"] = str(seconds)
    return page


def _seconds_left(username: str, address: str) -> int:
    """Until the last failure that counted is too long ago."""
    rows = AccessAttempt.objects.filter(username=username, ip_address=address)
    last = rows.order_by("-attempt_time").values_list("attempt_time", flat=True).first()
    now = clock.real_now()
    end = (last or now) + settings.AXES_COOLOFF_TIME
    return max(int((end - now).total_seconds()), 1)


def too_often(request: HttpRequest, what: str, seconds: int) -> HttpResponse:
    """A page with status 429: `what` was asked for too often."""
    context = {"what": what, "again": in_words(seconds)}
    page = render(request, "accounts/too_often.html", context, status=429)
    page["Retry-After"] = str(seconds)
    return page
