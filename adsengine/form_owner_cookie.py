"""Whose form it was, told also after the session's end.

A cookie names the person for whom this browser's forms are made. It is set together with the token
that those forms carry, and a sign-in makes that token anew: whoever the cookie names is the author
of every form whose token still holds. It opens nothing; it is signed so that it can be believed.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

COOKIE = "adsengine_author"


def remember_author(request: HttpRequest, response: HttpResponseBase) -> None:
    if not request.META.get("CSRF_COOKIE_NEEDS_UPDATE") or not request.user.is_authenticated:
        return
    response.set_signed_cookie(
        COOKIE,
        str(request.user.pk),
        salt=COOKIE,
        max_age=settings.CSRF_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def author_of(request: HttpRequest) -> str:
    """Of a form whose token holds: the person's id; "" where nobody knows."""
    return request.get_signed_cookie(COOKIE, default="", salt=COOKIE) or ""
