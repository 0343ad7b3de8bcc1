"""The exception hierarchy of AdsEngine.

AdsEngineError
  InvalidInput            input of a person or program is invalid; names the field
    RateMissing           no exchange rate of that day: an error, not a guess
  InputErrors             several InvalidInput errors at once
  InvalidMove             a status change that is not allowed, or that conflicts with another one
  GuardrailExceeded       above a limit of the advertiser
    SpendStopped          a stop switch is on: it passes once the switch is lifted
    LimitUnknown          a limit in another currency, without a rate
    ContentAltered        what is to be sent is not what was approved
  NotAllowed              the caller's role is too low
  PlatformError           see platforms.errors
"""

from __future__ import annotations


class AdsEngineError(Exception):
    """Parent of every error that AdsEngine raises on purpose.

    `user_message` is shown to people unchanged; `field` names the input to correct, where there
    is one; `code` is a stable identifier for programs.
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

    @property
    def postponed_seconds(self) -> float | None:
        """After so long a job goes on; until then it waits, which is no failure of it. None: an
        error like any other."""
        return None


class InvalidInput(AdsEngineError):
    code = "invalid_input"


class RateMissing(InvalidInput):
    code = "rate_missing"


class InputErrors(AdsEngineError):
    """Several invalid fields at once, so that a form shows all of them."""

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
