"""A client of TikTok whose transport answers from a list."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from platforms.interface import ClientConfig
from platforms.tiktok.client import TikTokClient
from tests.platforms.once import once
from tests.platforms.tiktok.vendor import Vendor


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def client(vendor: Vendor) -> Iterator[TikTokClient]:
    config = ClientConfig(
        account_id="7000000000000000001",
        currency="USD",
        time_zone="America/New_York",
        secrets={"access_token": "tok-abcdef"},
        options={"identity_id": "9", "identity_type": "TT_USER"},
    )
    transport = httpx.MockTransport(vendor)
    made = TikTokClient(config, calls=once("tiktok", config), transport=transport)
    yield made
    made.close()
