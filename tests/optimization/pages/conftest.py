"""The account whose pages are looked at."""

from __future__ import annotations

import pytest

from core.models import Advertiser
from platforms.models import AdAccount
from tests.campaigns.page_rows import make_account


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return make_account(advertiser, "google")
