"""A client of Meta whose transport answers from a list."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from platforms.interface import ClientConfig
from platforms.meta.client import MetaClient
from tests.platforms.meta.vendor import APP_SECRET, TOKEN, Vendor
from tests.platforms.once import once


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def client(vendor: Vendor) -> Iterator[MetaClient]:
    config = ClientConfig(
        account_id="77",
        currency="USD",
        time_zone="America/New_York",
        secrets={"access_token": TOKEN, "app_secret": APP_SECRET},
        options={"page_id": "99"},
    )
    transport = httpx.MockTransport(vendor)
    made = MetaClient(config, calls=once("meta", config), transport=transport)
    yield made
    made.close()
