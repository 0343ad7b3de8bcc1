"""What refuses a change or holds it, by the type of the error: stored with the request."""

from __future__ import annotations

from campaigns.models import PublishRequest
from core.common.errors import (
    AdsEngineError,
    ContentAltered,
    GuardrailExceeded,
    InvalidInput,
    SpendStopped,
)
from platforms.errors import CredentialsInvalid, OutcomeUnknown, PlatformError

Refusal = PublishRequest.Refusal


def refusal_of(err: AdsEngineError) -> str:
    """A PublishRequest.Refusal, or "" where the error refuses nothing: the change is tried again
    by itself, as after a time-out."""
    if isinstance(err, SpendStopped):
        return Refusal.PLATFORM_STOP if err.platform else Refusal.ADVERTISER_STOP
    if isinstance(err, ContentAltered | InvalidInput):
        return Refusal.CONTENT
    if isinstance(err, GuardrailExceeded):
        return Refusal.LIMIT
    passes = err.is_transient or isinstance(err, OutcomeUnknown | CredentialsInvalid)
    return Refusal.PLATFORM if isinstance(err, PlatformError) and not passes else ""
