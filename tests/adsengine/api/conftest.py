"""One of everything at one advertiser, and a program that may do everything there."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import Advertiser
from tests.fixtures.people import People, client_of
from tests.fixtures.routes import one_of_each


@pytest.fixture
def ids(advertiser: Advertiser, people: People) -> dict[str, Any]:
    return one_of_each(advertiser, people.admin)


@pytest.fixture
def api(people: People) -> APIClient:
    client = client_of(people.admin)
    client.raise_request_exception = False
    return client
