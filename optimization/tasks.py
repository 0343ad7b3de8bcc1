"""Background work of the optimisation app. Beat ticks often; what is due by market time starts.

Every job can be started again after a kill: runs, outcomes and proposals are found again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import shared_task

from campaigns.models import Campaign
from core.common import clock
from core.jobs import Postponed, enqueue, handles, renew
from core.models import Advertiser, Job
from optimization.ab_tests.self_tests import SELF_TEST_JOB, run_self_test
from optimization.budgets.rebalance import APPLY_JOB, expire_due, resume
from optimization.budgets.rebalance_answers import settle_answers
from optimization.budgets.scoring import score_advertiser
from optimization.findings.incidents import sync_incidents
from optimization.models import PacingPlan, Rebalance, Run, SelfTest
from optimization.pacing.plans import check_pacing
from optimization.worker_runs import optimize_run
from optimization.worker_runs.campaign_findings import disconnected_advertisers
from optimization.worker_runs.rebalance_run import rebalance_advertiser
from optimization.worker_runs.slots import optimize_slot, rebalance_slot
from platforms.models import AdAccount

OPTIMIZE_JOB, BATCH_JOB, CAMPAIGN_JOB = "optimize", "optimize_batch", "optimize_campaign"
REBALANCE_JOB, SCORE_JOB, PACING_JOB = "rebalance", "score", "pacing"


# ---- what beat calls ---------------------------------------------------------------------


@shared_task(name="optimization.tasks.optimize_all_campaigns")
def optimize_all_campaigns() -> None:
    slot = optimize_slot(clock.market_now())
    for advertiser in disconnected_advertisers():
        sync_incidents(advertiser)
    for advertiser in _connected():
        _start(advertiser, OPTIMIZE_JOB, Run.Kind.OPTIMIZE, slot)


@shared_task(name="optimization.tasks.rebalance_budgets")
def rebalance_budgets() -> None:
    for advertiser in _connected():
        slot = rebalance_slot(advertiser, clock.market_now())
        if slot is not None:
            _start(advertiser, REBALANCE_JOB, Run.Kind.REBALANCE, slot)


@shared_task(name="optimization.tasks.watch_pacing")
def watch_pacing() -> None:
    """Plans that go off open an incident; proposals whose time is over are closed."""
    expire_due()
    settle_answers()
    planned = PacingPlan.objects.filter(ended_at=None).values("advertiser")
    for advertiser in Advertiser.objects.filter(pk__in=planned):
        enqueue(PACING_JOB, key=str(advertiser.pk), advertiser=advertiser)


@shared_task(name="optimization.tasks.score_predictions")
def score_predictions() -> None:
    for advertiser in _connected():
        enqueue(SCORE_JOB, key=str(advertiser.pk), advertiser=advertiser)


def _connected() -> list[Advertiser]:
    return list(Advertiser.objects.filter(accounts__state=AdAccount.State.CONNECTED).distinct())


def _start(advertiser: Advertiser, job: str, kind: str, slot: str) -> None:
    done = Run.objects.filter(
        advertiser=advertiser, kind=kind, slot=slot, finished_at__isnull=False
    )
    if not done.exists():
        key = f"{advertiser.pk}:{slot}"
        enqueue(job, key=key, advertiser=advertiser, payload={"slot": slot})


# ---- what a person asks for --------------------------------------------------------------


def request_optimize(campaign: Campaign) -> Job:
    """Request a run over one campaign now; a waiting request is reused."""
    return enqueue(CAMPAIGN_JOB, key=str(campaign.pk), advertiser=campaign.account.advertiser)


def request_run(advertiser: Advertiser) -> Job:
    """Request a run over all campaigns now; a waiting request is reused."""
    slot = f"asked {clock.real_now():%Y-%m-%d %H:%M:%S}"
    key = f"{advertiser.pk}:asked"
    return enqueue(OPTIMIZE_JOB, key=key, advertiser=advertiser, payload={"slot": slot})


# ---- jobs --------------------------------------------------------------------------------


@handles(OPTIMIZE_JOB, lease_seconds=600)
def optimize(job: Job) -> dict[str, Any]:
    assert job.advertiser is not None
    run = optimize_run.start_run(job.advertiser, job.payload["slot"])
    batches = list(optimize_run.batches(run))
    for account, ids in batches:
        payload = {"run": run.pk, "campaigns": ids}
        key = f"{run.pk}:{account}:{ids[0]}"
        enqueue(BATCH_JOB, key=key, advertiser=job.advertiser, payload=payload)
    return {"run": run.pk, "batches": len(batches)}


@handles(BATCH_JOB, lease_seconds=600)
def optimize_batch(job: Job) -> dict[str, Any]:
    run = Run.objects.select_related("advertiser").get(pk=job.payload["run"])
    done = optimize_run.work_batch(run, job.payload["campaigns"], lambda: renew(job))
    return {"run": run.pk, "campaigns": done}


@handles(CAMPAIGN_JOB, lease_seconds=300)
def optimize_campaign(job: Job) -> dict[str, Any]:
    """A run of its own for one campaign."""
    campaign = Campaign.objects.select_related("account__advertiser").get(pk=int(job.key))
    advertiser = campaign.account.advertiser
    run = optimize_run.start_run(advertiser, f"campaign {campaign.pk}, task {job.pk}", campaign)
    optimize_run.work_batch(run, [campaign.pk], lambda: renew(job))
    return {"run": run.pk, "outcome": run.said.get(str(campaign.pk), "")}


@handles(REBALANCE_JOB, lease_seconds=600)
def rebalance(job: Job) -> dict[str, Any]:
    assert job.advertiser is not None
    run = rebalance_advertiser(job.advertiser, job.payload["slot"])
    return {"run": run.pk, "outcomes": run.said}


@handles(APPLY_JOB, lease_seconds=300)
def apply_rebalance(job: Job) -> dict[str, Any]:
    """The increases wait until the platform has answered on the decreases."""
    rebalance = Rebalance.objects.select_related("advertiser").get(pk=int(job.key))
    if not resume(rebalance):
        young = clock.real_now() - job.created_at < timedelta(minutes=2)
        raise Postponed("Decreases are still being sent.", seconds=2 if young else 30)
    return {"state": rebalance.state}


@handles(PACING_JOB, lease_seconds=300)
def pacing(job: Job) -> dict[str, Any]:
    assert job.advertiser is not None
    return {"plans": {paced.plan.pk: paced.pace.status for paced in check_pacing(job.advertiser)}}


@handles(SCORE_JOB, lease_seconds=600)
def score(job: Job) -> dict[str, Any]:
    assert job.advertiser is not None
    return {"scored": score_advertiser(job.advertiser)}


@handles(SELF_TEST_JOB, lease_seconds=600)
def self_test(job: Job) -> dict[str, Any]:
    found = SelfTest.objects.select_related("advertiser").get(pk=int(job.key))
    measured = run_self_test(found).measured
    return {"outcome": measured.outcome if measured else ""}
