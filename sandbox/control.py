"""HTTP control of a running sandbox: clock, faults, edits made outside AdsEngine."""

from __future__ import annotations

import math
from datetime import UTC
from typing import Any

from sandbox.http.webapp import BadBody, Request, Response, WsgiApp, as_wsgi
from sandbox.world.clock import SandboxClock
from sandbox.world.faults import Fault, Faults
from sandbox.world.model import STATUSES
from sandbox.world.world import World

_STEPS = ("advance_days", "advance_hours")


def clock_app(clock: SandboxClock, world: World | None = None) -> WsgiApp:
    """GET / returns the time; POST / with one of advance_days, advance_hours moves the clock.

    With a world: GET, POST and DELETE /faults list, queue and clear faults; a POST with "share",
    "kinds" and "seed" disturbs calls at random (world.faults), and GET says how many were.
    POST /edits changes a Meta or TikTok campaign as a person in the vendor's own console would:
    {"campaign_id", and any of "name", "status" (active, paused, removed), "daily_budget_micros"}.
    """

    def handle(request: Request) -> Response:
        if request.path.rstrip("/") == "/faults" and world is not None:
            return _respond(_serve_faults, request, world.faults)
        if request.path.rstrip("/") == "/edits" and world is not None:
            return _respond(_serve_edit, request, world)
        if request.path not in ("", "/"):
            return Response(404, {"error": f"{request.path}: not found"})
        return _respond(_serve_clock, request, clock)

    return as_wsgi(handle)


def _respond(serve: Any, request: Request, subject: Any) -> Response:
    try:
        return Response(200, serve(request, subject))
    except (ValueError, BadBody) as error:
        return Response(400, {"error": str(error)})


def _serve_clock(request: Request, clock: SandboxClock) -> dict[str, str]:
    if request.method == "POST":
        name, step = _parse_step(request.parts[0])
        clock.advance(**{name.removeprefix("advance_"): step})
    elif request.method != "GET":
        raise ValueError(f"{request.method} is not served; use GET or POST")
    return {"now": clock.now().astimezone(UTC).isoformat().replace("+00:00", "Z")}


def _parse_step(body: dict[str, Any]) -> tuple[str, float]:
    if unknown := sorted(set(body) - set(_STEPS)):
        raise ValueError(f"{unknown[0]}: unknown; send one of {', '.join(_STEPS)}")
    if len(body) != 1:
        raise ValueError(f"send exactly one of {', '.join(_STEPS)}")
    name, value = next(iter(body.items()))
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name}: must be a finite number, got {value!r}")
    return name, value


def _serve_faults(request: Request, faults: Faults) -> dict[str, Any]:
    if request.method == "POST":
        body = request.parts[0]
        if "share" in body:
            _disturb(body, faults)
        else:
            _queue_fault(body, faults)
    elif request.method == "DELETE":
        faults.clear()
    pending = [_fault_json(fault) for fault in faults.pending()]
    return {"faults": pending, "calls": faults.calls, "disturbed": dict(faults.disturbed)}


def _disturb(body: dict[str, Any], faults: Faults) -> None:
    kinds, seed = body.get("kinds"), body.get("seed", 0)
    if not isinstance(kinds, list):
        raise ValueError("kinds: must be a list of objects with a kind")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ValueError("seed: must be a whole number")
    faults.disturb(body["share"], kinds, seed=seed)


def _queue_fault(body: dict[str, Any], faults: Faults) -> None:
    for name in ("platform", "operation", "kind"):
        if not isinstance(body.get(name), str):
            raise ValueError(f"{name}: required, as text")
    detail = body.get("detail", {})
    if not isinstance(detail, dict):
        raise ValueError("detail: must be an object")
    faults.add(body["platform"], body["operation"], body["kind"], body.get("times", 1), **detail)


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {
        "platform": fault.platform,
        "operation": fault.operation,
        "kind": fault.kind,
        "times": fault.remaining,
        "detail": fault.detail,
    }


_EDITS = {"name": str, "status": str, "daily_budget_micros": int}


def _serve_edit(request: Request, world: World) -> dict[str, Any]:
    body = request.parts[0]
    campaign = world.get_campaign(str(body.get("campaign_id")))
    if request.method != "POST" or campaign is None:
        raise ValueError("campaign_id: send POST with the id of a campaign of this sandbox")
    changes = {name: value for name, value in body.items() if name != "campaign_id"}
    _check_edit(changes)
    if campaign.platform == "google":
        raise ValueError("campaign_id: a Google campaign is edited through its own API only")
    # TikTok shows the budget from its own fields, in units of the currency.
    budget = changes.get("daily_budget_micros")
    raw = {"budget": budget / 1e6} if budget and campaign.platform == "tiktok" else {}
    world.update_campaign(campaign.id, **changes, raw=raw)
    return {"campaign_id": campaign.id, **changes}


def _check_edit(changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        kind = _EDITS.get(name)
        if kind is None or isinstance(value, bool) or not isinstance(value, kind):
            raise ValueError(f"{name}: send one of {', '.join(_EDITS)}, as text or whole number")
    if changes.get("status", "active") not in STATUSES:
        raise ValueError(f"status: must be one of {', '.join(STATUSES)}")
    if changes.get("daily_budget_micros", 1) <= 0:
        raise ValueError("daily_budget_micros: must be above 0")
