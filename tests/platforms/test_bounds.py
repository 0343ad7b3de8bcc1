"""A call ends at its deadline however slowly the vendor answers, and reads no more than it must.

Against servers of this test's own on loopback: what a transport in memory cannot show.
"""

from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from platforms.common import bounds
from platforms.common.bounds import MAX_ANSWER_BYTES
from platforms.errors import OutcomeUnknown, PlatformError, PlatformUnavailable, UnreadableAnswer
from platforms.interface import AdPlatform, ClientConfig
from platforms.meta.client import MetaClient
from platforms.tiktok.client import TikTokClient
from platforms.types import RemoteRef
from tests.platforms.bad_servers import (
    HEAD,
    MEGABYTE,
    Server,
    chunks_without_end,
    continue_for_ever,
    drip_body,
    drip_headers,
    four_hundred_megabytes,
    gzip_bomb,
    say_nothing,
    serving,
)
from tests.platforms.once import once

DEADLINE, AT_MOST = 1.0, 5.0
_OPENED: list[AdPlatform] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """No connection outlives its test."""
    yield
    while _OPENED:
        _OPENED.pop().close()


def client_of(name: str, server: Server, **changes: Any) -> AdPlatform:
    values: dict[str, Any] = {"deadline_seconds": DEADLINE, **changes}
    config = ClientConfig(
        account_id="77",
        currency="USD",
        time_zone="UTC",
        secrets={"access_token": "tok-abcdef"},
        endpoints={"base_url": server.url},
        **values,
    )
    kind: Any = {"meta": MetaClient, "tiktok": TikTokClient}[name]
    client: AdPlatform = kind(config, calls=once(name, config))
    _OPENED.append(client)
    return client


def failure(act: Callable[[], object]) -> tuple[PlatformError, float]:
    started = time.monotonic()
    with pytest.raises(PlatformError) as raised:
        act()
    return raised.value, time.monotonic() - started


SLOW = [drip_body, drip_headers, say_nothing, continue_for_ever]


@pytest.mark.parametrize("name", ["meta", "tiktok"])
@pytest.mark.parametrize("talk", SLOW)
def test_read_ends_at_its_deadline(name: str, talk: Any) -> None:
    with serving(talk) as server:
        error, seconds = failure(client_of(name, server).verify)
    assert isinstance(error, PlatformUnavailable)
    assert seconds < AT_MOST


@pytest.mark.parametrize("name", ["meta", "tiktok"])
@pytest.mark.parametrize("talk", SLOW)
def test_write_that_ends_at_its_deadline_is_unknown(name: str, talk: Any) -> None:
    with serving(talk) as server:
        client = client_of(name, server)
        error, seconds = failure(lambda: client.set_status(RemoteRef("campaign", "5"), "paused"))
    assert isinstance(error, OutcomeUnknown)
    assert seconds < AT_MOST


def test_body_that_nobody_reads_ends_at_its_deadline() -> None:
    with serving(say_nothing) as server:
        client: Any = client_of("meta", server)
        error, seconds = failure(lambda: client._api.post("5", text="x" * 50 * MEGABYTE))
    assert isinstance(error, OutcomeUnknown)
    assert seconds < AT_MOST


@pytest.mark.parametrize("name", ["meta", "tiktok"])
@pytest.mark.parametrize("talk", [four_hundred_megabytes, chunks_without_end, gzip_bomb])
def test_four_hundred_megabytes_of_nothing_are_a_named_error(name: str, talk: Any) -> None:
    with serving(talk) as server:
        client = client_of(name, server, deadline_seconds=30.0)
        tracemalloc.start()
        try:
            error, _ = failure(client.verify)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        read = server.sent
    assert isinstance(error, UnreadableAnswer)
    assert peak < 6 * MAX_ANSWER_BYTES
    assert read < 4 * MAX_ANSWER_BYTES


def test_write_with_an_answer_that_is_too_large_is_unknown() -> None:
    with serving(gzip_bomb) as server:
        client = client_of("meta", server, deadline_seconds=30.0)
        error, _ = failure(lambda: client.set_status(RemoteRef("campaign", "5"), "paused"))
    assert isinstance(error, OutcomeUnknown)


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (b"no gzip", "gzip"),
        (b"x", "br"),
        (b"x", "gzip, gzip"),
        (gzip.compress(b"{}", mtime=0)[:-9], "gzip"),
    ],
)
def test_answer_that_cannot_be_unpacked_is_a_named_error(packed: bytes, encoding: str) -> None:
    def talk(connection: socket.socket, _: Server) -> None:
        head = f"Content-Encoding: {encoding}\r\nContent-Length: {len(packed)}\r\n\r\n"
        connection.sendall(HEAD + head.encode() + packed)

    with serving(talk) as server:
        error, _ = failure(client_of("meta", server).verify)
    assert isinstance(error, UnreadableAnswer)


def test_answer_in_gzip_is_read() -> None:
    body = gzip.compress(b'{"data": []}')

    def talk(connection: socket.socket, _: Server) -> None:
        head = f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(HEAD + head.encode() + body)

    with serving(talk) as server:
        assert client_of("meta", server).read_structure() == []


def test_connections_through_a_proxy_obey_the_deadline_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with httpx.Client() as client:
        bounds.bound(client, bounds.Deadline())
    pools = [transport._pool for transport in client._mounts.values() if transport]  # type: ignore[attr-defined]
    assert len(pools) == 1
    assert isinstance(pools[0]._network_backend, bounds._BoundedBackend)
