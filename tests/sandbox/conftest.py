"""One certificate authority for the whole process, and one Google emulator per test.

gRPC reads its roots once per process, so the path is set here at import; a conftest further up
may have set it already, and then its folder is used.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.google.server.tls import ensure_authority
from tests.sandbox.meta.client import Graph
from tests.sandbox.tiktok.client import Tik

_ROOTS = "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"


def _state_dir() -> Path:
    roots = Path(os.environ.get(_ROOTS, ""))
    if roots.name == "roots.pem" and roots.parent.name == "google_tls":
        return roots.parent.parent
    folder = tempfile.mkdtemp(prefix="google-sandbox-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


GOOGLE_STATE = _state_dir()
os.environ[_ROOTS] = str(ensure_authority(GOOGLE_STATE))


@pytest.fixture(scope="session")
def google_state_dir() -> Path:
    return GOOGLE_STATE


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
