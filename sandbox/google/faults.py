"""Faults of the world as Google reports them."""

import time

import grpc

from sandbox.google.errors import Problem, Refusal, quota_details, refusal
from sandbox.world.faults import Fault
from sandbox.world.world import World

TOKEN_OPERATION = "OAuth.Token"  # noqa: S105 - the name of a call
_RETRY_SECONDS = 5.0
GARBAGE = b"<!doctype html><html><body>The upstream server did not answer</body></html>"
"""No message of any type: the client cannot read it."""


def raise_before_call(fault: Fault | None) -> None:
    """Apply a fault before the call is carried out. Raises Refusal.

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
        raise refusal([_throttle_problem(float(fault.detail.get("seconds", _RETRY_SECONDS)))])


def raise_after_call(fault: Fault | None) -> None:
    """Apply a lost answer after the call was carried out. Raises Refusal."""
    if fault is not None and fault.kind == "lose_answer":
        raise Refusal(_status(fault))


def hides_answer(fault: Fault | None, *, carried_out: bool) -> bool:
    """Whether GARBAGE comes in the answer's place: before the call, or after it (`carried_out`)."""
    return fault is not None and fault.kind == "garbage" and fault.is_carried_out == carried_out


def take_token_fault(world: World) -> bool:
    """True when an expired_token fault for the token endpoint was queued; it is used up by one."""
    with world.lock:
        queued = [fault for fault in world.faults.pending() if fault.kind == "expired_token"]
        if not queued:
            return False
        fault = world.faults.take("google", TOKEN_OPERATION)
        return fault is not None and fault.kind == "expired_token"


def _status(fault: Fault) -> grpc.StatusCode:
    return grpc.StatusCode[str(fault.detail.get("status", "UNAVAILABLE"))]


def _throttle_problem(seconds: float) -> Problem:
    message = f"Too many requests. Retry in {seconds:g} seconds."
    details = quota_details(seconds)
    return Problem("quota_error", "RESOURCE_EXHAUSTED", message, details=details)


_PROBLEMS = {
    "server_error": Problem("internal_error", "INTERNAL_ERROR", "An internal error has occurred."),
    "expired_token": Problem(
        "authentication_error", "OAUTH_TOKEN_REVOKED", "The OAuth 2.0 token has been revoked."
    ),
}
