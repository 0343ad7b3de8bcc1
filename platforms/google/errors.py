"""Google Ads' error codes, one rule each: `category.CODE`, then `category.*`, then gRPC's status.

Source: Google Ads API v26, error enums and retry policy.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.common.money import MICROS
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

NAME = "Google Ads"

DUPLICATE_NAME = "campaign_error.DUPLICATE_CAMPAIGN_NAME"
# Reported only because another operation of the same request failed.
SECONDARY_CODES = ("new_resource_creation_error.TEMP_ID_RESOURCE_HAD_ERRORS",)

_FAULT = ErrorRule(PlatformUnavailable, "Google Ads reported an internal error.")
_UNREACHED = ErrorRule(
    PlatformUnavailable,
    "Google Ads could not be reached. AdsEngine tries again by itself.",
    not_executed=True,
)
_RACE = ErrorRule(PlatformUnavailable, "Google Ads was changing this object.", not_executed=True)
_QUOTA = ErrorRule(
    RateLimited, "Google Ads limits the number of calls for a while.", retry_after=5.0
)
_MISSING = ErrorRule(RemoteObjectMissing, "This no longer exists on Google Ads.")
_RECONNECT = ErrorRule(
    CredentialsInvalid, "Google no longer accepts the connection. Connect the account again."
)
_ACCESS = ErrorRule(
    CredentialsInvalid,
    "The Google connection does not reach this account. Check the manager account, or connect "
    "with a person who has access.",
)
_INVALID = ErrorRule(Rejected, "Google Ads refused a value.")
_POLICY = ErrorRule(PolicyViolation, "Google's advertising policy does not allow this.")
_BUDGET = ErrorRule(Rejected, "Google Ads refused the daily budget.", "daily_budget")
_LOW_BUDGET = ErrorRule(Rejected, "The daily budget is below Google's minimum.", "daily_budget")
_EU = ErrorRule(
    Rejected,
    "A campaign of this account has not declared whether it contains EU political ads. "
    "Declare it in Google Ads.",
    "political_ads",
)

ERROR_RULES: dict[str, ErrorRule] = {
    "authentication_error.*": _RECONNECT,
    "authentication_error.CUSTOMER_NOT_FOUND": _ACCESS,
    "authorization_error.*": _ACCESS,
    "authorization_error.CUSTOMER_NOT_ENABLED": ErrorRule(
        CredentialsInvalid, "The Google Ads account is not enabled."
    ),
    "header_error.*": _ACCESS,
    "request_error.INVALID_CUSTOMER_ID": ErrorRule(
        Rejected, "The Google Ads account number has ten digits.", "account_id"
    ),
    "request_error.LOGIN_CUSTOMER_ID_PARAMETER_MISSING": _ACCESS,
    "request_error.RESOURCE_NAME_MISSING": _INVALID,
    "request_error.*": _INVALID,
    "quota_error.*": _QUOTA,
    "internal_error.*": _FAULT,
    "database_error.CONCURRENT_MODIFICATION": _RACE,
    "database_error.*": _FAULT,
    "mutate_error.RESOURCE_NOT_FOUND": _MISSING,
    "mutate_error.EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED": _EU,
    "mutate_error.*": _INVALID,
    "campaign_error.DUPLICATE_CAMPAIGN_NAME": ErrorRule(
        Rejected, "A campaign with this name already exists on Google Ads.", "name"
    ),
    "campaign_error.CANNOT_SET_DATE_TO_PAST": ErrorRule(
        Rejected, "The start is in the past.", "start"
    ),
    "campaign_error.INVALID_STATUS_CHANGE": _MISSING,
    "campaign_error.*": _INVALID,
    "operation_access_denied_error.OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE": _MISSING,
    "operation_access_denied_error.*": ErrorRule(
        Rejected, "Google Ads does not allow this change for such a campaign."
    ),
    "context_error.OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE": _MISSING,
    "ad_group_error.*": _INVALID,
    "ad_error.*": _INVALID,
    "ad_group_ad_error.*": _INVALID,
    "asset_error.*": _INVALID,
    "asset_link_error.*": _INVALID,
    "collection_size_error.*": ErrorRule(Rejected, "Too few or too many texts for the ad."),
    "string_length_error.*": ErrorRule(Rejected, "A text has the wrong length for Google Ads."),
    "string_format_error.*": _INVALID,
    "criterion_error.*": _INVALID,
    "ad_group_criterion_error.*": _INVALID,
    "campaign_criterion_error.*": _INVALID,
    "date_error.*": _INVALID,
    "date_range_error.*": _INVALID,
    "field_error.*": _INVALID,
    "field_mask_error.*": _INVALID,
    "id_error.NOT_FOUND": _MISSING,
    "not_empty_error.*": _INVALID,
    "null_error.*": _INVALID,
    "range_error.*": _INVALID,
    "query_error.*": ErrorRule(Rejected, "Google Ads did not understand a report query."),
    "new_resource_creation_error.*": _INVALID,
    "resource_count_limit_exceeded_error.*": ErrorRule(
        Rejected, "The Google Ads account has reached its limit for objects of this kind."
    ),
    "setting_error.*": _INVALID,
    "url_field_error.*": ErrorRule(
        Rejected, "Google Ads refused the landing page URL.", "landing_url"
    ),
    "policy_finding_error.*": _POLICY,
    "policy_violation_error.*": _POLICY,
    "policy_validation_parameter_error.*": _POLICY,
    "currency_error.*": _BUDGET,
    "campaign_budget_error.*": _BUDGET,
    "campaign_budget_error.MONEY_AMOUNT_LESS_THAN_CURRENCY_MINIMUM_CPC": _LOW_BUDGET,
    "campaign_budget_error.BUDGET_BELOW_PER_DAY_MINIMUM": _LOW_BUDGET,
    "campaign_budget_error.MONEY_AMOUNT_TOO_LARGE": ErrorRule(
        Rejected, "The daily budget is above Google's maximum.", "daily_budget"
    ),
    "bidding_error.*": _INVALID,
    "bidding_strategy_error.*": _INVALID,
    # gRPC's own status, where the answer contains no GoogleAdsFailure.
    "UNAVAILABLE": _FAULT,
    "INTERNAL": _FAULT,
    "UNKNOWN": _FAULT,
    "CANCELLED": _FAULT,
    "DATA_LOSS": _FAULT,
    "DEADLINE_EXCEEDED": ErrorRule(PlatformUnavailable, "Google Ads did not answer in time."),
    "ABORTED": _RACE,
    "RESOURCE_EXHAUSTED": _QUOTA,
    "UNAUTHENTICATED": _RECONNECT,
    "PERMISSION_DENIED": _ACCESS,
    "NOT_FOUND": _MISSING,
    "INVALID_ARGUMENT": _INVALID,
    "FAILED_PRECONDITION": _INVALID,
}

_FIELDS = {
    "amount_micros": "daily_budget",
    "name": "name",
    "headlines": "headlines",
    "descriptions": "descriptions",
    "final_urls": "landing_url",
    "keyword": "keywords",
    "location": "countries",
    "geo_target_constant": "countries",
    "age_range": "age_min",
    "gender": "gender",
    "start_date_time": "start",
    "end_date_time": "end",
    "contains_eu_political_advertising": "political_ads",
    "advertising_channel_type": "objective",
}
# gRPC also reports UNAVAILABLE when nothing was sent: only these messages prove it.
_NEVER_SENT = (
    "failed to connect to all addresses",
    "dns resolution failed",
    "name resolution",
    "empty address list",
    "getting metadata from plugin failed",
)


@dataclass(frozen=True)
class Failure:
    """The content of a failed call, read from the SDK's exceptions."""

    code: str
    """`category.CODE` or gRPC's status."""
    message: str = ""
    path: tuple[str, ...] = ()
    request_id: str | None = None
    retry_after: float | None = None
    minimum_micros: int = 0


