"""Checks who may see and do what. Every page and API class uses these functions.

Tenants are isolated: another tenant's object is a 404, as if it did not exist; a role that is too
low is a 403 that names the required role.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from core.common import clock, progress
from core.common.errors import InvalidInput, NotAllowed
from core.models import Actor, ActorKind, Advertiser, ApiToken, Incident, Membership, Role, User
from core.throttling.address import client_address
from core.throttling.attempts import WRONG_TOKENS

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Advertiser, P], HttpResponse]


def advertisers_of(user: Any) -> QuerySet[Advertiser]:
    """The advertisers that a user may see: their own; a superuser sees all."""
    if not user.is_authenticated:
        return Advertiser.objects.none()
    if user.is_superuser:
        return Advertiser.objects.all()
    return Advertiser.objects.filter(memberships__user=user)


def role_of(user: Any, advertiser: Advertiser) -> int:
    """The user's role at the advertiser; 0 without one."""
    if user.is_superuser:
        return Role.ADMIN
    membership = Membership.objects.filter(user=user, advertiser=advertiser).first()
    return membership.role if membership else 0


def require(user: Any, advertiser: Advertiser, role: Role, *, ceiling: int = Role.ADMIN) -> None:
    """Raises Http404 for a user who is no member, NotAllowed for a member with a lower role."""
    actual = min(role_of(user, advertiser), ceiling)
    if not actual:
        raise Http404
    if actual < role:
        raise NotAllowed(f"This needs the role {role.label} at {advertiser}.")


def advertiser_page(role: Role = Role.VIEWER) -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """A view under /a/<slug>/: signs in, finds the advertiser among the user's, checks the role.

    The view gets the Advertiser in place of the slug; `request.advertiser` and `request.role` are
    set for the templates.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        @login_required
        def page(
            request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            advertiser = advertisers_of(request.user).filter(slug=slug).first()
            if advertiser is None:
                raise Http404
            actual = role_of(request.user, advertiser)
            if actual < role:
                raise PermissionDenied(f"This needs the role {role.label} at {advertiser}.")
            request.advertiser, request.role = advertiser, actual  # type: ignore[attr-defined]
            return view(request, advertiser, *args, **kwargs)

        page.needs_role = role  # type: ignore[attr-defined]
        return page

    return decorate


def actor_of(request: HttpRequest | Request) -> Actor:
    """The signed-in person, or the program that uses their API token."""
    user, token = request.user, getattr(request, "auth", None)
    if not isinstance(user, User):
        raise PermissionDenied
    if isinstance(token, ApiToken):
        return Actor.person(user, ActorKind.API, token.max_role)
    return Actor.person(user)


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx requests a part of a page, not a whole page."""
    return request.headers.get("HX-Request") == "true"


def require_approver(actor: Actor, advertiser: Advertiser) -> None:
    """Only an approver may raise spend; an editor drafts, proposes, pauses and lowers. Workers and
    agents act on an approval or a policy. Raises NotAllowed."""
    if actor.user is None:
        return
    if min(role_of(actor.user, advertiser), actor.ceiling) < Role.APPROVER:
        raise NotAllowed(
            f"A change that can raise spend needs the role {Role.APPROVER.label} at {advertiser}."
        )


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Template context of every page: the user's advertisers, the role, open incidents."""
    advertiser = getattr(request, "advertiser", None)
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    context: dict[str, Any] = {
        "my_advertisers": list(advertisers_of(request.user)[:50]),
        "playing": progress.get() if settings.SANDBOX else None,
    }
    if advertiser is not None:
        role = request.role  # type: ignore[attr-defined]
        context |= {
            "advertiser": advertiser,
            "can_edit": role >= Role.EDITOR,
            "can_approve": role >= Role.APPROVER,
            "can_admin": role >= Role.ADMIN,
            "stopped_platforms": list(advertiser.platform_limits.exclude(stopped_at=None)),
            "open_incidents": Incident.objects.filter(
                advertiser=advertiser, resolved_at=None
            ).count(),
        }
    return context


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer aet_…`."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        address = client_address(request._request)
        if wait := WRONG_TOKENS.wait(address):
            raise exceptions.Throttled(wait, "Too many wrong tokens came from your address.")
        token = ApiToken.find(secret.strip())
        if token is None:
            WRONG_TOKENS.take(address)
            raise exceptions.AuthenticationFailed("This token is unknown or has expired.")
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=clock.real_now())
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def api_ceiling(request: Request) -> int:
    """The highest role that this request may use: a token's limit, else admin."""
    return request.auth.max_role if isinstance(request.auth, ApiToken) else Role.ADMIN


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object or form data of a request. Raises InvalidInput for any other JSON value."""
    if not isinstance(request.data, dict):
        raise InvalidInput("Send a JSON object.", field="body")
    return request.data
