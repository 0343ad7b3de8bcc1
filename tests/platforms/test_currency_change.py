"""An account that counts in another currency than before is stopped and told, never read as one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.common.errors import InvalidInput
from core.models import Actor, Advertiser, Incident
from platforms import services
from platforms.meta.client import MetaClient
from platforms.models import AdAccount
from tests.fixtures.world import Sandbox


@pytest.fixture
def account(accounts: dict[str, AdAccount]) -> AdAccount:
    return accounts["meta"]


def reports(monkeypatch: pytest.MonkeyPatch, currency: str) -> None:
    real = MetaClient.verify

    def verify(self: MetaClient) -> Any:
        return replace(real(self), currency=currency)

    monkeypatch.setattr(MetaClient, "verify", verify)


def test_verifying_stops_the_account_until_its_currency_is_back(
    sandbox: Sandbox, account: AdAccount, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = account.currency
    with monkeypatch.context() as patch:
        reports(patch, "JPY")
        services.verify_account(account)
    account.refresh_from_db()
    assert (account.state, account.currency) == ("disconnected", before)
    incident = Incident.objects.get(key=f"currency:{account.pk}", resolved_at=None)
    assert incident.title == f"{account} counts in JPY now, not in {before}"
    services.connect_account(
        actor=actor,
        advertiser=account.advertiser,
        platform="meta",
        external_id=account.external_id,
        secrets=account.credential.secrets,
        options=account.options,
    )
    account.refresh_from_db()
    incident.refresh_from_db()
    assert (account.state, incident.resolved_at is not None) == ("connected", True)


def test_connecting_again_in_another_currency_is_refused_and_saves_nothing(
    sandbox: Sandbox,
    account: AdAccount,
    advertiser: Advertiser,
    actor: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reports(monkeypatch, "JPY")
    secrets = dict(account.credential.secrets)
    with pytest.raises(InvalidInput, match="counts in JPY now") as refused:
        services.connect_account(
            actor=actor,
            advertiser=advertiser,
            platform="meta",
            external_id=account.external_id,
            secrets={**secrets, "access_token": secrets["access_token"] + " "},
        )
    assert refused.value.field == "external_id"
    stored = AdAccount.objects.get(pk=account.pk)
    assert (stored.currency, stored.state) == (account.currency, account.state)
    assert stored.credential.secrets == secrets
