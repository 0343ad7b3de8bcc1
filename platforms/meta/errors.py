"""Meta's codes and sub-codes, one rule each. A sub-code's rule goes before its code's.

Source: Meta Marketing API v26.0, error codes.
"""

from __future__ import annotations

import re

from platforms.common.error_table import ErrorResponse, ErrorRule, to_error, unlisted_code_rule
from platforms.errors import (
    CredentialsInvalid,
    PlatformError,
    PlatformUnavailable,
    PolicyViolation,
    RateLimited,
    Rejected,
    RemoteObjectMissing,
)

NAME = "Meta"

# Without a retry time from the vendor, calls.RetryPolicy decides the waits.
_BUSY = ErrorRule(RateLimited, "Meta limits the number of calls for a while.", retry_after=1.0)
_HOUR, _DAY = 3600.0, 86400.0
_FAULT = ErrorRule(PlatformUnavailable, "Meta reported an internal error.")
_RECONNECT = ErrorRule(CredentialsInvalid, "Meta no longer accepts the connection. Connect again.")
_SCOPE = ErrorRule(
    CredentialsInvalid, "The Meta connection lacks a permission. Connect with a person who has it."
)
_INVALID = ErrorRule(Rejected, "Meta refused a value.")


class WrongUploadOffset(Rejected):
    """Meta expects another chunk of the upload. It begins at `start`; negative where Meta does not
    say."""

    start = end = -1


CODE_RULES: dict[str, ErrorRule] = {
    "1": _FAULT,
    "2": _FAULT,
    "3": _SCOPE,
    "4": _BUSY,
    "10": _SCOPE,
    "17": _BUSY,
    "31": ErrorRule(
        CredentialsInvalid, "Meta requires a person to confirm something on Meta's own pages."
    ),
    "32": _BUSY,
    "100": _INVALID,
    "102": _RECONNECT,
    "190": _RECONNECT,
    "270": _SCOPE,
    "294": _SCOPE,
    "368": ErrorRule(
        PolicyViolation, "Meta has blocked this action for the account. See Meta's account quality."
    ),
    "613": _BUSY,
    "2635": ErrorRule(
        Rejected, "This version of Meta's interface has been retired. Update AdsEngine."
    ),
    "3018": ErrorRule(Rejected, "Meta keeps figures of 37 months and plans as far ahead.", "start"),
    "2703": ErrorRule(Rejected, "One of Meta's automated rules does not allow this."),
    **{str(code): _BUSY for code in (*range(80000, 80010), 80014)},
}

SUBCODE_RULES: dict[str, ErrorRule] = {
    "33": ErrorRule(
        RemoteObjectMissing, "This does not exist on Meta, or cannot be seen from here."
    ),
    "1487225": ErrorRule(
        RateLimited, "The account has reached its limit of new ads for now.", retry_after=_HOUR
    ),
    "1487632": ErrorRule(
        RateLimited, "Meta allows four budget changes an hour; try later.", retry_after=_HOUR
    ),
    "1885172": ErrorRule(
        RateLimited, "The account's spending limit was changed too often today.", retry_after=_DAY
    ),
    "1885272": ErrorRule(Rejected, "The daily budget is below Meta's minimum.", "daily_budget"),
    "1885261": ErrorRule(Rejected, "The daily budget is above Meta's maximum.", "daily_budget"),
    "1885621": ErrorRule(
        Rejected,
        "The budget can be on the campaign or on the ad sets, not on both.",
        "daily_budget",
    ),
    "4834011": ErrorRule(Rejected, "Meta requires a statement whether ad sets share their budget."),
    "4834005": ErrorRule(Rejected, "A shared ad set budget needs a bid strategy."),
    "3858418": ErrorRule(Rejected, "Budget sharing cannot be switched on for a running campaign."),
    "1870227": ErrorRule(
        Rejected, "Meta requires a statement whether it may widen the audience.", "age_min"
    ),
    "1870189": ErrorRule(Rejected, "A wider audience allows no upper age limit.", "age_max"),
    "1815430": ErrorRule(
        Rejected, "Meta requires the object that this ad set promotes.", "objective"
    ),
    "2490408": ErrorRule(Rejected, "Meta does not offer this goal for the objective.", "objective"),
    "2490487": ErrorRule(Rejected, "This bid strategy needs a bid."),
    "1487756": ErrorRule(
        Rejected, "Some of the places overlap. Remove the smaller ones.", "countries"
    ),
    "1885364": ErrorRule(Rejected, "Choose at least one country.", "countries"),
    "1487079": ErrorRule(Rejected, "Meta does not know one of the interests."),
    "1487694": ErrorRule(Rejected, "Meta has retired one of the interests."),
    "1487929": ErrorRule(Rejected, "The ad has more than one kind of content."),
    "1885998": ErrorRule(Rejected, "A dynamic ad needs a dynamic ad set."),
    "1885183": ErrorRule(Rejected, "The Meta app is still in development mode; publish it."),
    "1487810": ErrorRule(
        Rejected, "A link to an app store needs the app objective.", "landing_url"
    ),
    "3858504": ErrorRule(Rejected, "Meta no longer accepts its enhancements as one bundle."),
    "2490589": ErrorRule(Rejected, "Meta has removed one of the placements."),
    "1363037": ErrorRule(WrongUploadOffset, "Meta expects another part of the video."),
    "3018": ErrorRule(Rejected, "The start is too far in the future.", "start"),
}

