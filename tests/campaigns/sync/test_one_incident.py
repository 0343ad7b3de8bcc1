"""One trouble is one incident: a dead token, a platform that is down, an account that is left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from agents.models import Strategy
from campaigns.models import Campaign
from campaigns.publishing.changes import set_status
from campaigns.sync import health, metrics_sync
from campaigns.tasks import request_sync
from core import jobs
from core.common import clock
from core.models import Actor, Advertiser, Incident
from platforms.errors import CredentialsInvalid, PlatformUnavailable
from platforms.models import AdAccount
from platforms.services import disconnect_account, verify_account
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch, Sandbox


@pytest.fixture
def campaign(launch: Launch, sandbox: Sandbox) -> Campaign:
    found = campaign_of(Strategy.objects.get(brief=launch("meta")))
    assert found is not None
    metrics_sync.sync_account(found.account)
    return found


def opened(advertiser: Advertiser) -> list[str]:
    found = Incident.objects.filter(advertiser=advertiser, resolved_at=None)
    return sorted(found.values_list("key", flat=True))


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> Any:
    from platforms.meta.client import MetaClient

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    patch = monkeypatch.context()
    inner = patch.__enter__()
    for name in ("read_structure", "verify", "set_status"):
        inner.setattr(MetaClient, name, fail)
    return patch


DEAD = CredentialsInvalid(
    "Meta no longer accepts the connection.",
    platform="meta",
    vendor_message="Error validating access token.",
)
DOWN = PlatformUnavailable("Nobody answers.", platform="meta")


def test_dead_token_is_one_incident_whoever_meets_it(
    campaign: Campaign, actor: Actor, advertiser: Advertiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = campaign.account
    with monkeypatch.context():
        patch = failing(monkeypatch, DOWN)
        with pytest.raises(PlatformUnavailable):
            metrics_sync.sync_account(account)
        patch.__exit__(None, None, None)
    assert opened(advertiser) == [f"sync:{account.pk}"]
    patch = failing(monkeypatch, DEAD)
    with pytest.raises(CredentialsInvalid):
        metrics_sync.sync_account(account)
    health.check_account(account)
    set_status(actor=actor, campaign=campaign, to="paused")
    jobs.run_due()
    with clock.freeze(clock.real_now() + timedelta(hours=2)):
        health.report_stuck_changes()
    assert opened(advertiser) == [f"token:{account.pk}"]
    incident = Incident.objects.get(key=f"token:{account.pk}")
    assert "Error validating access token." in incident.detail
    patch.__exit__(None, None, None)
    verify_account(account)
    assert opened(advertiser) == []


def test_platform_that_is_down_for_long_is_told_once(
    campaign: Campaign, advertiser: Advertiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = campaign.account
    patch = failing(monkeypatch, DOWN)
    job = request_sync(account)
    for _ in range(4):
        type(job).objects.filter(pk=job.pk).update(not_before=clock.real_now())
        jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert opened(advertiser) == [f"sync:{account.pk}"]
    patch.__exit__(None, None, None)
    jobs.run(request_sync(account).pk)
    assert opened(advertiser) == []


def test_account_that_is_disconnected_leaves_no_incident_open(
    campaign: Campaign, actor: Actor, advertiser: Advertiser
) -> None:
    account = campaign.account
    kinds = ("token", "sync", "account", "unreadable")
    keys = [f"{kind}:{account.pk}" for kind in kinds]
    keys += [f"{kind}:{account.pk}:5" for kind in ("outside", "review", "second_copy", "switched")]
    for key in [*keys, f"sync:{account.pk}9"]:
        Incident.open(advertiser, key, title="Trouble", next_step="Mend it.")
    disconnect_account(actor=actor, account=AdAccount.objects.get(pk=account.pk))
    assert opened(advertiser) == [f"sync:{account.pk}9"]
