"""Error pages for AdsEngine's own errors, and an answer to forms sent without a session."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from adsengine import sign_in
from adsengine.form_owner_cookie import form_owner_of, set_owner_cookie
from core.access import is_htmx
from core.common.errors import AdsEngineError, NotAllowed

log = logging.getLogger(__name__)


class AdsEngineErrorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, err: Exception) -> HttpResponse | None:
        if not isinstance(err, AdsEngineError):
            return None
        log.info("%s on %s: %s", err.code, request.path, err)
        status = 403 if isinstance(err, NotAllowed) else 409 if err.is_transient else 400
        return render(request, "error.html", {"error": err}, status=status)


class NoStoreMiddleware:
    """No browser keeps what a signed-in person saw: not on its disk, and not for the Back button of
    whoever sits there next. A view may set Cache-Control itself, as that of pictures does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control") and request.user.is_authenticated:
            response["Cache-Control"] = "no-store, private"
        return response


class SignedOutMiddleware:
    """Replaces the redirect to the sign-in for forms and htmx requests (adsengine.sign_in)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        set_owner_cookie(request, response)
        is_form_or_htmx = request.method == "POST" or is_htmx(request)
        if is_form_or_htmx and sign_in.is_sign_in_redirect(request, response):
            return sign_in.signed_out_response(request, form_owner_of(request))
        return response
