"""Loads the fixtures, and keeps every test on this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's loop beside Django

# A busy machine makes drawing slow, which says nothing of the code.
settings.register_profile(
    "suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("suite")

pytest_plugins = [
    "tests.fixtures.scheduling",
    "tests.fixtures.databases",
    "tests.fixtures.people",
    "tests.fixtures.clients",
    "tests.fixtures.surroundings",
    "tests.fixtures.world",
    "tests.fixtures.odd_rows",
    "tests.fixtures.browser",
]

_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: Any) -> Any:
    if self.family in {socket.AF_INET, socket.AF_INET6}:
        host = address[0]
        if host not in {"127.0.0.1", "::1", "localhost"}:
            raise RuntimeError(f"a test tried to reach {host}; only this machine is allowed")
    return _connect(self, address)


@pytest.fixture(autouse=True, scope="session")
def _only_this_machine() -> Iterator[None]:
    socket.socket.connect = _loopback_only  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]


def required(what: str, found: bool) -> None:
    """Skip aloud when a service is missing, or fail where CI requires it."""
    if found:
        return
    if os.environ.get("ADSENGINE_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what} is required here and was not found", pytrace=False)
    pytest.skip(f"{what} was not found")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say aloud what was skipped."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        reasons = sorted({str(report.longrepr[2]) for report in skipped})
        terminalreporter.write_sep("!", f"{len(skipped)} tests skipped", red=True, bold=True)
        for reason in reasons:
            terminalreporter.write_line(reason, red=True)
