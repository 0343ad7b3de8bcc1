"""Scripted faults of the world, as Google shows them."""

import time

import grpc

from sandbox.google.errors import Problem, Refusal, quota_details, refusal
from sandbox.world.faults import Fault
from sandbox.world.world import World

TOKEN_OPERATION = "OAuth.Token"  # noqa: S105 - the name of a call
_RETRY_SECONDS = 5.0


def before(fault: Fault | None) -> None:
    """What goes wrong before anything is done. Raises Refusal.

    `throttle` takes detail seconds (the advised delay), `delay` takes seconds, and the two
    connection faults take status, UNAVAILABLE (default) or DEADLINE_EXCEEDED.
    """
    if fault is None:
        return
    if fault.kind == "delay":
        time.sleep(float(fault.detail.get("seconds", 1)))
    elif fault.kind == "timeout_before":
        raise Refusal(_status(fault))
    elif fault.kind in _PROBLEMS:
        raise refusal([_PROBLEMS[fault.kind]])
    elif fault.kind == "throttle":
        raise refusal([_throttle(float(fault.detail.get("seconds", _RETRY_SECONDS)))])


def after(fault: Fault | None) -> None:
    """The work is done, and the answer is lost. Raises Refusal."""
    if fault is not None and fault.kind == "lose_answer":
        raise Refusal(_status(fault))


def token_is_revoked(world: World) -> bool:
    """Uses up one expired_token fault that is aimed at the token endpoint, or at everything."""
    with world.lock:
        waiting = [fault for fault in world.faults.pending() if fault.kind == "expired_token"]
        if not waiting:
            return False
        fault = world.faults.take("google", TOKEN_OPERATION)
        return fault is not None and fault.kind == "expired_token"


def _status(fault: Fault) -> grpc.StatusCode:
    return grpc.StatusCode[str(fault.detail.get("status", "UNAVAILABLE"))]


def _throttle(seconds: float) -> Problem:
    message = f"Too many requests. Retry in {seconds:g} seconds."
    details = quota_details(seconds)
    return Problem("quota_error", "RESOURCE_EXHAUSTED", message, details=details)


_PROBLEMS = {
    "server_error": Problem("internal_error", "INTERNAL_ERROR", "An internal error has occurred."),
    "expired_token": Problem(
        "authentication_error", "OAUTH_TOKEN_REVOKED", "The OAuth 2.0 token has been revoked."
    ),
}
