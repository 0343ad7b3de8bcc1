"""What a vendor's code means to us: one row a quirk, in each platform's `errors.py`."""

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
    """Ours; None where the vendor's answer itself may name one."""
    retry_after: float = 60.0
    surely_not_done: bool = False
    """A platform fault is `OutcomeUnknown` on a write unless the vendor says it did nothing."""


@dataclass(frozen=True)
class Answer:
    """What a refusal said, whatever the vendor's format."""

    platform: str
    account: str
    is_write: bool
    code: str = ""
    subcode: str = ""
    message: str = ""
    request_id: str | None = None
    field: str | None = None
    retry_after: float | None = None


def unlisted(platform: str, code: str) -> ErrorRule:
    """An unknown code is final and says so, so that a new one is noticed."""
    return ErrorRule(
        Rejected, f"{platform} refused this with a code that AdsEngine does not know: {code}."
    )


def to_error(quirk: ErrorRule, answer: Answer) -> PlatformError:
    kind, message = quirk.error, quirk.message
    if kind is PlatformUnavailable and answer.is_write and not quirk.surely_not_done:
        kind = OutcomeUnknown
        message += " It may have been carried out; AdsEngine looks first before trying again."
    about = {
        "platform": answer.platform,
        "account": answer.account,
        "vendor_code": answer.code,
        "vendor_subcode": answer.subcode,
        "vendor_message": answer.message,
        "field": quirk.field or answer.field,
        "request_id": answer.request_id,
    }
    if kind is RateLimited:
        wait = quirk.retry_after if answer.retry_after is None else answer.retry_after
        return RateLimited(message, retry_after=wait, **about)
    return kind(message, **about)  # type: ignore[arg-type]


def created_without_id(
    platform: str, account: str, request_id: str | None = None
) -> OutcomeUnknown:
    """A create that succeeded and names nothing: only a look tells what exists."""
    return OutcomeUnknown(
        "The platform said yes without naming what it created. AdsEngine looks it up.",
        platform=platform,
        account=account,
        request_id=request_id,
    )
