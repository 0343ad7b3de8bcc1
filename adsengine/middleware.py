"""Turns our own errors, where a page did not catch them, into a plain page; and keeps what was
typed by a person who is signed out meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from adsengine import sign_in
from adsengine.form_owner_cookie import author_of, remember_author
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


class SignedOutMiddleware:
    """A form, and a part of a page, must not end in a redirect to the sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        remember_author(request, response)
        asks = request.method == "POST" or is_htmx(request)
        if asks and sign_in.sent_to_sign_in(request, response):
            return sign_in.signed_out(request, author_of(request))
        return response
