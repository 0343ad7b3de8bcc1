"""Meta's error envelope, and the errors of the emulator."""

from __future__ import annotations

import json
from typing import Any

from sandbox.http.webapp import Response

# error_user_title and error_user_msg by sub-code. (Meta Marketing API, errors)
_USER_MESSAGES = {
    4834011: (
        "Must specify True or False in is_adset_budget_sharing_enabled field",
        "Without a campaign budget, say whether ad sets may share up to 20 % of their budgets.",
    ),
    4834005: (
        "Ad set budget sharing needs a bid strategy",
        "Send bid_strategy with is_adset_budget_sharing_enabled=true.",
    ),
    3858418: (
        "Ad set budget sharing can't be turned on",
        "Pause the campaign before its ad sets may share their budgets.",
    ),
    1885621: (
        "Can't set ad set budget while the campaign has one",
        "Remove the budget from the ad set or from the campaign.",
    ),
    1870227: (
        "Advantage audience flag required",
        "Set targeting_automation.advantage_audience to 0 or 1 in targeting.",
    ),
    1870189: (
        "Maximum age too low for Advantage audience",
        "With advantage_audience=1, age_max must be 65 or absent.",
    ),
    1815430: ("Select a promoted object", "This optimization goal needs a promoted_object."),
    2490408: (
        "Optimization goal isn't available",
        "Choose an optimization goal that the campaign objective allows.",
    ),
    2490487: ("Bid amount required", "This bid strategy needs bid_amount."),
    1885364: ("Targeting needs a location", "Add at least one place to geo_locations."),
    1487756: ("Locations overlap", "Remove the place that lies inside another one."),
    1487079: ("Invalid interest", "Use ids from GET /search?type=adinterest."),
    1487929: ("Too many story types", "Send exactly one of link_data, video_data, photo_data."),
    1487810: (
        "A link to an app store needs the app objective",
        "Choose the objective app promotion, or link to a website.",
    ),
    1885998: (
        "Dynamic creative needs a dynamic ad set",
        "An asset feed belongs into an ad set with is_dynamic_creative=true.",
    ),
    3858504: ("standard_enhancements is retired", "List the creative features one by one."),
    2490589: ("Placement isn't available", "instagram_positions: use explore_home."),
    1885261: ("Budget is too high", "Use a lower budget."),
    3018: ("Start date too far ahead", "The start may be at most 37 months ahead."),
    1487632: (
        "Budget changed too often",
        "The budget of an object can be changed 4 times an hour. Try again in an hour.",
    ),
}


class GraphError(Exception):
    """An error object of the Graph API, with its HTTP status."""

    def __init__(
        self,
        message: str,
        code: int = 100,
        subcode: int | None = None,
        *,
        status: int = 400,
        fields: tuple[str, ...] = (),
        user: tuple[str, str] | None = None,
        transient: bool = False,
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {
            "message": message,
            "type": "OAuthException",
            "code": code,
            "is_transient": transient,
        }
        title, advice = user or _USER_MESSAGES.get(subcode or 0, ("", ""))
        if subcode is not None:
            self.body["error_subcode"] = subcode
        if title:
            self.body |= {"error_user_title": title, "error_user_msg": advice}
        blame = {"blame_field_specs": [list(fields)]} if fields else {}
        if blame or data:
            self.body["error_data"] = json.dumps({**blame, **(data or {})})

    def response(self, trace: str) -> Response:
        return Response(self.status, {"error": {**self.body, "fbtrace_id": trace}})


def invalid(message: str, *fields: str, subcode: int | None = None) -> GraphError:
    text = message if message.startswith("(#") or subcode else f"(#100) {message}"
    return GraphError("Invalid parameter" if subcode else text, 100, subcode, fields=fields)


def required(name: str) -> GraphError:
    return invalid(f"The parameter {name} is required.", name)


def not_one_of(name: str, allowed: tuple[str, ...]) -> GraphError:
    return invalid(f"Param {name} must be one of {{{', '.join(allowed)}}}", name)


def missing_object(node: str, method: str = "GET") -> GraphError:
    return GraphError(
        f"Unsupported {method.lower()} request. Object with ID '{node}' does not exist, cannot be "
        "loaded due to missing permissions, or does not support this operation.",
        100,
        33,
    )


def bad_token() -> GraphError:
    return GraphError("Invalid OAuth access token - Cannot parse access token", 190, status=401)


def expired_token() -> GraphError:
    return GraphError(
        "Error validating access token: Session has expired. Log in again.", 190, 463, status=401
    )


def wrong_upload_offset(offsets: dict[str, str]) -> GraphError:
    """A chunk did not begin at the expected offset; the answer has the expected one."""
    return GraphError("Resume the upload", 100, 1363037, transient=True, data=offsets)


def too_many_calls(code: int) -> GraphError:
    return GraphError(
        f"(#{code}) There have been too many calls to this ad-account. Wait a bit and try again.",
        code,
        2446079,
        user=("Ad account has too many API calls", "Wait a bit and try again."),
        transient=True,
    )


def server_fault() -> GraphError:
    return GraphError(
        "An unexpected error has occurred. Please retry your request later.",
        2,
        status=500,
        transient=True,
    )


def security_check_required() -> GraphError:
    """With HTTP 200: the account owner must confirm something first."""
    return GraphError(
        "You need to complete a security check before you can advertise.", 31, 3858385, status=200
    )


def account_blocked() -> GraphError:
    """A write on an account that is not active."""
    return GraphError("(#368) The action attempted has been blocked for this ad account.", 368)


def budget_too_low(minimum: str, field: str) -> GraphError:
    return GraphError(
        "Invalid parameter",
        100,
        1885272,
        fields=(field,),
        user=("Budget is too low", f"Your budget must be at least {minimum} a day."),
    )


def too_many_budget_edits() -> GraphError:
    return GraphError("(#613) Calls to this api have exceeded the rate limit.", 613, 1487632)
