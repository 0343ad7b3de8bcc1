"""Pages do not wait for vendors: the two that ask one ask once and briefly, and a page says when an
account does not answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from core.models import Advertiser
from platforms import registry
from platforms.common.calls import reset_governors
from platforms.models import AdAccount, Credential
from tests.campaigns.page_rows import make_account
from tests.fixtures.clients import text
from tests.fixtures.people import People

pytestmark = pytest.mark.usefixtures("noon")

PAGE = "/a/acme/connections/"
ANSWERS_WITHIN = 8.0  # two calls of a second each, on a busy machine


@pytest.fixture
def silent_vendor(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """All platforms take connections and never answer."""
    reset_governors()
    monkeypatch.setattr(registry, "SECONDS_OF_A_PAGE", 1.0)
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        port = server.getsockname()[1]
        url = {"base_url": f"http://127.0.0.1:{port}"}
        google = {"endpoint": f"localhost:{port}", "token_uri": f"http://127.0.0.1:{port}/token"}
        settings.SANDBOX = {"meta": url, "tiktok": url, "google": google}
        yield server
    reset_governors()


@pytest.fixture
def admin(people: People) -> Client:
    client = Client()
    client.force_login(people.admin)
    return client


def connected(advertiser: Advertiser, platform: str) -> AdAccount:
    account = make_account(advertiser, platform)
    secrets = dict.fromkeys(
        ("access_token", "refresh_token", "client_id", "client_secret"), "token-abcdef"
    )
    Credential.objects.create(account=account, secrets=secrets)
    return account


@pytest.mark.parametrize("platform", ["google", "meta", "tiktok"])
def test_verifying_on_a_page_ends_soon_and_says_so(
    platform: str, admin: Client, advertiser: Advertiser, silent_vendor: socket.socket
) -> None:
    account = connected(advertiser, platform)
    started = time.monotonic()
    page = text(admin.post(f"{PAGE}{account.pk}/verify/", follow=True))
    assert time.monotonic() - started < ANSWERS_WITHIN
    assert "could not be reached" in page or "did not answer" in page


def test_connecting_on_a_page_ends_soon_and_saves_nothing(
    admin: Client, advertiser: Advertiser, silent_vendor: socket.socket
) -> None:
    wish = {"meta-external_id": "77", "meta-access_token": "token-abcdef"}
    started = time.monotonic()
    answer = admin.post(f"{PAGE}add/meta/", wish)
    assert time.monotonic() - started < ANSWERS_WITHIN
    assert answer.status_code == 422
    assert "could not be reached" in text(answer)
    assert not AdAccount.objects.exists()


def test_pages_show_an_account_that_does_not_answer_until_it_does(
    admin: Client, advertiser: Advertiser, silent_vendor: socket.socket
) -> None:
    account = connected(advertiser, "meta")
    config = registry.config_for(account)
    assert "Does not answer" not in text(admin.get(PAGE))
    config.circuit_changed(30.0)
    page = text(admin.get(PAGE))
    assert "Does not answer" in page
    assert "pausing and lowering are tried at once" in page
    config.circuit_changed(0.0)
    assert "Does not answer" not in text(admin.get(PAGE))


def test_worker_that_finds_an_account_silent_tells_the_pages(
    admin: Client, advertiser: Advertiser, silent_vendor: socket.socket, settings: Any
) -> None:
    settings.CALL_TIMEOUT_SECONDS = 0.1
    account = connected(advertiser, "meta")
    for _ in range(2):  # four attempts each
        with registry.platform_for(account) as client, pytest.raises(Exception, match="Meta|meta"):
            client.verify()
    assert registry.circuit_open_until(account) is not None
    assert "Does not answer" in text(admin.get(PAGE))


def test_call_does_not_fail_because_its_circuit_cannot_be_kept(
    advertiser: Advertiser, silent_vendor: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError("no space left on the disk")

    monkeypatch.setattr(cache, "set", full)
    registry.config_for(connected(advertiser, "meta")).circuit_changed(30.0)
