"""Maps vendor error codes to our errors: one ErrorRule per code, in each platform's `errors.py`."""

from __future__ import annotations

from dataclasses import dataclass

from platforms.errors import (
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    Rejected,
)


@dataclass(frozen=True)
class ErrorRule:
    error: type[PlatformError]
    message: str
    """A plain sentence for a marketer."""
    field: str | None = None
    """Our field name; None where the vendor's answer may name one."""
    retry_after: float = 60.0
    not_executed: bool = False
    """True: the vendor guarantees that nothing was done. Otherwise a PlatformUnavailable on a write
    becomes OutcomeUnknown."""


@dataclass(frozen=True)
class ErrorResponse:
    """A vendor's error response, independent of its format."""

    platform: str
    account: str
    is_write: bool
    code: str = ""
    subcode: str = ""
    message: str = ""
    request_id: str | None = None
    field: str | None = None
    retry_after: float | None = None


def unlisted_code_rule(platform: str, code: str) -> ErrorRule:
    """The rule for a code without its own: final, and the message names the code."""
    return ErrorRule(
        Rejected, f"{platform} refused this with a code that AdsEngine does not know: {code}."
    )


def to_error(rule: ErrorRule, response: ErrorResponse) -> PlatformError:
    error, message = rule.error, rule.message
    if issubclass(error, PlatformUnavailable) and response.is_write and not rule.not_executed:
        error = OutcomeUnknown
        message += " It may have been carried out; AdsEngine checks before it tries again."
    about = {
        "platform": response.platform,
        "account": response.account,
        "vendor_code": response.code,
        "vendor_subcode": response.subcode,
        "vendor_message": response.message,
        "field": rule.field or response.field,
        "request_id": response.request_id,
    }
    if issubclass(error, RateLimited):
        wait = rule.retry_after if response.retry_after is None else response.retry_after
        return error(message, retry_after=wait, **about)
    return error(message, **about)  # type: ignore[arg-type]


def missing_id_error(platform: str, account: str, request_id: str | None = None) -> OutcomeUnknown:
    """A create call succeeded without an id: the caller must read back what exists."""
    return OutcomeUnknown(
        "The platform accepted this without an id of the new object. AdsEngine looks it up.",
        platform=platform,
        account=account,
        request_id=request_id,
    )


def incomplete_write_error(error: PlatformError) -> OutcomeUnknown:
    """A write was carried out, but a later step failed: the caller must read back what is there."""
    return OutcomeUnknown(
        "It was done, but the next step failed. AdsEngine checks before it continues.",
        platform=error.platform,
        account=error.account,
        vendor_code=error.vendor_code,
        vendor_subcode=error.vendor_subcode,
        vendor_message=error.vendor_message,
        request_id=error.request_id,
    )
