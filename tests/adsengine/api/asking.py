"""Every route of the API, how it is asked, and what a refusal says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import resolve

from campaigns.models import Campaign, PublishRequest
from core.models import AuditEntry, Job
from optimization.models import ABTest, Decision, PacingPlan, Rebalance
from tests.fixtures.routes import routes

WRITES = ("post", "patch", "put", "delete")


def api_routes(ids: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Method and path of every route; PUT where the view has it."""
    for route in routes(ids):
        if not route.path.startswith("/api/") or resolve(route.path).url_name == "no-such-path":
            continue
        methods = getattr(route.view, "actions", None) or {
            name: name for name in ("get", *WRITES) if hasattr(route.view.view_class, name)
        }
        for method in set(methods) - {"head"}:
            yield method, route.path


def state() -> list[int]:
    """Every write of the API leaves one of these."""
    models = (ABTest, AuditEntry, Campaign, Decision, Job, PacingPlan, PublishRequest, Rebalance)
    return [model._default_manager.count() for model in models]


def raw(api: Any, method: str, path: str, body: bytes, content_type: str) -> Any:
    return api.generic(method.upper(), path, body, content_type)


def refusals(answer: Any) -> dict[str, str]:
    assert answer["Content-Type"] == "application/problem+json", answer
    return {error["field"]: error["message"] for error in answer.json()["errors"]}
