"""Background work of the optimisation app. Beat ticks often; what is due by market time starts."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from adsengine.common import clock
from adsengine.jobs import Postponed, enqueue, handles
from adsengine.models import Advertiser, Job
from campaigns.models import Campaign
from optimization import passes
from optimization.models import Rebalance, Run, SelfTest
from optimization.services.rebalance import APPLY_JOB, go_on
from optimization.services.self_tests import SELF_TEST_JOB, run_self_test

OPTIMIZE_JOB, REBALANCE_JOB, CAMPAIGN_JOB = "optimize", "rebalance", "optimize_campaign"


@shared_task(name="optimization.tasks.optimize_all_campaigns")
def optimize_all_campaigns() -> None:
    slot = passes.optimize_slot(clock.now())
    for advertiser in Advertiser.objects.filter(accounts__state="connected").distinct():
        _start(advertiser, OPTIMIZE_JOB, Run.Kind.OPTIMIZE, slot)


@shared_task(name="optimization.tasks.rebalance_budgets")
def rebalance_budgets() -> None:
    for advertiser in Advertiser.objects.filter(accounts__state="connected").distinct():
        slot = passes.rebalance_slot(advertiser, clock.now())
        if slot is not None:
            _start(advertiser, REBALANCE_JOB, Run.Kind.REBALANCE, slot)


def _start(advertiser: Advertiser, job: str, kind: str, slot: str) -> None:
    done = Run.objects.filter(
        advertiser=advertiser, kind=kind, slot=slot, finished_at__isnull=False
    )
    if not done.exists():
        key = f"{advertiser.pk}:{slot}"
        enqueue(job, key=key, advertiser=advertiser, payload={"slot": slot})


def request_optimize(campaign: Campaign) -> Job:
    """Ask for one campaign's pass now; one that waits already serves."""
    return enqueue(CAMPAIGN_JOB, key=str(campaign.pk), advertiser=campaign.account.advertiser)


@handles(OPTIMIZE_JOB, lease_seconds=1500)
def optimize(job: Job) -> dict[str, Any]:
    assert job.advertiser is not None
    run = passes.optimize_advertiser(job.advertiser, job.payload["slot"])
    return {"run": run.pk, "campaigns": len(run.outcomes)}


@handles(REBALANCE_JOB, lease_seconds=1500)
def rebalance(job: Job) -> dict[str, Any]:
    assert job.advertiser is not None
    run = passes.rebalance_advertiser(job.advertiser, job.payload["slot"])
    return {"run": run.pk, "outcomes": run.outcomes}


@handles(APPLY_JOB, lease_seconds=300)
def apply_rebalance(job: Job) -> dict[str, Any]:
    """The increases wait until the platform has answered on the decreases."""
    rebalance = Rebalance.objects.select_related("advertiser").get(pk=int(job.key))
    if not go_on(rebalance):
        raise Postponed("Decreases are still being sent.", seconds=2)
    return {"state": rebalance.state}


@handles(CAMPAIGN_JOB, lease_seconds=300)
def optimize_campaign(job: Job) -> dict[str, Any]:
    campaign = Campaign.objects.select_related("account__advertiser").get(pk=int(job.key))
    return {"outcome": passes.optimize_campaigns([campaign]).get(campaign.pk, "")}


@handles(SELF_TEST_JOB, lease_seconds=600)
def self_test(job: Job) -> dict[str, Any]:
    found = SelfTest.objects.select_related("advertiser").get(pk=int(job.key))
    return {"outcome": run_self_test(found).result["outcome"]}
