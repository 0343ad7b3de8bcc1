"""TikTok's codes in the body (nearly all with HTTP 200), one rule each.

Source: TikTok API for Business v1.3, return codes.
"""

from __future__ import annotations

import re

from platforms.common.error_table import ErrorResponse, ErrorRule, to_error, unlisted_code_rule
from platforms.errors import (
    CallsUsedUp,
    CredentialsInvalid,
    PlatformError,
    PlatformUnavailable,
    PolicyViolation,
    RateLimited,
    Rejected,
    RemoteObjectMissing,
)

NAME = "TikTok"
OK, PARTLY_DONE, NOTHING_TO_UPDATE = "0", "20001", "40012"
TOO_FREQUENT = "40100"
DUPLICATE_REQUEST, DUPLICATE_FILE = "40050", "40911"

_INVALID = ErrorRule(Rejected, "TikTok refused a value.")
_MISSING = ErrorRule(RemoteObjectMissing, "This no longer exists on TikTok.")
_MEDIA = ErrorRule(Rejected, "TikTok cannot use this picture or video. Check its format and size.")
_RECONNECT = ErrorRule(
    CredentialsInvalid, "TikTok no longer accepts the connection. Connect again."
)
_SCOPE = ErrorRule(CredentialsInvalid, "The TikTok connection lacks a permission. Connect again.")
_BUSY = ErrorRule(CallsUsedUp, "TikTok limits the number of calls for a moment.", retry_after=1.0)
_FAULT = ErrorRule(PlatformUnavailable, "TikTok reported an internal error.")
_SETUP = ErrorRule(Rejected, "TikTok does not know this call. Update AdsEngine.")
_EXISTS = ErrorRule(Rejected, "An object with this name already exists on TikTok.", "name")
_TOO_MANY = ErrorRule(Rejected, "Too many objects in one request to TikTok.")
_FETCH = ErrorRule(PlatformUnavailable, "TikTok could not fetch the file.", not_executed=True)

ERROR_RULES: dict[str, ErrorRule] = {
    PARTLY_DONE: ErrorRule(Rejected, "TikTok carried this out for only some of the objects."),
    "40000": _INVALID,
    "40001": ErrorRule(Rejected, "The TikTok connection may not change this object."),
    "40002": _INVALID,
    "40006": _SETUP,
    "40007": _MISSING,
    "40008": _SETUP,
    "40010": _SETUP,
    "40011": _TOO_MANY,
    NOTHING_TO_UPDATE: ErrorRule(Rejected, "TikTok found nothing to change."),
    "40016": _BUSY,
    DUPLICATE_REQUEST: ErrorRule(Rejected, "TikTok has carried out this request before."),
    "40051": _SETUP,
    "40052": _EXISTS,
    "40053": _MEDIA,
    "40061": _TOO_MANY,
    "40065": ErrorRule(Rejected, "TikTok does not allow ads to people under 18 here.", "age_min"),
    TOO_FREQUENT: _BUSY,
    "40101": _RECONNECT,
    "40102": _RECONNECT,
    "40103": _RECONNECT,
    "40104": _RECONNECT,
    "40105": _RECONNECT,
    "40106": _RECONNECT,
    "40107": _RECONNECT,
    "40108": _RECONNECT,
    "40110": _RECONNECT,
    "40113": _RECONNECT,
    "40115": _RECONNECT,
    "40118": _SCOPE,
    "40125": _SCOPE,
    "40130": _SCOPE,
    "40132": _BUSY,
    "40133": _BUSY,
    "40202": ErrorRule(PlatformUnavailable, "TikTok was changing this object.", not_executed=True),
    "40300": _MISSING,
    "40301": _MISSING,
    "40502": ErrorRule(Rejected, "The TikTok account has reached its limit of ads."),
    # Documented as "check the parameters", but a repeated call can succeed, so reads retry.
    "40700": ErrorRule(PlatformUnavailable, "A service inside TikTok refused this."),
    "40900": _MEDIA,
    "40901": ErrorRule(RateLimited, "TikTok is still preparing the media file.", retry_after=5.0),
    "40902": _FETCH,
    "40903": _FETCH,
    "40904": _MEDIA,
    "40905": _MISSING,
    "40906": _MEDIA,
    "40907": _MEDIA,
    "40908": _MEDIA,
    "40909": _MEDIA,
    "40910": _MEDIA,
    DUPLICATE_FILE: _EXISTS,
    "40913": _FETCH,
    "40914": _MEDIA,
    "40915": _MEDIA,
    "40916": _MEDIA,
    "41001": _SETUP,
    "41002": _SETUP,
    "50000": _FAULT,
    "50002": _FAULT,
    "60001": ErrorRule(PlatformUnavailable, "TikTok is under maintenance.", not_executed=True),
}

# The wrong field is named only in the message: as a parameter or in plain words.
_FIELD_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"location|region|country|countries", "countries"),
    (r"age_group|age group|\bages?\b", "age_min"),
    (r"\bgender", "gender"),
    (r"image", "image"),
    (r"video", "video"),
    (r"ad_text|ad text", "descriptions"),
    (r"landing_page|landing page|\burl\b", "landing_url"),
    (r"call_to_action|call to action", "call_to_action"),
    (r"identity", "identity_id"),
    (r"schedule_start|start time", "start"),
    (r"schedule_end|end time", "end"),
    (r"budget", "daily_budget"),
    (r"objective", "objective"),
    (r"(campaign|adgroup|ad group|ad)[_ ]name", "name"),
)
_POLICY = re.compile(r"polic(y|ies)|prohibited|restricted (content|product)", re.IGNORECASE)
_OF_ADVERTISER = re.compile(r"\badvertiser\b", re.IGNORECASE)


def rule_of(code: str, message: str) -> ErrorRule:
    if code == "40001" and _OF_ADVERTISER.search(message):
        return _SCOPE
    if code in ("40000", "40002") and _POLICY.search(message):
        return ErrorRule(PolicyViolation, "TikTok's advertising policy does not allow this ad.")
    if code.startswith("51") and len(code) == len("51000"):
        return _FAULT
    return ERROR_RULES.get(code) or unlisted_code_rule(NAME, code)


def field_of(message: str) -> str | None:
    """Our name of the field that TikTok's message is about."""
    lowered = message.lower()
    return next(
        (our_name for pattern, our_name in _FIELD_PATTERNS if re.search(pattern, lowered)), None
    )


def error_of(answer: ErrorResponse) -> PlatformError:
    rule = rule_of(answer.code, answer.message)
    if not issubclass(rule.error, Rejected) or rule.error is RemoteObjectMissing:
        return to_error(rule, answer)
    field = field_of(answer.message)
    return to_error(rule, ErrorResponse(**{**answer.__dict__, "field": answer.field or field}))
