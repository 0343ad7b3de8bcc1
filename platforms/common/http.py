"""The HTTP client of Meta and TikTok: time-outs, a deadline, a largest answer, and failures that
leave the outcome unknown."""

from __future__ import annotations

import functools
import ipaddress
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeAlias, TypeVar
from urllib.parse import urlsplit

import httpx

from platforms.common.answers import parse_object
from platforms.common.bounds import AnswerTooLarge, Deadline, bound, read_bounded
from platforms.common.calls import Calls, Trace
from platforms.common.uploads import LONGEST_UPLOAD_SECONDS
from platforms.errors import OutcomeUnknown, PlatformError, PlatformUnavailable, UnreadableAnswer
from platforms.interface import ClientConfig

T = TypeVar("T")
# A large file is passed as a reader and sent from disk.
FileContent: TypeAlias = bytes | BinaryIO

_CONNECT_SECONDS = 5.0
# Raised before any byte was sent: no connection, DNS failure, no handshake, no free connection.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


@dataclass(frozen=True)
class Request:
    """One request; `is_write`: sending it twice would carry it out twice."""

    operation: str
    method: str
    path: str
    is_write: bool = False
    lowers: bool = False
    """A write that pauses or lowers: it is sent even while the account's circuit is open."""
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    json: Mapping[str, Any] | None = None
    files: Mapping[str, tuple[str, FileContent, str]] | None = None
    base_url: str = ""
    """Another host of the same vendor, for this request only."""


class HttpSession:
    """The connection pool of one client. `read` parses a response or raises."""

    def __init__(
        self,
        platform_name: str,
        config: ClientConfig,
        base_url: str,
        headers: Mapping[str, str],
        calls: Calls,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.platform_name = platform_name
        self.config = config
        self.calls = calls
        self._base_url = base_url.rstrip("/")
        self._deadline = Deadline()
        self._http = httpx.Client(
            # An answer packed in another way is refused (bounds.read_bounded).
            headers={**headers, "Accept-Encoding": "gzip"},
            timeout=httpx.Timeout(config.timeout_seconds, connect=_CONNECT_SECONDS),
            transport=transport,
            # Loopback addresses must not go through a proxy from the environment.
            trust_env=not is_loopback(base_url),
            verify=certificates(),
        )
        bound(self._http, self._deadline)

    def send(self, request: Request, read: Callable[[httpx.Response, Trace], T]) -> T:
        def attempt(trace: Trace) -> T:
            return read(self._response(request), trace)

        return self.calls.run(
            request.operation, attempt, is_write=request.is_write, lowers=request.lowers
        )

    def close(self) -> None:
        self._http.close()

    def _response(self, request: Request) -> httpx.Response:
        self._deadline.start(self._longest_call(request))
        try:
            with self._http.stream(
                request.method,
                f"{(request.base_url or self._base_url).rstrip('/')}/{request.path.lstrip('/')}",
                params=dict(request.params),
                data=None if request.form is None else dict(request.form),
                json=None if request.json is None else dict(request.json),
                files=None if request.files is None else dict(request.files),
            ) as response:
                return read_bounded(response, self._deadline)
        except httpx.HTTPError as error:
            raise self._connection_error(error, request) from error

    def _longest_call(self, request: Request) -> float:
        """A file may be large and the line slow; the file's reader has the same limit."""
        return LONGEST_UPLOAD_SECONDS if request.files else self.config.deadline_seconds

    def _connection_error(self, error: httpx.HTTPError, request: Request) -> PlatformError:
        about: dict[str, Any] = {
            "platform": self.calls.platform,
            "account": self.config.account_id,
            "vendor_message": f"{type(error).__name__}: {error}",
        }
        if request.is_write and not isinstance(error, _NEVER_SENT):
            return OutcomeUnknown(
                f"{self.platform_name} did not confirm whether this was done. "
                "AdsEngine checks before it tries again.",
                **about,
            )
        if isinstance(error, AnswerTooLarge | httpx.DecodingError):
            return UnreadableAnswer(
                f"{self.platform_name} sent an answer that cannot be read. AdsEngine tries again "
                "by itself; if it stays so, tell support.",
                **about,
            )
        return PlatformUnavailable(
            f"{self.platform_name} could not be reached. AdsEngine tries again by itself.",
            **about,
        )


@functools.cache
def certificates() -> ssl.SSLContext:
    """Read once per process: a client per job would read all of them each time, for 20 ms."""
    return httpx.create_ssl_context()


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def json_body(response: httpx.Response) -> dict[str, Any] | None:
    """The body where it is a JSON object, else None (a gateway's page, an empty answer, numbers
    that are none, deep nesting)."""
    return parse_object(response.content)


def excerpt(response: httpx.Response) -> str:
    """The first characters of a body that is no JSON, for support."""
    return response.content[:200].decode("utf-8", "replace").replace("\x00", "\ufffd")
