"""Sign-in, and forms that were sent after the session had ended."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from adsengine.form_resubmission import (
    PendingForm,
    dump_form,
    is_same_origin,
    load_form,
    previous_page,
    save_form,
)
from core.access import advertisers_of, is_htmx, role_of
from core.action_labels import form_action_of, match_of
from core.models import Role

SIGNED_OUT = "You were signed out."


class SignIn(LoginView):
    """With the hidden field `kept` (a signed form) it leads to that form, not to a page."""

    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        pending = load_form(request.POST.get("kept", ""))
        if pending and request.user.is_authenticated:  # signed in in another tab meanwhile
            return pending_form_page(request, pending)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        sent = self.request.POST.get("kept", "")
        pending = load_form(sent)
        if pending:
            return pending_form_page(self.request, pending)
        if sent:
            messages.warning(
                self.request, "What you typed is more than a day old and was discarded."
            )
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, kept=self.request.POST.get("kept", ""))


def signed_in_page(request: HttpRequest) -> HttpResponse:
    """The page after a sign-in in a second tab."""
    if not request.user.is_authenticated:
        return redirect("login")
    return render(request, "accounts/signed_in.html")


def is_sign_in_redirect(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether a page redirected somebody without a session to the sign-in."""
    if response.status_code != 302 or request.user.is_authenticated:
        return False
    path, _, query = response["Location"].partition("?")
    return path in {reverse("login"), reverse("admin:login")} and query.startswith("next=")


def signed_out_response(request: HttpRequest, author: str = "") -> HttpResponse:
    """A 401 in place of the redirect, which would lose the form or fill part of a page."""
    if is_htmx(request):
        return HttpResponse(SIGNED_OUT, status=401, content_type="text/plain")
    pending = save_form(request, author)
    return sign_in_page(
        request, kept=dump_form(pending) if pending else "", too_long=pending is None
    )


def sign_in_page(request: HttpRequest, *, status: int = 401, **context: Any) -> HttpResponse:
    """The sign-in in place of a page; `context` is for its template."""
    values = {"form": AuthenticationForm(request), **context}
    values.setdefault("next", previous_page(request))
    return _disable_cache(render(request, "accounts/login.html", values, status=status))


def pending_form_page(
    request: HttpRequest, pending: PendingForm, *, status: int = 200
) -> HttpResponse:
    """The form's content, who would send it now, and where to. It sends nothing by itself. A form
    that can spend, or that somebody else typed, can only be opened again, not sent from here."""
    context = {"pending": pending, "status": status, **_form_destination(request, pending)}
    context["someone_else"] = pending.author not in {"", str(request.user.pk)}
    return _disable_cache(render(request, "accounts/kept.html", context, status=status))


def _form_destination(request: HttpRequest, pending: PendingForm) -> dict[str, Any]:
    match = match_of(pending.path)
    assert match is not None
    found: dict[str, Any] = {"action": form_action_of(match), "obstacle": ""}
    if "slug" not in match.kwargs:
        return found
    advertiser = advertisers_of(request.user).filter(slug=match.kwargs["slug"]).first()
    if advertiser is None:
        return found | {"obstacle": "You are no member of the advertiser that this belongs to."}
    needed = getattr(match.func, "needs_role", 0)
    if role_of(request.user, advertiser) < needed:
        found["obstacle"] = f"This needs the role {Role(needed).label} at {advertiser}."
    return found | {"at": advertiser}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is invalid, as in every open form after a sign-in in another tab. Nothing
    was changed; a form of one of our pages is offered again, another site's is not."""
    if not is_same_origin(request):
        return render(request, "403_csrf.html", status=403)
    try:
        return _expired_form_response(request)
    except UnreadablePostError:
        return render(request, "403_csrf.html", status=403)


def _expired_form_response(request: HttpRequest) -> HttpResponse:
    if request.path == reverse("login"):
        return _expired_sign_in_response(request)
    if not request.user.is_authenticated:
        return signed_out_response(request)
    if is_htmx(request):
        # static/js/ui.js puts the new token in, and sends again where the person is the same.
        headers = {"X-Fresh-Token": get_token(request), "X-Person": str(request.user.pk)}
        text = f"You are signed in as {request.user} now."
        return HttpResponse(text, status=403, content_type="text/plain", headers=headers)
    pending = save_form(request)
    if pending is None:
        return render(request, "403_csrf.html", {"too_long": True}, status=403)
    return pending_form_page(request, pending, status=403)


def _expired_sign_in_response(request: HttpRequest) -> HttpResponse:
    sent = request.POST.get("kept", "")
    pending = load_form(sent)
    if request.user.is_authenticated:
        return pending_form_page(request, pending) if pending else redirect("login")
    form = AuthenticationForm(request, initial={"username": request.POST.get("username", "")})
    return sign_in_page(
        request, form=form, kept=sent, too_old=True, next=request.POST.get("next", "")
    )


def _disable_cache(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    return response
