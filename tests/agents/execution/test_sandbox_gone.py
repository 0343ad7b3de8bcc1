"""The platforms vanish amid a launch and come back: it waits, resumes and doubles nothing."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adsengine.management.story import connect_accounts
from agents import services
from agents.execution.platform_check import check_with_platform
from agents.models import Strategy
from campaigns.models import Ad
from campaigns.publishing import publish_operations
from campaigns.services import create_brief
from core import jobs
from core.common import clock
from core.models import Actor, Advertiser, AuditEntry, Job
from platforms.common.calls import reset_governors
from platforms.models import ApiCall
from tests.agents.execution.test_execution import Killed, kill_at, run_again
from tests.fixtures.plans import ads_of, campaign_of
from tests.fixtures.sandbox import STATE_DIR
from tests.fixtures.world import START, brief_wish


class Restartable:
    """A sandbox on fixed ports that keeps its world between runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports: dict[str, int] = {}
        self.running: Any = None

    def start(self) -> None:
        from sandbox.serve import start_sandbox

        self.running = start_sandbox(
            state_dir=self.folder,
            start=START,
            ticking=False,
            ports=self.ports,
            tiktok_level=None,
        )
        info = self.running.info
        urls = {
            "google": info["google"]["endpoint"],
            "google_token": info["google"]["token_uri"],
            "meta": info["meta"]["base_url"],
            "tiktok": info["tiktok"]["base_url"],
            "clock": info["clock"]["url"],
        }
        self.ports = {name: int(url.rsplit(":", 1)[1].split("/")[0]) for name, url in urls.items()}

    def stop(self) -> None:
        self.running.stop()

    def count(self, platform: str) -> int:
        account = self.running.world.account(platform).id
        found = self.running.world.list_campaigns(account, removed=False)
        return sum("[ae-" in campaign.name for campaign in found)


@pytest.fixture
def sandbox(tmp_path: Path, settings: Any) -> Iterator[Restartable]:
    shutil.copytree(STATE_DIR / "google_tls", tmp_path / "google_tls")
    made = Restartable(tmp_path)
    made.start()
    settings.SANDBOX = made.running.info
    reset_governors()
    with clock.freeze(START):
        yield made
    made.stop()


@pytest.mark.parametrize("platform", ["google", "meta", "tiktok"])
@pytest.mark.parametrize("applied", [1, 2])
def test_launch_waits_for_a_vanished_sandbox_and_resumes(
    platform: str,
    applied: int,
    sandbox: Restartable,
    actor: Actor,
    advertiser: Advertiser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accounts = {a.platform: a for a in connect_accounts(actor, advertiser)}
    wish = brief_wish(advertiser, [accounts[platform]])
    brief = create_brief(actor=actor, advertiser=advertiser, content=wish)
    [strategy] = services.plan_brief(actor=actor, brief=brief)
    check_with_platform(strategy)
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_at(patch, publish_operations, "apply", applied, after=False)
        jobs.run_due()
    sandbox.stop()
    run_again()
    strategy.refresh_from_db()
    assert strategy.state == "executing"
    assert strategy.execution.waiting_for
    sandbox.start()
    for _ in range(6):
        run_again()
    strategy.refresh_from_db()
    assert strategy.state == "live", (strategy.execution.error, strategy.execution.waiting_for)
    assert sandbox.count(platform) == 1
    planned = len(ads_of(strategy))
    ads = Ad.objects.filter(ad_group__campaign=campaign_of(strategy)).exclude(remote_id="")
    assert ads.count() == planned


def test_tokens_appear_in_no_log_job_call_or_entry(
    sandbox: Restartable, actor: Actor, advertiser: Advertiser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    accounts = connect_accounts(actor, advertiser)
    brief = create_brief(
        actor=actor, advertiser=advertiser, content=brief_wish(advertiser, accounts)
    )
    for strategy in services.plan_brief(actor=actor, brief=brief):
        check_with_platform(strategy)
        services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    jobs.run_due()
    assert Strategy.objects.filter(state="live").count() == 3
    info = sandbox.running.info
    secrets = [
        info["google"]["client_secret"],
        info["google"]["refresh_token"],
        info["meta"]["access_token"],
        info["meta"]["app_secret"],
        info["tiktok"]["access_token"],
    ]
    places = {
        "log": "\n".join(record.getMessage() for record in caplog.records),
        "jobs": str(list(Job.objects.values())),
        "calls": str(list(ApiCall.objects.values())),
        "entries": str(list(AuditEntry.objects.values())),
    }
    assert ApiCall.objects.count() > 10
    for place, text in places.items():
        assert not [secret for secret in secrets if secret in text], place
