"""Refusals of the Google emulator, sent as GoogleAdsFailure in trailing metadata.

The official client reads most failures from a binary metadata key, but leaves RESOURCE_EXHAUSTED
and INTERNAL to google.api_core, which reads grpc-status-details-bin: both are sent always.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import grpc
from google.ads.googleads.v26.errors.types import errors as error_types  # noqa: TID251
from google.rpc import status_pb2

Step = tuple[str, int | None]
Path = tuple[Step, ...]

FAILURE_KEY = "google.ads.googleads.v26.errors.googleadsfailure-bin"
_Failure = error_types.GoogleAdsFailure.pb()
_Details = error_types.ErrorDetails.pb()

_STATUS = {
    "authentication_error": grpc.StatusCode.UNAUTHENTICATED,
    "authorization_error": grpc.StatusCode.PERMISSION_DENIED,
    "header_error": grpc.StatusCode.INVALID_ARGUMENT,
    "quota_error": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "internal_error": grpc.StatusCode.INTERNAL,
}
_STATUS_MESSAGES = {
    grpc.StatusCode.INVALID_ARGUMENT: "Request contains an invalid argument.",
    grpc.StatusCode.UNAUTHENTICATED: "Request had invalid authentication credentials.",
    grpc.StatusCode.PERMISSION_DENIED: "The caller does not have permission",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "Resource has been exhausted (e.g. check quota).",
    grpc.StatusCode.INTERNAL: "Internal error encountered.",
    grpc.StatusCode.UNAVAILABLE: "The service is currently unavailable.",
    grpc.StatusCode.DEADLINE_EXCEEDED: "Deadline expired before operation could complete.",
}


@dataclass(frozen=True)
class Problem:
    """One GoogleAdsError: category and code as in v26 `ErrorCode`, and the path of the field."""

    category: str
    code: str
    message: str
    path: Path = ()
    trigger: str = ""
    details: Any = None

    def nested_under(self, path: Path) -> "Problem":
        """The same problem with `path` put before its own path."""
        return replace(self, path=(*path, *self.path))


@dataclass
class Refusal(Exception):
    """The request is answered with a failure; nothing was changed, except after a lost answer."""

    status: grpc.StatusCode
    problems: tuple[Problem, ...] = field(default=())

    @property
    def status_message(self) -> str:
        return _STATUS_MESSAGES.get(self.status, "Request failed.")


def refuse(category: str, code: str, message: str, *, path: Path = ()) -> NoReturn:
    """Refuse the whole request with one problem, with the gRPC status of its category."""
    raise refusal([Problem(category, code, message, path)])


def refusal(problems: Iterable[Problem]) -> Refusal:
    items = tuple(problems)
    status = _STATUS.get(items[0].category, grpc.StatusCode.INVALID_ARGUMENT)
    return Refusal(status, items)


def failure_message(problems: Iterable[Problem], request_id: str) -> Any:
    """A GoogleAdsFailure message with `problems`."""
    message = _Failure(request_id=request_id)
    for problem in problems:
        _fill(message.errors.add(), problem)
    return message


def rpc_status(problems: Iterable[Problem], request_id: str, code: int, message: str) -> Any:
    """A google.rpc.Status with the failure packed in `details`, as for partial failures."""
    status = status_pb2.Status(code=code, message=message)
    items = tuple(problems)
    if items:
        status.details.add().Pack(failure_message(items, request_id))
    return status


def trailing_metadata(refusal: Refusal, request_id: str) -> tuple[tuple[str, str | bytes], ...]:
    status = rpc_status(
        refusal.problems, request_id, refusal.status.value[0], refusal.status_message
    )
    rows: list[tuple[str, str | bytes]] = [
        ("request-id", request_id),
        ("grpc-status-details-bin", status.SerializeToString()),
    ]
    if refusal.problems:
        rows.append(
            (FAILURE_KEY, failure_message(refusal.problems, request_id).SerializeToString())
        )
    return tuple(rows)


def quota_details(retry_seconds: float, *, rate_name: str = "Requests per day") -> Any:
    details = _Details()
    quota = details.quota_error_details
    quota.rate_scope = (
        quota.DESCRIPTOR.fields_by_name["rate_scope"].enum_type.values_by_name["DEVELOPER"].number
    )
    quota.rate_name = rate_name
    quota.retry_delay.FromNanoseconds(int(retry_seconds * 1e9))
    return details


def daily_minimum_details(currency: str, minimum_micros: int, failed_micros: int) -> Any:
    details = _Details()
    budget = details.budget_per_day_minimum_error_details
    budget.currency_code = currency
    budget.budget_per_day_minimum_micros = minimum_micros
    budget.minimum_budget_amount_micros = minimum_micros
    budget.failed_budget_amount_micros = failed_micros
    return details


def count_limit_details(enclosing_resource: str, limit: int, existing: int) -> Any:
    details = _Details()
    count = details.resource_count_details
    count.enclosing_resource = enclosing_resource
    count.limit, count.existing_count = limit, existing
    return details


def _fill(message: Any, problem: Problem) -> None:
    _set_code(message.error_code, problem.category, problem.code)
    message.message = problem.message
    if problem.trigger:
        message.trigger.string_value = problem.trigger
    for name, index in problem.path:
        element = message.location.field_path_elements.add(field_name=name)
        if index is not None:
            element.index = index
    if problem.details is not None:
        message.details.CopyFrom(problem.details)


def _set_code(error_code: Any, category: str, code: str) -> None:
    enum = error_code.DESCRIPTOR.fields_by_name[category].enum_type
    setattr(error_code, category, enum.values_by_name[code].number)
