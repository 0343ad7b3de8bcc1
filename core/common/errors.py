"""The tree of our own failures.

AdsEngineError
  InvalidInput            what a person or program gave cannot be used; names the field
    RateMissing           no exchange rate of that day: an error, not a guess
  InvalidMove             a status change that the table forbids, or that somebody else made first
  GuardrailExceeded       over a limit that the advertiser holds
    SpendStopped          a stop switch is on: it passes once the switch is lifted
    LimitUnknown          a limit in another currency, without a rate
    ContentAltered        what is to be sent is not what was approved
  NotAllowed              the caller's role does not reach this far
  PlatformError           see platforms.errors
"""

from __future__ import annotations


class AdsEngineError(Exception):
    """Parent of every error that AdsEngine raises on purpose.

    `user_message` is shown to people as it is; `field` names the input to correct, where one
    is at fault; `code` is a stable word for programs.
    """

    code = "error"
    is_transient = False
    needs_person = False

    def __init__(
        self,
        user_message: str,
        *,
        field: str | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(user_message)
        self.user_message = user_message
        self.field = field
        self.request_id = request_id
        if code:
            self.code = code


class InvalidInput(AdsEngineError):
    code = "invalid_input"


class RateMissing(InvalidInput):
    code = "rate_missing"


class InputErrors(AdsEngineError):
    """Several refused fields at once, so that a form shows all of them."""

    code = "invalid_input"

    def __init__(self, errors: list[InvalidInput]) -> None:
        super().__init__(" ".join(e.user_message for e in errors), field=errors[0].field)
        self.errors = errors


class InvalidMove(AdsEngineError):
    code = "invalid_move"


class GuardrailExceeded(AdsEngineError):
    code = "guardrail"


class SpendStopped(GuardrailExceeded):
    """A stop switch is on: the advertiser's, or that of one `platform`."""

    def __init__(self, user_message: str, *, platform: str = "") -> None:
        super().__init__(user_message, code="platform_stopped" if platform else "stopped")
        self.platform = platform


class LimitUnknown(GuardrailExceeded):
    code = "limit_currency"


class ContentAltered(GuardrailExceeded):
    code = "altered"


class NotAllowed(AdsEngineError):
    code = "not_allowed"
