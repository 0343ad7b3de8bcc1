"""Calls to Google Ads with the official SDK: one cached service stub, a time-out on every call.

The SDK costs half a second and 100 MB, so it is imported on the first call.
Source: Google Ads API v26, client libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from functools import cached_property
from typing import Any, TypeVar

from platforms.common.answers import SHAPE_ERRORS, WrongShape
from platforms.common.calls import Calls, Trace, governor_for
from platforms.google.errors import error_of
from platforms.google.failures import failure_of, sdk_exceptions
from platforms.google.tokens import TokenRequest
from platforms.interface import ClientConfig

VERSION = "v26"
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, no secret
SCOPE = "https://www.googleapis.com/auth/adwords"

# Of one list; a single message is bounded by the SDK's channel (64 MB), a call by its time-out.
MAX_ROWS = 1_000_000
MAX_LIST_BYTES = 256 * 1024 * 1024

T = TypeVar("T")


class GoogleApi:
    """Sends one customer's requests. Raises platforms.errors."""

    def __init__(self, config: ClientConfig, calls: Calls | None = None) -> None:
        self.config = config
        self.customer_id = config.account_id.replace("-", "")
        governor = governor_for("google", config.account_id)
        self.calls = calls or Calls("google", config, governor=governor)

    def mutate(
        self, operation: str, operations: list[dict[str, Any]], *, lowers: bool = False
    ) -> list[Any]:
        """All operations or none; the result of each, as raw protobuf.

        `lowers`: it pauses or lowers, and is sent even while the account's circuit is open.
        """

        def send() -> list[Any]:
            request = {"customer_id": self.customer_id, "mutate_operations": operations}
            answer = self._service.mutate(request=request, timeout=self.config.timeout_seconds)
            results = list(type(answer).pb(answer).mutate_operation_responses)
            if len(results) != len(operations):
                raise WrongShape(f"{len(results)} results for {len(operations)} operations")
            return results

        return self._run(f"Mutate {operation}", send, is_write=True, lowers=lowers)

    def validate(self, operation: str, operations: list[dict[str, Any]]) -> None:
        """Let Google check the operations; it carries none out, so this is no write."""

        def send() -> None:
            request = {
                "customer_id": self.customer_id,
                "mutate_operations": operations,
                "validate_only": True,
            }
            self._service.mutate(request=request, timeout=self.config.timeout_seconds)

        self._run(f"Validate {operation}", send, is_write=False)

    def search(self, operation: str, query: str) -> list[Any]:
        """Every row as raw protobuf, which is eight times faster than the SDK's wrappers."""

        def send() -> list[Any]:
            stream = self._service.search_stream(
                customer_id=self.customer_id, query=query, timeout=self.config.timeout_seconds
            )
            return _bounded_rows(stream)

        return self._run(f"SearchStream {operation}", send, is_write=False)

    def close(self) -> None:
        service = self.__dict__.pop("_service", None)
        if service is not None:
            service.transport.close()

    def _run(
        self, operation: str, send: Callable[[], T], *, is_write: bool, lowers: bool = False
    ) -> T:
        def attempt(trace: Trace) -> T:
            try:
                return send()
            except sdk_exceptions() as error:
                failure = failure_of(error)
                trace.request_id = failure.request_id or ""
                raise error_of(failure, self.config.account_id, is_write=is_write) from error

        return self.calls.run(operation, attempt, is_write=is_write, lowers=lowers)

    @cached_property
    def _service(self) -> Any:
        """Cached: each call of get_service would open a new channel."""
        from google.ads.googleads.client import GoogleAdsClient  # noqa: TID251

        login = self.config.options.get("login_customer_id", "").replace("-", "")
        client = GoogleAdsClient(
            credentials=self._credentials(),
            developer_token=self.config.secrets.get("developer_token") or None,
            # The manager account that gives access, not the customer; none with direct access.
            login_customer_id=login or None,
            endpoint=self.config.endpoints.get("endpoint") or None,
            version=VERSION,
            use_proto_plus=True,
        )
        return client.get_service("GoogleAdsService")

    def _credentials(self) -> Any:
        """Refreshed at once: otherwise a refused refresh token shows as "503" on the first call."""
        from google.auth.exceptions import TransportError
        from google.oauth2 import credentials

        secrets = self.config.secrets
        token_uri = self.config.endpoints.get("token_uri") or TOKEN_URI
        factory: Any = credentials.Credentials
        user_credentials = factory(
            None,
            refresh_token=secrets.get("refresh_token", ""),
            client_id=secrets.get("client_id", ""),
            client_secret=secrets.get("client_secret", ""),
            token_uri=token_uri,
            scopes=[SCOPE],
        )
        config = self.config
        send = TokenRequest(token_uri, config.timeout_seconds, config.deadline_seconds)
        with closing(send):
            try:
                user_credentials.refresh(send)
            except SHAPE_ERRORS as error:  # an answer that is no token: nothing was sent to Ads
                raise TransportError(f"no token: {type(error).__name__}") from error
        return user_credentials


def _bounded_rows(stream: Iterable[Any]) -> list[Any]:
    """The rows of every batch. Raises WrongShape on a list that does not end within bounds."""
    rows: list[Any] = []
    size = 0
    for batch in stream:
        message = type(batch).pb(batch)
        size += message.ByteSize()
        if len(rows) + len(message.results) > MAX_ROWS or size > MAX_LIST_BYTES:
            raise WrongShape(f"a list did not end within {MAX_ROWS} rows")
        rows += message.results
    return rows