_FIELDS = {
    "daily_budget": "daily_budget",
    "lifetime_budget": "daily_budget",
    "name": "name",
    "objective": "objective",
    "geo_locations": "countries",
    "countries": "countries",
    "age_min": "age_min",
    "age_max": "age_max",
    "genders": "gender",
    "start_time": "start",
    "end_time": "end",
    "link": "landing_url",
    "message": "descriptions",
    "image_hash": "image",
    "video_id": "video",
    "video_file_chunk": "video",
    "bytes": "image",
    "call_to_action": "call_to_action",
    "page_id": "page_id",
    "dsa_beneficiary": "dsa_beneficiary",
    "dsa_payor": "dsa_payor",
    "special_ad_categories": "political_ads",
}
_FIELD_PATTERNS = (
    (r"\bcountr(y|ies)\b", "countries"),
    (r"\bbudget\b", "daily_budget"),
    (r"\bobjective\b", "objective"),
    (r"\bgenders?\b", "gender"),
)
_POLICY = re.compile(r"advertising (policies|standards)|community standards", re.IGNORECASE)


def rule_of(code: str, subcode: str, message: str, is_transient: bool) -> ErrorRule:
    if subcode in SUBCODE_RULES:
        return SUBCODE_RULES[subcode]
    if code in CODE_RULES and CODE_RULES[code] is not _INVALID:
        return CODE_RULES[code]
    if is_transient:
        return _FAULT
    if code == "100":
        if "appsecret_proof" in message:
            return ErrorRule(CredentialsInvalid, "The Meta app secret is wrong. Enter it again.")
        if _POLICY.search(message):
            return ErrorRule(PolicyViolation, "Meta's advertising policy does not allow this ad.")
        return _INVALID
    if code.isdigit() and 200 <= int(code) <= 299:
        return _SCOPE
    return unlisted_code_rule(NAME, f"{code}/{subcode}" if subcode else code)


def field_of(blamed: list[list[str]], message: str) -> str | None:
    """Our name of the field: from Meta's list of wrong fields, else from its message."""
    parts = [part for path in blamed for part in reversed(path)]
    named = next((_FIELDS[part] for part in parts if part in _FIELDS), None)
    found = named or _field_named_in(message.lower())
    return found or ("countries" if "targeting" in parts else None)


def _field_named_in(message: str) -> str | None:
    words = set(re.findall(r"[a-z_]+", message))
    by_parameter = (
        our_name
        for meta_name, our_name in _FIELDS.items()
        if "_" in meta_name and meta_name in words
    )
    by_pattern = (our_name for pattern, our_name in _FIELD_PATTERNS if re.search(pattern, message))
    return next(by_parameter, None) or next(by_pattern, None)


def error_of(answer: ErrorResponse, is_transient: bool = False) -> PlatformError:
    return to_error(rule_of(answer.code, answer.subcode, answer.message, is_transient), answer)
