"""A signed cookie that says who filled in a form, also after the session has ended.

It is set together with the CSRF token of the forms, and a sign-in replaces that token: the person
in the cookie is the author of every form whose token is still valid. The cookie grants no access.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

COOKIE = "adsengine_author"


def set_owner_cookie(request: HttpRequest, response: HttpResponseBase) -> None:
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


def form_owner_of(request: HttpRequest) -> str:
    """The id of the person who filled in a form with a valid token; "" where it is unknown."""
    return request.get_signed_cookie(COOKIE, default="", salt=COOKIE) or ""
