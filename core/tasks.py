"""Background work of the base app."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from core.jobs import Postponed, enqueue, handles
from core.mails import incident_mails
from core.models import Advertiser, IncidentMail, Job

INCIDENT_MAIL_JOB = "incident_mail"
_SERVER_AWAY_SECONDS = 300


@handles(INCIDENT_MAIL_JOB, lease_seconds=120, attempts=6)
def send_incident_mail(job: Job) -> dict[str, Any]:
    rows = IncidentMail.objects.select_related("advertiser", "user")
    row = rows.filter(pk=job.payload["id"]).first()
    try:
        return {"state": "left" if row is None else incident_mails.send(row).state}
    except OSError as err:  # it is told, and tried again until the mail is given up
        raise Postponed("The mail server takes nothing.", seconds=_SERVER_AWAY_SECONDS) from err


@shared_task(name="core.tasks.mail_incidents")
def mail_incidents() -> None:
    """Make the mails that are due, and ask for every one that waits."""
    for advertiser in Advertiser.objects.order_by("pk"):
        incident_mails.collect(advertiser)
        incident_mails.collect_digest(advertiser)
    for row in incident_mails.unsent().select_related("advertiser"):
        key, payload = str(row.pk), {"id": row.pk}
        enqueue(INCIDENT_MAIL_JOB, key=key, advertiser=row.advertiser, payload=payload)
