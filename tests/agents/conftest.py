"""People at the pages of briefs, and three accounts to write for."""

from __future__ import annotations

import pytest

from core.models import Advertiser
from platforms.models import AdAccount
from tests.campaigns.page_rows import make_account

PLATFORMS = ["google", "meta", "tiktok"]


@pytest.fixture
def shops(advertiser: Advertiser) -> dict[str, AdAccount]:
    return {name: make_account(advertiser, name) for name in PLATFORMS}
