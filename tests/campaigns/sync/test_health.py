"""Tokens and accounts are looked after, and changes that wait too long are told."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns import services
from campaigns.models import Campaign, PublishRequest
from campaigns.sync import health
from campaigns.tasks import check_accounts
from core import jobs
from core.common import clock
from core.common.money import Money
from core.models import Actor, Advertiser, Incident, Job
from platforms.errors import CredentialsInvalid, PlatformUnavailable
from platforms.models import AdAccount
from platforms.types import AccountInfo
from tests.campaigns.publishing.launched import launched


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return AdAccount.objects.create(
        advertiser=advertiser,
        platform="meta",
        external_id="1",
        name="Shop",
        currency="USD",
        time_zone="UTC",
    )


class Client:
    """Answers `verify` as told."""

    def __init__(self, answer: AccountInfo | Exception) -> None:
        self.answer = answer

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def verify(self) -> AccountInfo:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def answer(monkeypatch: pytest.MonkeyPatch, said: AccountInfo | Exception) -> None:
    monkeypatch.setattr("platforms.services.platform_for", lambda _, **__: Client(said))


def info(*problems: str) -> AccountInfo:
    return AccountInfo("1", "Shop", "USD", "UTC", not problems, problems)


def test_an_account_that_cannot_deliver_is_told_and_taken_back(
    account: AdAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, info("The card was refused."))
    assert health.check_account(account) == "The card was refused."
    incident = Incident.objects.get(key=f"account:{account.pk}")
    assert (incident.detail, incident.resolved_at) == ("The card was refused.", None)
    answer(monkeypatch, info())
    assert health.check_account(account) == "healthy"
    incident.refresh_from_db()
    assert incident.resolved_at is not None


def test_a_dead_token_is_told_and_stops_the_account(
    account: AdAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, CredentialsInvalid("The token has expired.", platform="meta"))
    assert health.check_account(account) == "The token has expired."
    account.refresh_from_db()
    assert account.state == "needs_token"
    assert Incident.objects.filter(key=f"token:{account.pk}", resolved_at=None).exists()


def test_a_platform_that_is_away_is_asked_again(
    account: AdAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, PlatformUnavailable("Not now.", platform="meta"))
    check_accounts()
    jobs.run_due()
    job = Job.objects.get(kind="check_account")
    assert (job.state, job.attempt) == ("queued", 1)
    assert not Incident.objects.exists()


def test_accounts_are_verified_every_six_hours(account: AdAccount, advertiser: Advertiser) -> None:
    assert health.accounts_to_check() == [account]
    AdAccount.objects.update(verified_at=clock.real_now() - timedelta(hours=5, minutes=59))
    assert health.accounts_to_check() == []
    AdAccount.objects.update(verified_at=clock.real_now() - timedelta(hours=6))
    assert health.accounts_to_check() == [account]
    AdAccount.objects.update(platform="import")
    assert health.accounts_to_check() == []


def test_changes_that_wait_for_over_an_hour_are_one_incident(
    account: AdAccount, advertiser: Advertiser
) -> None:
    campaign = Campaign.objects.create(account=account, name="Boots", remote_id="9")
    for operation in ("set_budget", "set_status"):
        PublishRequest.objects.create(
            account=account,
            campaign=campaign,
            operation=operation,
            target_type="campaign",
            target_id=campaign.pk,
            actor_kind="person",
            actor_name="anna",
            content_hash="x",
        )
    assert health.report_stuck_changes() == 0
    PublishRequest.objects.update(created_at=clock.real_now() - timedelta(hours=1, minutes=1))
    assert health.report_stuck_changes() == 2
    assert health.report_stuck_changes() == 2
    incident = Incident.objects.get(key="stuck")
    assert incident.title == "2 changes wait for over an hour"
    PublishRequest.objects.update(state="done")
    assert health.report_stuck_changes() == 0
    incident.refresh_from_db()
    assert incident.resolved_at is not None


def test_stuck_changes_that_a_stop_switch_holds_are_told_as_such(
    advertiser: Advertiser, actor: Actor
) -> None:
    campaign = launched(advertiser, "Boots")[0]
    services.set_status(actor=actor, campaign=campaign, to="paused")
    services.set_daily_budget(actor=actor, campaign=campaign, budget=Money(Decimal(90), "USD"))
    old = clock.real_now() - timedelta(hours=2)
    PublishRequest.objects.update(created_at=old, refusal="platform_stop")
    health.report_stuck_changes()
    incident = Incident.objects.get(key="stuck")
    assert incident.next_step == "A stop switch holds 2 of them: an approver can lift it."
    PublishRequest.objects.filter(operation="set_budget").update(refusal="")
    health.report_stuck_changes()
    incident.refresh_from_db()
    assert incident.next_step.startswith("A stop switch holds 1 of them: an approver can lift it.")
    assert "For the others: see the connections page" in incident.next_step
