"""Signing in: the token endpoint, bearer tokens, login-customer-id, unknown accounts."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request

from sandbox.google.server.tls import ensure_authority
from tests.sandbox.google.client import ERRORS, TIMEOUT, client_for, codes

if TYPE_CHECKING:
    from tests.sandbox.google.client import GoogleSandbox

QUERY = "SELECT customer.id, customer.currency_code, customer.time_zone FROM customer"


def form(google: GoogleSandbox, **changes: str) -> dict[str, str]:
    return {
        "grant_type": "refresh_token",
        "client_id": google.handle.client_id,
        "client_secret": google.handle.client_secret,
        "refresh_token": google.handle.refresh_token,
    } | changes


def searched(google: GoogleSandbox, client: Any, customer: str | None = None) -> list[Any]:
    service = client.get_service("GoogleAdsService")
    number = customer or google.customer
    return list(service.search(customer_id=number, query=QUERY, timeout=TIMEOUT))


def test_a_refresh_token_buys_an_access_token(google: GoogleSandbox) -> None:
    answer = httpx.post(google.handle.token_uri, data=form(google))
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("access_token").startswith("ya29.")
    assert body == {
        "expires_in": 3600,
        "scope": "https://www.googleapis.com/auth/adwords",
        "token_type": "Bearer",
    }


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"refresh_token": "stolen"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_wrong_credentials_buy_nothing(
    google: GoogleSandbox, changes: dict[str, str], status: int, error: str
) -> None:
    answer = httpx.post(google.handle.token_uri, data=form(google, **changes))
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_direct_access_needs_no_login_customer(google: GoogleSandbox) -> None:
    [row] = searched(google, client_for(google.handle, login_customer_id=None))
    assert row.customer.id == int(google.customer)
    assert row.customer.time_zone == "America/New_York"


@pytest.mark.parametrize(
    ("login", "customer", "code"),
    [
        ("1111111111", None, "authorization_error.USER_PERMISSION_DENIED"),
        (None, "2222222222", "authorization_error.USER_PERMISSION_DENIED"),
        (None, "123-456-7890", "request_error.INVALID_CUSTOMER_ID"),
    ],
)
def test_foreign_accounts_are_refused(
    google: GoogleSandbox, login: str | None, customer: str | None, code: str
) -> None:
    client = client_for(google.handle, login_customer_id=login)
    with pytest.raises(ERRORS) as refused:
        searched(google, client, customer)
    assert codes(refused.value.failure) == [code]


def test_a_client_account_does_not_lead_to_its_manager(google: GoogleSandbox) -> None:
    client = client_for(google.handle, login_customer_id=google.customer)
    with pytest.raises(ERRORS) as refused:
        searched(google, client, google.handle.login_customer_id)
    code = "authorization_error.INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION"
    assert codes(refused.value.failure) == [code]


def test_a_manager_account_holds_no_campaigns(google: GoogleSandbox) -> None:
    with pytest.raises(ERRORS) as refused:
        google.service("GoogleAdsService").mutate(
            customer_id=google.handle.login_customer_id,
            mutate_operations=[google.budget()],
            timeout=TIMEOUT,
        )
    assert codes(refused.value.failure) == ["request_error.CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT"]


def test_a_suspended_account_takes_no_changes(google: GoogleSandbox) -> None:
    google.world.account("google").status = "suspended"
    with pytest.raises(ERRORS) as refused:
        google.mutate(google.tree())
    code = "authorization_error.ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT"
    assert codes(refused.value.failure) == [code]
    assert len(google.world.campaigns) == len(google.search("SELECT campaign.id FROM campaign")) + 3


def test_a_made_up_token_is_unauthenticated(google: GoogleSandbox) -> None:
    client = client_for(google.handle, token="ya29.made.up")
    with pytest.raises(ERRORS) as refused:
        searched(google, client)
    assert codes(refused.value.failure) == ["authentication_error.OAUTH_TOKEN_INVALID"]
    assert refused.value.error.code().name == "UNAUTHENTICATED"


def test_a_token_runs_out_and_a_refresh_helps(google: GoogleSandbox) -> None:
    google.search(QUERY)
    google.handle.token_issuer.expire_all()
    with pytest.raises(ERRORS) as refused:
        google.search(QUERY)
    assert codes(refused.value.failure) == ["authentication_error.OAUTH_TOKEN_EXPIRED"]
    google.client.credentials.refresh(Request())
    assert len(google.search(QUERY)) == 1


def test_a_revoked_consent_shows_at_the_token_endpoint(google: GoogleSandbox) -> None:
    google.world.faults.add("google", "OAuth.Token", "expired_token", times=2)
    with pytest.raises(ServiceUnavailable, match="invalid_grant"):
        google.search(QUERY)
    with pytest.raises(RefreshError):
        google.client.credentials.refresh(Request())
    assert len(google.search(QUERY)) == 1


def test_the_authority_survives_a_restart(tmp_path: Path) -> None:
    bundle = ensure_authority(tmp_path)
    first = bundle.read_bytes()
    assert ensure_authority(tmp_path).read_bytes() == first
    context = ssl.create_default_context(cafile=str(bundle))
    assert context.cert_store_stats()["x509_ca"] > 50
    assert (tmp_path / "google_tls" / "server.key").stat().st_mode & 0o077 == 0
