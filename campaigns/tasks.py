"""Background work of the campaigns app: entry points, a few lines each."""

from __future__ import annotations

from datetime import date
from typing import Any

from celery import shared_task

from campaigns.lifecycle import OPEN_REQUEST
from campaigns.models import Campaign, PublishRequest, ReportSchedule
from campaigns.publishing import outbox_worker
from campaigns.publishing.outbox import LOWER_JOB, PUBLISH_JOB, resume_publisher
from campaigns.publishing.publish_incidents import report_fault
from campaigns.reports import sending
from campaigns.specs.adopted import SPEC_JOB, read_adopted
from campaigns.sync import health, metrics_sync
from core.common.errors import AdsEngineError
from core.jobs import enqueue, handles
from core.lanes import work_lane
from core.models import Job
from platforms.connect_sandbox import bring_rates
from platforms.models import AdAccount
from platforms.registry import platform_for
from platforms.services import SYNC_JOB

CHECK_JOB, REPORT_JOB = "check_account", "send_report"


@handles(PUBLISH_JOB, lease_seconds=300)
def publish(job: Job) -> None:
    _work_outbox(job, lowering_only=False)


@handles(LOWER_JOB, lease_seconds=300)
def publish_lower(job: Job) -> None:
    """What pauses or lowers, and waits for no launch of its campaign."""
    _work_outbox(job, lowering_only=True)


def _work_outbox(job: Job, *, lowering_only: bool) -> None:
    campaign = Campaign.objects.select_related("account__advertiser").get(pk=int(job.key))
    try:
        outbox_worker.work(campaign, lowering_only=lowering_only)
    except AdsEngineError:
        raise
    except Exception as err:
        if job.attempt > 1 or _failed_before(job):
            report_fault(campaign, err)
        raise


def _failed_before(job: Job) -> bool:
    """Whether the last job of this kind for the campaign failed too."""
    earlier = Job.objects.filter(kind=job.kind, key=job.key, finished_at__isnull=False)
    last = earlier.exclude(pk=job.pk).order_by("-pk").first()
    return last is not None and last.state == Job.State.FAILED


@handles(SYNC_JOB, lease_seconds=600, attempts=3, tells=True)
def sync(job: Job) -> dict[str, Any]:
    account = AdAccount.objects.select_related("advertiser").get(pk=int(job.key))
    bring_rates(account.advertiser)
    result = metrics_sync.sync_account(account)
    return {"new": result.new, "restated": result.restated, "seen": result.structure.seen}


@handles(SPEC_JOB, lease_seconds=120)
def read_spec(job: Job) -> dict[str, Any]:
    """Of a campaign that was adopted."""
    campaign = Campaign.objects.select_related("account__advertiser").get(pk=int(job.key))
    with platform_for(campaign.account) as client:
        return {"says": read_adopted(client, campaign)}


@handles(CHECK_JOB, lease_seconds=300, attempts=3, tells=True)
def check_account(job: Job) -> dict[str, Any]:
    """A platform that cannot be asked is told by the hourly sync."""
    account = AdAccount.objects.select_related("advertiser").get(pk=int(job.key))
    return {"found": health.check_account(account)}


@handles(REPORT_JOB, lease_seconds=300, attempts=4)
def send_report(job: Job) -> dict[str, Any]:
    schedule = ReportSchedule.objects.select_related("advertiser").filter(pk=job.payload["id"])
    found = schedule.first()
    if found is None or not found.active:  # removed or paused since the job was created
        return {"state": "left"}
    return {"state": sending.send(found, date.fromisoformat(job.payload["day"])).state}


def request_sync(account: AdAccount) -> Job:
    """Ask for a sync now; one that waits already serves."""
    lane = work_lane(account.platform)
    return enqueue(SYNC_JOB, key=str(account.pk), advertiser=account.advertiser, lane=lane)


@shared_task(name="campaigns.tasks.sync_due_accounts")
def sync_due_accounts() -> None:
    for account in metrics_sync.due_accounts():
        request_sync(account)


@shared_task(name="campaigns.tasks.send_due_reports")
def send_due_reports() -> None:
    for schedule, day in sending.due():
        payload = {"id": schedule.pk, "day": str(day)}
        key = f"{schedule.pk}:{day}"
        enqueue(REPORT_JOB, key=key, advertiser=schedule.advertiser, payload=payload)


@shared_task(name="campaigns.tasks.check_accounts")
def check_accounts() -> None:
    for account in health.accounts_to_check():
        lane = work_lane(account.platform)
        enqueue(CHECK_JOB, key=str(account.pk), advertiser=account.advertiser, lane=lane)


@shared_task(name="campaigns.tasks.resume_publishing")
def resume_publishing() -> None:
    """Changes that wait without a job, e.g. after a crash between two commits; and what has
    waited too long is told."""
    health.report_stuck_changes()
    waiting = PublishRequest.objects.filter(OPEN_REQUEST).values("campaign_id").distinct()
    for campaign in Campaign.objects.filter(pk__in=waiting).select_related("account__advertiser"):
        resume_publisher(campaign)
