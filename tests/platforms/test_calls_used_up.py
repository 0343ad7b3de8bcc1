"""A platform that takes no more calls is an incident, which closes itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from core import jobs
from core.common import clock
from core.models import Advertiser, Incident, Job
from platforms.errors import CallsUsedUp
from platforms.models import AdAccount, Credential
from platforms.registry import config_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    made = AdAccount.objects.create(
        advertiser=advertiser,
        platform="tiktok",
        external_id="7000000000000000001",
        name="Shop",
        currency="USD",
        time_zone="UTC",
    )
    Credential.objects.create(account=made, secrets={"access_token": "t"})
    return made


@pytest.fixture(autouse=True)
def _live(settings: Any) -> None:
    settings.LIVE_CALLS = True


def test_used_up_calls_are_told_once_and_closed_when_one_passes(account: AdAccount) -> None:
    config = config_for(account)
    config.calls_used_up("tiktok", 120.0)
    config.calls_used_up("tiktok", 300.0)
    incident = Incident.objects.get(advertiser=account.advertiser, resolved_at=None)
    assert incident.key == "calls:tiktok"
    assert incident.times_seen == 2
    assert "TikTok takes no more calls" in incident.title
    assert "The next one is tried at" in incident.detail
    config.calls_used_up("tiktok", 0.0)
    assert not Incident.objects.filter(resolved_at=None).exists()


def test_end_of_one_limit_leaves_the_other_incident_open(account: AdAccount) -> None:
    config = config_for(account)
    config.calls_used_up("POST ad/create", 3600.0)
    config.calls_used_up("tiktok", 0.0)
    assert Incident.objects.get(resolved_at=None).key == "calls:POST ad/create"


def test_level_of_the_app_is_the_installations_unless_the_account_states_one(
    account: AdAccount, settings: Any
) -> None:
    settings.TIKTOK_QUERIES_PER_SECOND = 20
    assert config_for(account).options["queries_per_second"] == "20"
    account.options = {"queries_per_second": "30"}
    assert config_for(account).options["queries_per_second"] == "30"


def test_all_clients_count_in_one_place(account: AdAccount) -> None:
    assert config_for(account).shared is config_for(account).shared is not None


@pytest.fixture
def kind() -> Iterator[str]:
    """A kind of job that meets a platform without calls, in each of its two attempts."""

    def probe(job: Job) -> None:
        raise CallsUsedUp("Used up.", retry_after=7200.0, platform="tiktok")

    jobs.handles("calls_used_up_probe", attempts=2)(probe)
    yield "calls_used_up_probe"
    jobs._kinds.pop("calls_used_up_probe")


def test_job_waits_until_there_are_calls_again_however_often(
    advertiser: Advertiser, kind: str
) -> None:
    job = jobs.enqueue(kind, key="1", advertiser=advertiser)
    for _ in range(5):
        Job.objects.filter(pk=job.pk).update(not_before=clock.real_now())
        jobs.run(job.pk)
        job.refresh_from_db()
        assert (job.state, job.attempt) == (Job.State.QUEUED, 0)
        waits = job.not_before - clock.real_now()
        assert timedelta(seconds=7100) < waits <= timedelta(seconds=7200)
    assert not Incident.objects.filter(resolved_at=None).exists()
