"""People at the pages of briefs, and three accounts to write for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from adsengine.common import clock
from adsengine.models import Advertiser
from platforms.models import AdAccount
from tests.campaigns.page_rows import NOW, make_account
from tests.fixtures.people import People

PLATFORMS = ["google", "meta", "tiktok"]


@pytest.fixture
def noon(settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    with clock.frozen(NOW):
        yield


@pytest.fixture
def shops(advertiser: Advertiser) -> dict[str, AdAccount]:
    return {name: make_account(advertiser, name) for name in PLATFORMS}


@pytest.fixture
def editor(client: Client, people: People) -> Client:
    client.force_login(people.editor)
    return client


@pytest.fixture
def approver(people: People) -> Client:
    client = Client()
    client.force_login(people.approver)
    return client


@pytest.fixture
def viewer(people: People) -> Client:
    client = Client()
    client.force_login(people.viewer)
    return client
