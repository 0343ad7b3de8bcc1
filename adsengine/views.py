"""The start page, the demo's progress and the health checks."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable

from celery import current_app
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views import defaults
from django.views.decorators.cache import never_cache

from adsengine.first_advertiser import FirstAdvertiserForm, create_first_advertiser
from core.access import advertisers_of
from core.action_labels import signed_out_form
from core.common import progress
from core.liveness import heartbeats
from core.models import User
from core.uploads import upload_error

log = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that cannot be read. An upload above the limits gets its own message."""
    refusal = upload_error(exception)
    if refusal is None:
        return defaults.bad_request(request, exception)
    return render(request, "error.html", {"error": refusal}, status=413)


@signed_out_form("create the first advertiser", can_spend=False)
@login_required
def home(request: HttpRequest) -> HttpResponse:
    first = advertisers_of(request.user).first()
    if first is not None:
        return redirect("overview", first.slug)
    user = request.user
    if not (isinstance(user, User) and user.is_superuser):
        return render(request, "onboarding.html")
    form = FirstAdvertiserForm(request.POST or None)
    created = create_first_advertiser(form, user) if form.is_valid() else None
    if created is not None:
        return redirect("overview", created.slug)
    status = 422 if form.errors else 200
    return render(request, "onboarding.html", {"form": form}, status=status)


@login_required
@never_cache
def playing(request: HttpRequest) -> HttpResponse:
    """The demo's progress; when it has finished, htmx reloads the page."""
    state = progress.get()
    if state is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "partials/playing.html", {"playing": state})


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is checked."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """The state of each part that pages and jobs need: "ok", or what is wrong, without details;
    and since when a background process has been silent, which makes no page less ready."""
    parts = {name: _part_state(name, check) for name, check in _CHECKS.items()}
    ready = all(state == "ok" for state in parts.values())
    body = {"status": "ok" if ready else "not ready", "parts": parts, "background": _background()}
    return JsonResponse(body, status=200 if ready else 503)


def _background() -> dict[str, str]:
    try:
        return heartbeats.states()
    except DatabaseError:  # said above, as a part
        return {}


def _part_state(name: str, check: Callable[[], str]) -> str:
    # Every failure counts as "failed"; details such as a server's address go to the log only.
    try:
        return check()
    except Exception:
        log.warning("readiness: %s failed", name, exc_info=True)
        return "failed"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(pending)} pending" if pending else "ok"


def _cache() -> str:
    key, value = "readyz", uuid.uuid4().hex
    cache.set(key, value, timeout=30)
    return "ok" if cache.get(key) is not None else "does not keep values"


def _broker() -> str:
    with current_app.connection_for_write() as link:
        link.ensure_connection(max_retries=1, timeout=2)
    return "ok"


_CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "cache": _cache,
    "broker": _broker,
}
