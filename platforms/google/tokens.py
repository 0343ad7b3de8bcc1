"""Asks for an access token within the bounds of every other call.

google-auth's own transport has a time-out for each read, and none for an answer as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from platforms.common.bounds import Deadline, bound, read_bounded
from platforms.common.http import certificates, is_loopback


@dataclass(frozen=True)
class TokenResponse:
    """As google.auth.transport.Response."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class TokenRequest:
    """As google.auth.transport.Request: a callable that sends one request."""

    def __init__(self, token_uri: str, timeout_seconds: float, deadline_seconds: float) -> None:
        self._seconds = deadline_seconds
        self._deadline = Deadline()
        self._http = httpx.Client(
            timeout=timeout_seconds,
            headers={"Accept-Encoding": "gzip"},
            # Loopback addresses must not go through a proxy from the environment.
            trust_env=not is_loopback(token_uri),
            verify=certificates(),
        )
        bound(self._http, self._deadline)

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> TokenResponse:
        """Raises google.auth's TransportError when there is no answer."""
        from google.auth.exceptions import TransportError

        self._deadline.start(self._seconds)
        try:
            with self._http.stream(method, url, content=body, headers=dict(headers or {})) as sent:
                answer = read_bounded(sent, self._deadline)
        except httpx.HTTPError as error:
            raise TransportError(f"{type(error).__name__}: {error}") from error
        return TokenResponse(answer.status_code, answer.headers, answer.content)

    def close(self) -> None:
        self._http.close()
