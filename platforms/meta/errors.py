"""Meta's codes and sub-codes, one row a quirk. A sub-code's row goes before its code's.

Source: Meta Marketing API v26.0, error codes.
"""

from __future__ import annotations

import re

from platforms.common.error_table import Answer, ErrorRule, to_error, unlisted
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

# Without the vendor's advice a call waits a moment, then longer (see calls.RetryPolicy).
_BUSY = ErrorRule(RateLimited, "Meta asks for fewer calls for a while.", retry_after=1.0)
_HOUR, _DAY = 3600.0, 86400.0
_FAULT = ErrorRule(PlatformUnavailable, "Meta has a fault on its side.")
_RECONNECT = ErrorRule(CredentialsInvalid, "Meta no longer accepts the connection. Connect again.")
_SCOPE = ErrorRule(
    CredentialsInvalid, "The Meta connection lacks a permission. Connect with a person who has it."
)
_INVALID = ErrorRule(Rejected, "Meta refused a value.")


class UploadElsewhere(Rejected):
    """A chunk of an upload was not the one that Meta waits for. That one begins at `start`, below
    zero where Meta does not say."""

    start = end = -1


CODES: dict[str, ErrorRule] = {
    "1": _FAULT,
    "2": _FAULT,
    "3": _SCOPE,
    "4": _BUSY,
    "10": _SCOPE,
    "17": _BUSY,
    "31": ErrorRule(
        CredentialsInvalid, "Meta wants a person to confirm something in its own pages."
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
    "2703": ErrorRule(Rejected, "One of Meta's automated rules does not allow this."),
    **{str(code): _BUSY for code in (*range(80000, 80010), 80014)},
}

SUBCODES: dict[str, ErrorRule] = {
    "33": ErrorRule(
        RemoteObjectMissing, "This does not exist on Meta, or cannot be seen from here."
    ),
    "1487225": ErrorRule(
        RateLimited, "The account has reached its number of new ads for now.", retry_after=_HOUR
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
        "The budget may sit on the campaign or on the ad sets, not on both.",
        "daily_budget",
    ),
    "4834011": ErrorRule(Rejected, "Meta wants to know whether ad sets share their budget."),
    "4834005": ErrorRule(Rejected, "A shared ad set budget needs a bid strategy."),
    "3858418": ErrorRule(Rejected, "Budget sharing cannot be switched on for a running campaign."),
    "1870227": ErrorRule(
        Rejected, "Meta wants to know whether it may widen the audience.", "age_min"
    ),
    "1870189": ErrorRule(Rejected, "A wider audience allows no upper age limit.", "age_max"),
    "1815430": ErrorRule(Rejected, "Meta wants the object that this ad set promotes.", "objective"),
    "2490408": ErrorRule(Rejected, "Meta does not offer this goal for the objective.", "objective"),
    "2490487": ErrorRule(Rejected, "This bid strategy needs a bid."),
    "1487756": ErrorRule(
        Rejected, "Some of the places overlap. Remove the smaller ones.", "countries"
    ),
    "1885364": ErrorRule(Rejected, "Choose at least one country.", "countries"),
    "1487079": ErrorRule(Rejected, "Meta does not know one of the interests."),
    "1487694": ErrorRule(Rejected, "Meta has retired one of the interests."),
    "1487929": ErrorRule(Rejected, "The ad shows two things at once."),
    "1885998": ErrorRule(Rejected, "A dynamic ad needs a dynamic ad set."),
    "1885183": ErrorRule(Rejected, "The Meta app is still in development mode; publish it."),
    "1487810": ErrorRule(
        Rejected, "A link to an app store needs the app objective.", "landing_url"
    ),
    "3858504": ErrorRule(Rejected, "Meta no longer takes its enhancements as one bundle."),
    "2490589": ErrorRule(Rejected, "Meta has removed one of the placements."),
    "1363037": ErrorRule(UploadElsewhere, "Meta waits for another part of the video."),
    "3018": ErrorRule(Rejected, "The start lies too far ahead.", "start"),
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
_IN_WORDS = (
    (r"\bcountr(y|ies)\b", "countries"),
    (r"\bbudget\b", "daily_budget"),
    (r"\bobjective\b", "objective"),
    (r"\bgenders?\b", "gender"),
)
_POLICY = re.compile(r"advertising (policies|standards)|community standards", re.IGNORECASE)


def quirk_of(code: str, subcode: str, message: str, is_transient: bool) -> ErrorRule:
    if subcode in SUBCODES:
        return SUBCODES[subcode]
    if code in CODES and CODES[code] is not _INVALID:
        return CODES[code]
    if is_transient:
        return _FAULT
    if code == "100":
        if "appsecret_proof" in message:
            return ErrorRule(
                CredentialsInvalid, "The Meta app secret does not fit. Enter it again."
            )
        if _POLICY.search(message):
            return ErrorRule(PolicyViolation, "Meta's advertising policy does not allow this ad.")
        return _INVALID
    if code.isdigit() and 200 <= int(code) <= 299:
        return _SCOPE
    return unlisted(NAME, f"{code}/{subcode}" if subcode else code)


def field_of(blamed: list[list[str]], message: str) -> str | None:
    """Our name of the field: by the vendor's blame list, else by a name in its sentence."""
    parts = [part for path in blamed for part in reversed(path)]
    named = next((_FIELDS[part] for part in parts if part in _FIELDS), None)
    return named or _named_in(message.lower()) or ("countries" if "targeting" in parts else None)


def _named_in(sentence: str) -> str | None:
    words = set(re.findall(r"[a-z_]+", sentence))
    parameters = (ours for theirs, ours in _FIELDS.items() if "_" in theirs and theirs in words)
    in_words = (ours for pattern, ours in _IN_WORDS if re.search(pattern, sentence))
    return next(parameters, None) or next(in_words, None)


def error_of(answer: Answer, is_transient: bool = False) -> PlatformError:
    return to_error(quirk_of(answer.code, answer.subcode, answer.message, is_transient), answer)
