"""One Google emulator per test, under the certificate authority that the whole process trusts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.sandbox import STATE_DIR
from tests.sandbox.meta.client import Graph
from tests.sandbox.tiktok.client import Tik


@pytest.fixture(scope="session")
def google_state_dir() -> Path:
    return STATE_DIR


@pytest.fixture
def google(google_state_dir: Path) -> Iterator[object]:
    """A fresh world, ten in the morning in New York, with two campaigns made elsewhere."""
    from tests.sandbox.google.client import START, GoogleSandbox

    sandbox = GoogleSandbox.start(google_state_dir, START)
    yield sandbox
    sandbox.stop()


@pytest.fixture
def tik() -> Tik:
    return Tik()


@pytest.fixture
def graph() -> Graph:
    return Graph()
