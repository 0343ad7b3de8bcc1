"""Bounds of one HTTP call: its time as a whole, and the size of its answer.

httpx's time-outs are for one read or write each: an answer that drips a byte a second never ends
by them. Here every read and write of a connection also ends at the call's deadline.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx

MAX_ANSWER_BYTES = 16 * 1024 * 1024
_WRITE_BYTES = 16 * 1024  # the deadline is looked at between such parts
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class AnswerTooLarge(httpx.HTTPError):
    """The answer, unpacked, is larger than MAX_ANSWER_BYTES; the rest was not read."""

    def __init__(self) -> None:
        super().__init__(f"the answer is larger than {MAX_ANSWER_BYTES >> 20} MB")


class Deadline:
    """The end of the call that is under way; for one thread at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = float("inf")

    def start(self, seconds: float) -> None:
        self._until = self._clock() + seconds

    def left(self, timeout: float | None) -> float:
        """The shorter of the time-out and what is left; 0 or less when the call is over."""
        left = self._until - self._clock()
        return left if timeout is None else min(timeout, left)


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._deadline.left(timeout)
        if left <= 0:
            raise httpcore.ReadTimeout("the answer took too long as a whole")
        return self._stream.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _WRITE_BYTES):
            left = self._deadline.left(timeout)
            if left <= 0:
                raise httpcore.WriteTimeout("the call took too long as a whole")
            self._stream.write(buffer[start : start + _WRITE_BYTES], left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = max(self._deadline.left(timeout), 0.001)
        inner = self._stream.start_tls(ssl_context, server_hostname, left)
        return _BoundedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _BoundedBackend(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline) -> None:
        self._backend, self._deadline = httpcore.SyncBackend(), deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = max(self._deadline.left(timeout), 0.001)
        stream = self._backend.connect_tcp(host, port, left, local_address, socket_options)
        return _BoundedStream(stream, self._deadline)

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


def bound(client: httpx.Client, deadline: Deadline) -> None:
    """Make every connection of the client obey the deadline.

    httpx has no parameter for the network backend of its pools, with or without a proxy.
    """
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = _BoundedBackend(deadline)


def read_bounded(response: httpx.Response, deadline: Deadline) -> httpx.Response:
    """The same response with its body read and unpacked, or AnswerTooLarge or another HTTPError.

    Unpacked here: httpx unpacks a part of 64 kB as a whole, which may be a thousand times larger.
    """
    if response.is_stream_consumed:  # a transport that answers from memory
        parts, unpack = iter([response.content]), None
    else:
        parts, unpack = response.iter_raw(), _unpacker(response)
    body = bytearray()
    for part in parts:
        if deadline.left(None) <= 0:
            raise httpx.ReadTimeout("the answer took too long as a whole")
        body += _unpacked(unpack, part, MAX_ANSWER_BYTES + 1 - len(body)) if unpack else part
        if len(body) > MAX_ANSWER_BYTES:
            raise AnswerTooLarge
    headers = [(k, v) for k, v in response.headers.multi_items() if k not in _BODY_HEADERS]
    return httpx.Response(response.status_code, headers=headers, content=bytes(body))


_BODY_HEADERS = ("content-encoding", "content-length", "transfer-encoding")


def _unpacker(response: httpx.Response) -> Any:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return None
    if encoding == "gzip":
        return zlib.decompressobj(_GZIP_WINDOW)
    raise httpx.DecodingError(f"the answer is packed as {encoding[:20]!r}, which was not asked for")


def _unpacked(unpack: Any, part: bytes, room: int) -> bytes:
    try:
        unpacked: bytes = unpack.decompress(part, room)
    except zlib.error as error:
        raise httpx.DecodingError(f"the answer cannot be unpacked: {error}") from error
    return unpacked
