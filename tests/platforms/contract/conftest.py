"""One list of behaviours, run against all three clients through the emulators."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.sandbox import PLATFORMS, RunningSandbox
from tests.platforms.contract.side import Made, Side


@pytest.fixture(params=PLATFORMS)
def side(request: pytest.FixtureRequest, running_sandbox: RunningSandbox) -> Iterator[Side]:
    client = running_sandbox.client_for(request.param)
    yield Side(request.param, running_sandbox, client)
    client.close()
    running_sandbox.clear_faults()


@pytest.fixture
def made(side: Side) -> Made:
    spec = side.spec()
    return spec, side.create(spec)
