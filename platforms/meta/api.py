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

from platforms.common.answers import (
    ListBounds,
    WrongShape,
    id_in,
    number_in,
    object_in,
    parse_object,
    rows_in,
)
from platforms.common.calls import Calls, Trace, governor_for
from platforms.common.checks import require_token
from platforms.common.error_table import ErrorResponse, ErrorRule, missing_id_error, to_error
from platforms.common.http import HttpSession, Request, excerpt, json_body
from platforms.errors import OutcomeUnknown, PlatformUnavailable, RateLimited, UnreadableAnswer
from platforms.interface import ClientConfig
from platforms.meta import errors
from platforms.meta.usage import record_usage

BASE_URL = "https://graph.facebook.com"
VIDEO_URL = "https://graph-video.facebook.com"
VERSION = "v26.0"
PAGE_SIZE = 500
_CODE_LENGTH, _REQUEST_ID_LENGTH = 40, 120

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

    def post(self, path: str, *, lowers: bool = False, **values: Any) -> Json:
        form = {**form_values(values), **self._proof}
        name, versioned = _operation_name("POST", path), _versioned_path(path)
        return self._send(Request(name, "POST", versioned, is_write=True, lowers=lowers, form=form))

    def update(self, path: str, *, lowers: bool = False, **values: Any) -> None:
        """Change an object. Raises OutcomeUnknown on a success that does not say so."""
        data = self.post(path, lowers=lowers, **values)
        if data.get("success") is not True:
            raise OutcomeUnknown(
                "Meta's answer does not say whether this was done. AdsEngine checks before it "
                "tries again.",
                platform="meta",
                account=self.config.account_id,
            )

    def validate(self, path: str, **values: Any) -> None:
        """Let Meta check what would be created; it writes nothing, so this is no write."""
        options = {"execution_options": ["validate_only"]}
        form = {**form_values({**values, **options}), **self._proof}
        name = f"{_operation_name('POST', path)} validate"
        self._send(Request(name, "POST", _versioned_path(path), form=form))

    def create(self, path: str, **values: Any) -> tuple[str, Json]:
        """(id of the new object, the answer)."""
        data = self.post(path, **values)
        try:
            return id_in(data, "id"), data
        except WrongShape:
            raise missing_id_error("meta", self.config.account_id) from None

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

    @property
    def calls(self) -> Calls:
        return self._session.calls

    def pause(self, seconds: float) -> None:
        self.calls.pause(seconds)

    def rows(self, path: str, **values: Any) -> Iterator[Json]:
        """Every row of an edge, page by page. Raises WrongShape on a list without an end."""
        after: dict[str, str] = {}
        bounds = ListBounds()
        while True:
            page = self.get(path, limit=PAGE_SIZE, **values, **after)
            yield from bounds.add(rows_in(page.get("data"), "data"))
            paging = object_in(page.get("paging"), "paging")
            if not paging.get("next"):
                return
            cursors = object_in(paging.get("cursors"), "cursors")
            after = {"after": bounds.next_cursor(cursors.get("after"))}

    def close(self) -> None:
        self._session.close()

    def _send(self, request: Request) -> Json:
        return self._session.send(request, self._reader(request))

    def _reader(self, request: Request) -> Callable[[httpx.Response, Trace], Json]:
        def read(response: httpx.Response, trace: Trace) -> Json:
            trace.request_id = response.headers.get("x-fb-trace-id", "")
            regain = record_usage(self.calls.governor, response.headers, trace)
            body = json_body(response)
            # An error can come with HTTP 200: the body decides, not the status.
            error = body.get("error") if body is not None else None
            if isinstance(error, dict) and isinstance(error.get("code"), int):
                trace.request_id = str(error.get("fbtrace_id") or trace.request_id)
                raise self._graph_error(error, request, regain)
            if body is None or error is not None or response.status_code >= 400:
                raise self._http_error(response, request, regain)
            return body

        return read

    def _graph_error(self, error: Json, request: Request, regain: float | None) -> Exception:
        message = str(error.get("error_user_msg") or error.get("message") or "")
        response = ErrorResponse(
            platform="meta",
            account=self.config.account_id,
            is_write=request.is_write,
            code=str(error.get("code", ""))[:_CODE_LENGTH],
            subcode=str(error.get("error_subcode") or "")[:_CODE_LENGTH],
            message=message,
            request_id=str(error.get("fbtrace_id") or "")[:_REQUEST_ID_LENGTH] or None,
            field=errors.field_of(blamed_fields(error), f"{message} {error.get('message', '')}"),
            retry_after=regain,
        )
        platform_error = errors.error_of(response, bool(error.get("is_transient")))
        if isinstance(platform_error, errors.WrongUploadOffset):
            platform_error.start, platform_error.end = _offsets(error_data(error))
        return platform_error

    def _http_error(
        self, response: httpx.Response, request: Request, regain: float | None
    ) -> Exception:
        error_response = ErrorResponse(
            platform="meta",
            account=self.config.account_id,
            is_write=request.is_write,
            code=f"HTTP {response.status_code}",
            message=excerpt(response),
            retry_after=regain,
        )
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            return to_error(
                ErrorRule(RateLimited, "Meta limits the number of calls.", None, 1.0),
                error_response,
            )
        # A refusal by a gateway says why by its status; a success without meaning says nothing.
        kind = UnreadableAnswer if response.is_success else PlatformUnavailable
        return to_error(ErrorRule(kind, "Meta did not send a valid answer."), error_response)


def error_data(error: Json) -> Json:
    """`error_data`, which is a JSON text or an object; empty when it is neither."""
    data = error.get("error_data")
    if isinstance(data, str):
        return parse_object(data) or {}
    return data if isinstance(data, dict) else {}


def blamed_fields(error: Json) -> list[list[str]]:
    """Paths of the fields that Meta names as wrong."""
    specs = error_data(error).get("blame_field_specs")
    paths = specs if isinstance(specs, list) else []
    return [[str(part) for part in path] for path in paths if isinstance(path, list)]


def _offsets(data: Json) -> tuple[int, int]:
    """Start and end of the part that Meta expects; -1 where it does not say."""
    try:
        found = [int(number_in(data, key)) for key in ("start_offset", "end_offset") if key in data]
    except WrongShape:
        found = []
    start, end = found if len(found) == len(("start", "end")) else (-1, -1)
    return start, end


def _versioned_path(path: str) -> str:
    return f"{VERSION}/{path}"


def _operation_name(method: str, path: str) -> str:
    """The operation without ids: `POST act/campaigns`, `GET node/adsets`."""
    head, _, edge = path.partition("/")
    kind = "act" if head.startswith("act_") else "node"
    return f"{method} {kind}/{edge}" if edge else f"{method} {kind}"
