"""Attempts are counted on the shared cache, and a cache that does not answer delays nobody."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache, caches
from rest_framework.test import APIClient

from core import cache as tolerant
from core.common import clock
from core.models import Role
from core.throttling.attempts import WRONG_TOKENS, Attempts, in_words
from tests.conftest import required
from tests.fixtures.people import People, client_of
from tests.services.servers import redis_url

CAMPAIGNS = "/api/v1/campaigns/"


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def test_so_many_attempts_of_a_key_go_on_and_the_next_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime(2026, 3, 2, 15, 0, 20, tzinfo=UTC)
    monkeypatch.setattr(clock, "real_now", lambda: now)
    attempts = Attempts("test", most=3, seconds=60)
    assert [attempts.take("a") for _ in range(4)] == [0, 0, 0, 40]
    assert (attempts.wait("a"), attempts.wait("b"), attempts.take("b")) == (40, 0, 0)
    now += timedelta(seconds=39.5)
    assert attempts.wait("a") == 1
    now += timedelta(seconds=0.5)
    assert attempts.take("a") == 0


def test_in_files_a_window_is_counted_to_its_end(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than an entry's default time."""
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path)}}
    began = datetime(2026, 3, 2, 15, 0, 20, tzinfo=UTC)
    now = [began]
    monkeypatch.setattr(clock, "real_now", lambda: now[0])
    monkeypatch.setattr(time, "time", lambda: now[0].timestamp())
    attempts = Attempts("test", most=3, seconds=3600)
    assert [attempts.take("a") for _ in range(3)] == [0, 0, 0]
    now[0] = began + timedelta(minutes=50)
    assert (attempts.wait("a"), attempts.take("a")) == (580, 580)
    now[0] = began + timedelta(minutes=60)
    assert attempts.take("a") == 0


def test_a_key_may_be_any_text() -> None:
    attempts = Attempts("test", most=1, seconds=60)
    for key in ("", "x" * 10_000, "a b\n", "\x00", "\ud800", "ü"):
        assert (attempts.take(key), attempts.take(key) > 0) == (0, True)


def test_times_are_said_in_plain_words() -> None:
    assert [in_words(n) for n in (1, 40, 89, 90, 3600)] == [
        "in 1 second",
        "in 40 seconds",
        "in 89 seconds",
        "in 2 minutes",
        "in 60 minutes",
    ]


# ---- API tokens ----


def guess(count: int, address: str = "192.0.2.1") -> list[Any]:
    clients = [APIClient(REMOTE_ADDR=address) for _ in range(count)]
    for number, client in enumerate(clients):
        client.credentials(HTTP_AUTHORIZATION=f"Bearer aet_{number}")
    return [client.get(CAMPAIGNS) for client in clients]


def test_guessing_tokens_is_slowed_by_address(people: People) -> None:
    if (left := 60 - time.time() % 60) < 5:  # so that the window does not end meanwhile
        time.sleep(left)
    answers = guess(WRONG_TOKENS.most + 1)
    assert [a.status_code for a in answers] == [401] * WRONG_TOKENS.most + [429]
    assert answers[0]["WWW-Authenticate"] == "Bearer"
    refused = answers[-1]
    assert refused["Content-Type"] == "application/problem+json"
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused.json()["code"] == "throttled"
    assert "Too many wrong tokens came from your address." in refused.json()["title"]
    right = client_of(people.viewer, Role.VIEWER)
    assert right.get(CAMPAIGNS, REMOTE_ADDR="192.0.2.1").status_code == 429
    assert right.get(CAMPAIGNS, REMOTE_ADDR="192.0.2.2").status_code == 200


def test_right_tokens_are_not_counted(people: People) -> None:
    program = client_of(people.viewer)
    answers = {program.get(CAMPAIGNS).status_code for _ in range(WRONG_TOKENS.most + 5)}
    assert answers == {200}


# ---- the cache ----


def redis_cache(url: str) -> dict[str, Any]:
    how = {"socket_timeout": 2.0, "socket_connect_timeout": 1.0}
    return {
        "default": {
            "BACKEND": "core.cache.TolerantRedisCache",
            "LOCATION": url,
            "OPTIONS": how,
            "KEY_PREFIX": uuid4().hex,
        }
    }


@pytest.mark.redis
def test_all_processes_count_together_on_redis(settings: Any) -> None:
    url = redis_url()
    required("redis", bool(url))
    tolerant.away.end()
    settings.CACHES = redis_cache(url)
    attempts = Attempts("test", most=3, seconds=3600)
    try:
        assert [attempts.take("a") for _ in range(2)] == [0, 0]
        caches["default"].close()  # another connection, as of another process
        assert attempts.take("a") == 0
        assert attempts.take("a") > 0
    finally:
        cache.clear()  # the next test takes an empty database only


def test_a_frozen_cache_delays_nobody_and_locks_nobody_out(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, answers nothing
        tolerant.away.end()
        settings.CACHES = redis_cache(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        attempts, began = Attempts("test", most=3, seconds=60), time.monotonic()
        taken = [attempts.take("a") or attempts.wait("a") for _ in range(50)]
        waited = time.monotonic() - began
    tolerant.away.end()
    assert taken == [0] * 50
    assert waited < 5
