"""Reads a Failure from the three kinds of exceptions that the SDK raises.

The SDK turns most refusals into GoogleAdsException, but raises RESOURCE_EXHAUSTED and INTERNAL as
plain gRPC errors, and errors of the sign-in as they are. Source: Google Ads API v26, client.
"""

from __future__ import annotations

from typing import Any

from platforms.google.errors import SECONDARY_CODES, Failure

_FAILURE_KEY = "google.ads.googleads.v26.errors.googleadsfailure-bin"
_MESSAGES = 3


def sdk_exceptions() -> tuple[type[Exception], ...]:
    """All exceptions a call can raise; imported here because the SDK loads slowly."""
    import grpc
    from google.ads.googleads.errors import GoogleAdsException  # noqa: TID251
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import GoogleAuthError

    return GoogleAdsException, GoogleAPICallError, RetryError, GoogleAuthError, grpc.RpcError


def failure_of(error: Any) -> Failure:
    """`error` is an instance of one of sdk_exceptions()."""
    from google.ads.googleads.errors import GoogleAdsException  # noqa: TID251
    from google.auth.exceptions import RefreshError, TransportError

    if isinstance(error, GoogleAdsException):
        return _first_cause(error.failure, error.request_id)
    if isinstance(error, TransportError):
        return Failure("UNAVAILABLE", f"Getting metadata from plugin failed: {error}")
    if isinstance(error, RefreshError):
        if error.retryable:
            return Failure("UNAVAILABLE", f"Getting metadata from plugin failed: {error}")
        return Failure("UNAUTHENTICATED", str(error))
    attached = _attached_failure(error)
    if attached is not None and attached.errors:
        return _first_cause(attached, None)
    return Failure(_status(error), _message_of(error))


def _first_cause(failure: Any, request_id: str | None) -> Failure:
    """The first error that is not a consequence of another one."""
    causes = [each for each in failure.errors if _code(each) not in SECONDARY_CODES]
    first = (causes or list(failure.errors))[0]
    details = first.details
    delay = details.quota_error_details.retry_delay
    return Failure(
        code=_code(first),
        message=" ".join(each.message for each in causes[:_MESSAGES]) or first.message,
        path=tuple(part.field_name for part in first.location.field_path_elements),
        request_id=request_id,
        retry_after=delay.total_seconds() if delay else None,
        minimum_micros=details.budget_per_day_minimum_error_details.minimum_budget_amount_micros,
    )


def _code(error: Any) -> str:
    category = type(error.error_code).pb(error.error_code).WhichOneof("error_code")
    if not category:
        return "UNKNOWN"
    return f"{category}.{getattr(error.error_code, category).name}"


def _attached_failure(error: Any) -> Any:
    """The GoogleAdsFailure attached to a plain gRPC error, or None."""
    from google.ads.googleads.v26.errors.types.errors import (  # noqa: TID251
        GoogleAdsFailure,
    )

    details = getattr(error, "details", None)
    for detail in details if isinstance(details, list) else []:
        if str(getattr(detail, "type_url", "")).endswith("GoogleAdsFailure"):
            return GoogleAdsFailure.deserialize(detail.value)
    for call in getattr(error, "errors", None) or []:
        for key, value in getattr(call, "trailing_metadata", tuple)() or ():
            if key == _FAILURE_KEY:
                return GoogleAdsFailure.deserialize(value)
    return None


def _status(error: Any) -> str:
    status = getattr(error, "grpc_status_code", None)
    if status is None and callable(getattr(error, "code", None)):
        status = error.code()
    return str(getattr(status, "name", None) or "UNKNOWN")


def _message_of(error: Any) -> str:
    details = getattr(error, "details", None)
    return str(getattr(error, "message", None) or (details() if callable(details) else error))
