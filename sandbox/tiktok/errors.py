"""TikTok's return codes, almost all of them sent with HTTP 200."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

INVALID = 40002
NO_PERMISSION = 40001
NOT_FOUND = 40007
NOTHING_TO_UPDATE = 40012
TOO_MANY_IDS = 40011
DUPLICATE_REQUEST = 40050
EXISTS = 40052
AGE_NOT_ALLOWED = 40065
TOO_FREQUENT = 40100
TOKEN_EXPIRED = 40102
TOKEN_EMPTY = 40104
TOKEN_WRONG = 40105
AUTH_CODE_WRONG = 40110
WRONG_SIGNATURE = 40900
FILE_EXISTS = 40911
BAD_IMAGE = BAD_VIDEO = 40904
NOT_READY = 40901
WRONG_MEDIA = 40053
AD_LIMIT = 40502
SYSTEM = 50000
PARTLY_DONE = 20001
TOO_FREQUENT_MESSAGE = "Too many requests. Please retry in some time."


class ApiError(Exception):
    """A refusal: code and message; `data` is empty unless something was carried out."""

    def __init__(self, code: int, message: str, data: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data or {}


def invalid(message: str) -> ApiError:
    return ApiError(INVALID, message)


def missing(names: Iterable[str]) -> ApiError:
    return ApiError(INVALID, f"Missing required field(s): {', '.join(names)}.")


def not_one_of(name: str, value: object, allowed: Iterable[str]) -> ApiError:
    return ApiError(
        INVALID, f"{name}: Invalid value {value!r}. Allowed values: {', '.join(sorted(allowed))}."
    )


def no_permission(advertiser_id: object) -> ApiError:
    return ApiError(NO_PERMISSION, f"No permission to operate advertiser {advertiser_id}.")