def rule_of(failure: Failure) -> ErrorRule:
    message = failure.message.lower()
    # A refused refresh token is reported as UNAVAILABLE; a retry cannot succeed.
    if "invalid_grant" in message:
        return _RECONNECT
    if failure.code == "UNAVAILABLE" and any(text in message for text in _NEVER_SENT):
        return _UNREACHED
    category = failure.code.partition(".")[0]
    rule = ERROR_RULES.get(failure.code) or ERROR_RULES.get(f"{category}.*")
    return rule or unlisted_code_rule(NAME, failure.code)


def field_of(path: tuple[str, ...]) -> str | None:
    """Our name of the innermost field of the path that has one."""
    return next((_FIELDS[part] for part in reversed(path) if part in _FIELDS), None)


def error_of(failure: Failure, account: str, *, is_write: bool) -> PlatformError:
    category, _, code = failure.code.rpartition(".")
    response = ErrorResponse(
        platform="google",
        account=account,
        is_write=is_write,
        code=code if not category else failure.code,
        message=failure.message,
        request_id=failure.request_id,
        field=field_of(failure.path),
        retry_after=failure.retry_after,
    )
    error = to_error(rule_of(failure), response)
    if failure.minimum_micros:
        error.user_message += f" It is {failure.minimum_micros / MICROS:,.2f}."
    return error
