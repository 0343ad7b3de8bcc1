"""Errors of platform calls, grouped by what the caller can do.

PlatformError                has platform, account, vendor code and sub-code, vendor's message
  RateLimited                transient; wait retry_after seconds
    CallsUsedUp              the vendor counts calls, and this was one too many
  PlatformUnavailable        transient; certainly not carried out
    UnreadableAnswer         a read's answer has no meaning: wrong shape, too large, without end
    CircuitOpen              not sent: the account's calls failed too often; wait retry_after
  OutcomeUnknown             may have been carried out: read back first, then decide
  Rejected                   final; the vendor refused; names field and reason
    PolicyViolation          final; a person must change the ad
    RemoteObjectMissing      deleted on the platform
  CredentialsInvalid         needs a person; stops the account, not the queue
  UnsupportedFeature         the platform cannot do this; a programming error or a wrong button
"""

from __future__ import annotations

from core.common.errors import AdsEngineError


class PlatformError(AdsEngineError):
    code = "platform_error"

    def __init__(
        self,
        user_message: str,
        *,
        platform: str,
        account: str = "",
        vendor_code: str = "",
        vendor_subcode: str = "",
        vendor_message: str = "",
        field: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(user_message, field=field, request_id=request_id)
        self.platform = platform
        self.account = account
        self.vendor_code = vendor_code
        self.vendor_subcode = vendor_subcode
        self.vendor_message = vendor_message

    def __str__(self) -> str:
        codes = "/".join(part for part in (self.vendor_code, self.vendor_subcode) if part)
        request = f"request {self.request_id}: " if self.request_id else ""
        return f"{request}{self.platform} {codes or self.code}: {self.user_message}"


class RateLimited(PlatformError):
    code = "rate_limited"
    is_transient = True

    def __init__(
        self, user_message: str, *, retry_after: float = 60.0, **about: str | None
    ) -> None:
        super().__init__(user_message, **about)  # type: ignore[arg-type]
        self.retry_after = retry_after


class CallsUsedUp(RateLimited):
    """A job that meets it waits until there are calls again."""

    code = "calls_used_up"
    is_told = False
    """Whether an incident of the used-up calls tells of it already."""

    @property
    def postponed_seconds(self) -> float:
        return self.retry_after


class PlatformUnavailable(PlatformError):
    code = "platform_unavailable"
    is_transient = True


class UnreadableAnswer(PlatformUnavailable):
    code = "unreadable_answer"


class CircuitOpen(PlatformUnavailable):
    code = "circuit_open"

    def __init__(self, user_message: str, *, retry_after: float, **about: str | None) -> None:
        super().__init__(user_message, **about)  # type: ignore[arg-type]
        self.retry_after = retry_after


class OutcomeUnknown(PlatformError):
    code = "outcome_unknown"


class Rejected(PlatformError):
    code = "rejected"


class PolicyViolation(Rejected):
    code = "policy_violation"
    needs_person = True


class RemoteObjectMissing(Rejected):
    code = "remote_object_missing"


class CredentialsInvalid(PlatformError):
    code = "credentials_invalid"
    needs_person = True


class UnsupportedFeature(PlatformError):
    code = "unsupported_feature"

    def __init__(self, platform: str, feature: str) -> None:
        super().__init__(f"{platform} cannot do this here: {feature}.", platform=platform)
        self.feature = feature
