"""HTTP calls to TikTok: response envelope, JSON in parameters, pages.

Source: TikTok API for Business v1.3, transport.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import httpx

from platforms.common.answers import ListBounds, WrongShape, count_in, id_in, object_in, rows_in
from platforms.common.call_limits.turns import Turns
from platforms.common.calls import Calls, Trace
from platforms.common.checks import require_token
from platforms.common.error_table import ErrorResponse, ErrorRule, missing_id_error, to_error
from platforms.common.http import FileContent, HttpSession, Request, excerpt, json_body
from platforms.errors import PlatformUnavailable, UnreadableAnswer
from platforms.interface import ClientConfig
from platforms.tiktok import errors, limits

BASE_URL = "https://business-api.tiktok.com/open_api/v1.3"
PAGE_SIZE = 1000
_CODE_LENGTH, _REQUEST_ID_LENGTH = 40, 120

Json = dict[str, Any]


def parameters(values: Mapping[str, Any]) -> dict[str, str]:
    """Query parameters: scalars plain, lists and objects as JSON text in one parameter."""
    return {key: _encode_value(value) for key, value in values.items()}


def _encode_value(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


class TikTokApi:
    """Sends one advertiser's requests and reads the response envelope. Raises platforms.errors."""

    def __init__(
        self,
        config: ClientConfig,
        calls: Calls | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.config = config
        pace = int(float(config.options.get("queries_per_second") or limits.QUERIES_PER_SECOND))
        rules_of = partial(limits.rules_of, per_second=max(pace, 1))
        self._session = HttpSession(
            errors.NAME,
            config,
            config.endpoints.get("base_url") or BASE_URL,
            {"Access-Token": require_token("tiktok", config)},
            calls or Calls("tiktok", config, turns=Turns("tiktok", config, rules_of)),
            transport,
        )

    def get(self, path: str, **values: Any) -> Json:
        params = parameters({"advertiser_id": self.config.account_id, **values})
        return self._send(Request(f"GET {path}", "GET", _with_slash(path), params=params))

    def post(self, path: str, *, lowers: bool = False, **values: Any) -> Json:
        body = {"advertiser_id": self.config.account_id, **values}
        name, slashed = f"POST {path}", _with_slash(path)
        return self._send(Request(name, "POST", slashed, is_write=True, lowers=lowers, json=body))

    def create(self, path: str, id_key: str, **values: Any) -> tuple[str, Json]:
        """(id of the new object, the answer)."""
        data = self.post(path, **values)
        new_id = data.get(id_key)
        if isinstance(new_id, list):
            new_id = new_id[0] if new_id else None
        try:
            return id_in({id_key: new_id}, id_key), data
        except WrongShape:
            raise missing_id_error("tiktok", self.config.account_id) from None

    def upload(
        self, path: str, form: Mapping[str, str], field: str, name: str, content: FileContent
    ) -> Json:
        """Not a write: a second copy of a file costs and changes nothing."""
        request = Request(
            f"POST {path}",
            "POST",
            _with_slash(path),
            form={"advertiser_id": self.config.account_id, **form},
            files={field: (name, content, "application/octet-stream")},
        )
        return self._send(request)

    @property
    def calls(self) -> Calls:
        return self._session.calls

    def pause(self, seconds: float) -> None:
        self.calls.pause(seconds)

    def pages(self, path: str, **values: Any) -> Iterator[Json]:
        """Every row of a list, page by page. Raises WrongShape on a list without an end, and on
        one that changed while it was read: a row may have moved to a page that was read before."""
        page, seen, total = 1, 0, None
        bounds = ListBounds()
        while True:
            data = self.get(path, page=page, page_size=PAGE_SIZE, **values)
            info = object_in(data.get("page_info"), "page_info")
            rows = bounds.add(rows_in(data.get("list"), "list"))
            seen += len(rows)
            stated = count_in(info, "total_number") if "total_number" in info else None
            if total not in (None, stated):
                raise WrongShape("a list changed while it was read")
            total = stated
            yield from rows
            if page >= count_in(info, "total_page"):
                break
            page += 1
        if page > 1 and seen < (total or 0):
            raise WrongShape(f"a list of {total} rows holds {seen}")

    def close(self) -> None:
        self._session.close()

    def _send(self, request: Request) -> Json:
        return self._session.send(request, self._reader(request))

    def _reader(self, request: Request) -> Callable[[httpx.Response, Trace], Json]:
        def read(response: httpx.Response, trace: Trace) -> Json:
            body = json_body(response)
            if body is None or not _is_code(body.get("code")):
                raise self._http_error(response, request)
            trace.request_id = str(body.get("request_id") or "")[:_REQUEST_ID_LENGTH]
            code, data = str(body["code"]), body.get("data")
            if code != errors.OK:
                raise errors.error_of(self._error_response(request, body))
            # A video upload answers with a list; everything else with an object.
            return data if isinstance(data, dict) else {"list": data or []}

        return read

    def _error_response(self, request: Request, body: Json) -> ErrorResponse:
        message = str(body.get("message") or "")
        data = body.get("data")
        failed = data.get("error_list") if isinstance(data, dict) else None
        if isinstance(failed, list):
            parts = [each.get("error_message", "") for each in failed if isinstance(each, dict)]
            message = "; ".join(map(str, parts)) or message
        return ErrorResponse(
            platform="tiktok",
            account=self.config.account_id,
            is_write=request.is_write,
            code=str(body["code"])[:_CODE_LENGTH],
            message=message,
            request_id=str(body.get("request_id") or "")[:_REQUEST_ID_LENGTH] or None,
        )

    def _http_error(self, response: httpx.Response, request: Request) -> Exception:
        """TikTok sends HTTP errors only when the request never reached the API, or in an outage."""
        error_response = ErrorResponse(
            platform="tiktok",
            account=self.config.account_id,
            is_write=request.is_write,
            code=f"HTTP {response.status_code}",
            message=excerpt(response),
        )
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            return to_error(errors.ERROR_RULES[errors.TOO_FREQUENT], error_response)
        if 400 <= response.status_code < 500:
            return to_error(errors.ERROR_RULES["40006"], error_response)
        kind = UnreadableAnswer if response.is_success else PlatformUnavailable
        return to_error(ErrorRule(kind, "TikTok did not send a valid answer."), error_response)


def _is_code(value: Any) -> bool:
    return str(value).isdigit() and isinstance(value, int | str)


def _with_slash(path: str) -> str:
    """The path with the trailing slash that TikTok requires."""
    return f"{path.strip('/')}/"
