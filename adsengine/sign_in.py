"""Signing in, and what becomes of a form whose author was signed out meanwhile."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, UnreadablePostError
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from adsengine.form_resubmission import Kept, keep, pack, page_before, sent_from_here, unpack
from core.access import advertisers_of, is_htmx, role_of
from core.action_labels import form_action_of, match_of
from core.models import Role

SIGNED_OUT = "You were signed out."


class SignIn(LoginView):
    """With `kept` it leads to what had been typed, not to a page."""

    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        kept = unpack(request.POST.get("kept", ""))
        if kept and request.user.is_authenticated:  # signed in in another tab meanwhile
            return kept_page(request, kept)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        onward = super().form_valid(form)
        sent = self.request.POST.get("kept", "")
        kept = unpack(sent)
        if kept:
            return kept_page(self.request, kept)
        if sent:
            messages.warning(self.request, "What you had typed was a day old and is not kept.")
        return onward

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, kept=self.request.POST.get("kept", ""))


def signed_in(request: HttpRequest) -> HttpResponse:
    """Where the sign-in in a second tab ends."""
    if not request.user.is_authenticated:
        return redirect("login")
    return render(request, "accounts/signed_in.html")


def sent_to_sign_in(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether a page turned a stranger away."""
    if response.status_code != 302 or request.user.is_authenticated:
        return False
    path, _, query = response["Location"].partition("?")
    return path in {reverse("login"), reverse("admin:login")} and query.startswith("next=")


def signed_out(request: HttpRequest, author: str = "") -> HttpResponse:
    """Instead of a redirect, which would lose the form, or fill a part of a page with a sign-in."""
    if is_htmx(request):
        return HttpResponse(SIGNED_OUT, status=401, content_type="text/plain")
    kept = keep(request, author)
    return _sign_in_page(request, kept=pack(kept) if kept else "", too_long=kept is None)


def _sign_in_page(request: HttpRequest, **context: Any) -> HttpResponse:
    shown = {"form": AuthenticationForm(request), **context}
    shown.setdefault("next", page_before(request))
    return _fresh(render(request, "accounts/login.html", shown, status=401))


def kept_page(request: HttpRequest, kept: Kept, *, status: int = 200) -> HttpResponse:
    """What had been typed, who would send it now, and where to. It sends nothing by itself, and
    offers no more than the way back where one has to look first: at what can spend, and at what
    somebody else typed."""
    context = {"kept": kept, "status": status, **_destination(request, kept)}
    context["someone_else"] = kept.author not in {"", str(request.user.pk)}
    return _fresh(render(request, "accounts/kept.html", context, status=status))


def _destination(request: HttpRequest, kept: Kept) -> dict[str, Any]:
    match = match_of(kept.path)
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
    """The token of a form is too old: after a sign-in in another tab every open form's is.
    Nothing was changed; a form of our own is kept, another site's is not even shown."""
    if not sent_from_here(request):
        return render(request, "403_csrf.html", status=403)
    try:
        return _too_old(request)
    except UnreadablePostError:
        return render(request, "403_csrf.html", status=403)


def _too_old(request: HttpRequest) -> HttpResponse:
    if request.path == reverse("login"):
        return _sign_in_too_old(request)
    if not request.user.is_authenticated:
        return signed_out(request)
    if is_htmx(request):
        # static/js/ui.js puts the new token in, and sends again where the person is the same.
        told = {"X-Fresh-Token": get_token(request), "X-Person": str(request.user.pk)}
        text = f"You are signed in as {request.user} now."
        return HttpResponse(text, status=403, content_type="text/plain", headers=told)
    kept = keep(request)
    if kept is None:
        return render(request, "403_csrf.html", {"too_long": True}, status=403)
    return kept_page(request, kept, status=403)


def _sign_in_too_old(request: HttpRequest) -> HttpResponse:
    sent = request.POST.get("kept", "")
    kept = unpack(sent)
    if request.user.is_authenticated:
        return kept_page(request, kept) if kept else HttpResponseRedirect(reverse("login"))
    form = AuthenticationForm(request, initial={"username": request.POST.get("username", "")})
    return _sign_in_page(
        request, form=form, kept=sent, too_old=True, next=request.POST.get("next", "")
    )


def _fresh(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    return response
