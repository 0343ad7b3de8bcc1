"""HTTP calls to Meta's Graph API: forms with JSON values, cursors, errors in the body, usage.

Source: Meta Marketing API v26.0, transport, paging and rate limits.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from platforms.common.calls import Calls, Governor, Trace, governor_for
from platforms.common.checks import require_token
from platforms.common.error_table import ErrorResponse, ErrorRule, missing_id_error, to_error
from platforms.common.http import HttpSession, Request, json_body
from platforms.errors import PlatformUnavailable, RateLimited
from platforms.interface import ClientConfig
from platforms.meta import errors

BASE_URL = "https://graph.facebook.com"
VIDEO_URL = "https://graph-video.facebook.com"
VERSION = "v26.0"
PAGE_SIZE = 500

Json = dict[str, Any]


def form_values(values: Mapping[str, Any]) -> dict[str, str]:
    """Lists, objects and booleans are JSON text; numbers and texts are plain."""
    return {key: _encode_value(value) for key, value in values.items()}


def _encode_value(value: Any) -> str:
    if isinstance(value, bool | list | dict):
        return json.dumps(value, separators=(",", ":"))
    return str(value)


def secret_proof(token: str, app_secret: str) -> str:
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


class MetaApi:
    """Sends one ad account's requests. The token is sent in the header only."""

    def __init__(
        self,
        config: ClientConfig,
        calls: Calls | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.config = config
        self.account = f"act_{config.account_id.removeprefix('act_')}"
        token = require_token("meta", config)
        app_secret = config.secrets.get("app_secret")
        self._proof = {"appsecret_proof": secret_proof(token, app_secret)} if app_secret else {}
        self._session = HttpSession(
            errors.NAME,
            config,
            config.endpoints.get("base_url") or BASE_URL,
            {"Authorization": f"Bearer {token}"},
            calls or Calls("meta", config, governor=governor_for("meta", config.account_id)),
            transport,
        )

    def get(self, path: str, **values: Any) -> Json:
        params = {**form_values(values), **self._proof}
        return self._send(
            Request(_operation_name("GET", path), "GET", _versioned_path(path), params=params)
        )

    def post(self, path: str, **values: Any) -> Json:
        form = {**form_values(values), **self._proof}
        name = _operation_name("POST", path)
        return self._send(Request(name, "POST", _versioned_path(path), is_write=True, form=form))

    def validate(self, path: str, **values: Any) -> None:
        """Let Meta check what would be created; it writes nothing, so this is no write."""
        options = {"execution_options": ["validate_only"]}
        form = {**form_values({**values, **options}), **self._proof}
        name = f"{_operation_name('POST', path)} validate"
        self._send(Request(name, "POST", _versioned_path(path), form=form))

    def create(self, path: str, **values: Any) -> tuple[str, Json]:
        """(id of the new object, the answer)."""
        data = self.post(path, **values)
        if not data.get("id"):
            raise missing_id_error("meta", self.config.account_id)
        return str(data["id"]), data

    def upload(self, path: str, name: str, content: bytes) -> Json:
        """Not a write: the same bytes give the same hash, however often they are sent."""
        request = Request(
            _operation_name("POST", path),
            "POST",
            _versioned_path(path),
            form=self._proof,
            files={"filename": (name, content, "application/octet-stream")},
        )
        return self._send(request)

    def upload_video(self, chunk: bytes | None = None, **values: Any) -> Json:
        """One phase of an upload in chunks, on Meta's host for videos. Not a write: an upload
        has no effect until an ad uses the video."""
        path = f"{self.account}/advideos"
        request = Request(
            _operation_name("POST", path),
            "POST",
            _versioned_path(path),
            form={**form_values(values), **self._proof},
            files={"video_file_chunk": ("chunk", chunk, "application/octet-stream")}
            if chunk is not None
            else None,
            base_url=self.config.endpoints.get("base_url") or VIDEO_URL,
        )
        return self._send(request)

    def pause(self, seconds: float) -> None:
        self._session.calls.pause(seconds)

    def rows(self, path: str, **values: Any) -> Iterator[Json]:
        """Every row of an edge, page by page."""
        after: dict[str, str] = {}
        while True:
            page = self.get(path, limit=PAGE_SIZE, **values, **after)
            yield from page.get("data") or []
            paging = page.get("paging") or {}
            if not paging.get("next"):
                return
            after = {"after": paging["cursors"]["after"]}

    def close(self) -> None:
        self._session.close()

    def _send(self, request: Request) -> Json:
        return self._session.send(request, self._reader(request))

    def _reader(self, request: Request) -> Callable[[httpx.Response, Trace], Json]:
        def read(response: httpx.Response, trace: Trace) -> Json:
            trace.request_id = response.headers.get("x-fb-trace-id", "")
            regain = record_usage(self._session.calls.governor, response.headers)
            body = json_body(response)
            # An error can come with HTTP 200: the body decides, not the status.
            if body is not None and isinstance(body.get("error"), dict):
                trace.request_id = str(body["error"].get("fbtrace_id") or trace.request_id)
                raise self._graph_error(body["error"], request, regain)
            if body is None or response.status_code >= 400:
                raise self._http_error(response, request, regain)
            return body

        return read

    def _graph_error(self, error: Json, request: Request, regain: float | None) -> Exception:
        message = str(error.get("error_user_msg") or error.get("message") or "")
        response = ErrorResponse(
            platform="meta",
            account=self.config.account_id,
            is_write=request.is_write,
            code=str(error.get("code", "")),
            subcode=str(error.get("error_subcode") or ""),
            message=message,
            request_id=error.get("fbtrace_id"),
            field=errors.field_of(blamed_fields(error), f"{message} {error.get('message', '')}"),
            retry_after=regain,
        )
        platform_error = errors.error_of(response, bool(error.get("is_transient")))
        if isinstance(platform_error, errors.WrongUploadOffset):
            data = error_data(error)
            platform_error.start = int(data.get("start_offset", -1))
            platform_error.end = int(data.get("end_offset", -1))
        return platform_error

    def _http_error(
        self, response: httpx.Response, request: Request, regain: float | None
    ) -> Exception:
        error_response = ErrorResponse(
            platform="meta",
            account=self.config.account_id,
            is_write=request.is_write,
            code=f"HTTP {response.status_code}",
            message=response.text[:200],
            retry_after=regain,
        )
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            return to_error(
                ErrorRule(RateLimited, "Meta limits the number of calls.", None, 1.0),
                error_response,
            )
        return to_error(
            ErrorRule(PlatformUnavailable, "Meta did not send a valid answer."), error_response
        )


def error_data(error: Json) -> Json:
    """`error_data`, which is a JSON text or an object; empty when it is neither."""
    data = error.get("error_data")
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError:
            return {}
    return data if isinstance(data, dict) else {}


def blamed_fields(error: Json) -> list[list[str]]:
    """Paths of the fields that Meta names as wrong."""
    specs = error_data(error).get("blame_field_specs")
    return [[str(part) for part in path] for path in specs or [] if isinstance(path, list)]


def record_usage(governor: Governor, headers: Mapping[str, str]) -> float | None:
    """Report the usage to the governor. Returns the seconds to wait, where Meta states them."""
    percent, regain = 0.0, 0.0
    for name in ("x-app-usage", "x-ad-account-usage", "x-business-use-case-usage"):
        for usage in _parse_usage(headers.get(name)):
            keys = ("call_count", "total_cputime", "total_time", "acc_id_util_pct")
            percent = max([percent, *(float(usage.get(key) or 0) for key in keys)])
            regain = max(regain, 60.0 * float(usage.get("estimated_time_to_regain_access") or 0))
    if percent:
        governor.record_usage(percent, regain)
    return regain or None


def _parse_usage(text: str | None) -> list[Json]:
    """The usage objects of one header: an object, or lists of objects by account."""
    try:
        data = json.loads(text) if text else {}
    except ValueError:
        return []
    if not isinstance(data, dict):
        return []
    nested = [each for value in data.values() if isinstance(value, list) for each in value]
    return [each for each in nested if isinstance(each, dict)] or [data]


def _versioned_path(path: str) -> str:
    return f"{VERSION}/{path}"


def _operation_name(method: str, path: str) -> str:
    """The operation without ids: `POST act/campaigns`, `GET node/adsets`."""
    head, _, edge = path.partition("/")
    kind = "act" if head.startswith("act_") else "node"
    return f"{method} {kind}/{edge}" if edge else f"{method} {kind}"
