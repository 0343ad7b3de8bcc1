"""Mails about incidents to the members who want them: once per change of state, and a digest.

A mail is a row before it is sent, so that ten thousand incidents at once are one mail to each
reader, and a server that is away delays it without losing or repeating it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

from django.db import transaction
from django.db.models import Q, QuerySet

from core.common import clock, dates
from core.common.errors import InvalidInput
from core.mails.incident_text import message_of
from core.mails.once import Outcome, send_once
from core.models import Advertiser, Incident, IncidentMail, IncidentMails, Membership, User

State, Mailed = IncidentMail.State, Incident.Mailed
LISTED = 20
QUIET_FOR = timedelta(minutes=5)
DIGEST_HOUR = 8
GIVEN_UP_AFTER = timedelta(hours=24)
MAIL_KEY = "mail"
"""The incident of a mail server that takes nothing: it is told on the pages alone."""
_PERMANENT = 500  # replies of SMTP from here on: trying again changes nothing (RFC 5321)
_CHUNK = 5000  # SQLite bounds the number of parameters


def choose(user: User, advertiser: Advertiser, wish: str) -> None:
    """Which mails a member gets of this advertiser. Raises InvalidInput."""
    if wish not in IncidentMails.values:
        raise InvalidInput("Choose which mails you want.", field="incident_mails")
    if wish != IncidentMails.NONE and not user.email:
        raise InvalidInput(
            "You have no e-mail address here. A superuser enters it under Users.",
            field="incident_mails",
        )
    if not Membership.objects.filter(user=user, advertiser=advertiser).update(incident_mails=wish):
        raise InvalidInput("Only members get mails of an advertiser.", field="incident_mails")


# ---- what is to be told ----------------------------------------------------------------------


def untold(advertiser: Advertiser) -> QuerySet[Incident]:
    """Incidents whose newest change of state no mail told of yet."""
    changed = Q(mailed=Mailed.NOTHING) | Q(mailed=Mailed.OPEN, resolved_at__isnull=False)
    return Incident.objects.filter(changed, advertiser=advertiser).exclude(key=MAIL_KEY)


@transaction.atomic
def collect(advertiser: Advertiser) -> list[IncidentMail]:
    """One mail to each reader about all that changed; at most one in QUIET_FOR."""
    newest = IncidentMail.objects.filter(advertiser=advertiser, day=None).first()
    if newest is not None and newest.created_at > clock.real_now() - QUIET_FOR:
        return []
    rows = list(untold(advertiser).select_for_update().order_by("pk"))
    opened = [row.pk for row in rows if row.resolved_at is None]
    closed = [row.pk for row in rows if row.resolved_at is not None]
    _mark(opened, Mailed.OPEN)
    _mark(closed, Mailed.CLOSED)
    if not rows:
        return []
    return [
        IncidentMail.objects.create(
            advertiser=advertiser,
            user=user,
            opened=opened[:LISTED],
            closed=closed[:LISTED],
            opened_count=len(opened),
            closed_count=len(closed),
            created_at=clock.real_now(),
        )
        for user in readers(advertiser, IncidentMails.CHANGES)
    ]


def _mark(ids: list[int], told: str) -> None:
    for at in range(0, len(ids), _CHUNK):
        Incident.objects.filter(pk__in=ids[at : at + _CHUNK]).update(mailed=told)


def readers(advertiser: Advertiser, what: str) -> list[User]:
    wanted = Membership.objects.filter(
        advertiser=advertiser, incident_mails__in=(what, IncidentMails.BOTH)
    )
    people = User.objects.filter(pk__in=wanted.values("user"), is_active=True)
    return list(people.exclude(email="").order_by("pk"))


def collect_digest(advertiser: Advertiser) -> list[IncidentMail]:
    """What is open since before DIGEST_HOUR, once on each of the advertiser's days: what opens
    later is in the next one."""
    now = clock.real_now().astimezone(dates.zone(advertiser.time_zone))
    if now.hour < DIGEST_HOUR:
        return []
    people = readers(advertiser, IncidentMails.DAILY)
    hour = now.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    still = Incident.objects.filter(advertiser=advertiser, resolved_at=None, since__lt=hour)
    still = still.order_by("since")
    ids = list(still.values_list("pk", flat=True)) if people else []
    if not ids:
        return []
    made = []
    for user in people:
        row, created = IncidentMail.objects.get_or_create(
            advertiser=advertiser,
            user=user,
            day=now.date(),
            defaults={
                "opened": ids[:LISTED],
                "opened_count": len(ids),
                "created_at": clock.real_now(),
            },
        )
        made += [row] if created else []
    return made


def unsent() -> QuerySet[IncidentMail]:
    return IncidentMail.objects.filter(state__in=(State.WAITING, State.SENDING))


# ---- sending ---------------------------------------------------------------------------------


def send(row: IncidentMail) -> IncidentMail:
    """Raises OSError when the mail server cannot be reached or refuses: it may be tried again,
    for GIVEN_UP_AFTER."""
    if row.state == State.SENDING:
        return _settle(row, State.UNKNOWN, "The sender stopped before the mail server answered.")
    if row.state != State.WAITING:
        return row
    if row.user not in readers(row.advertiser, _kind_of(row)):
        return _settle(row, State.FAILED, "This person no longer wants the mails.")
    if row.created_at < clock.real_now() - GIVEN_UP_AFTER:
        return _settle(row, State.FAILED, row.error or "No mail server took it for a day.")
    waiting = IncidentMail.objects.filter(pk=row.pk, state=State.WAITING)
    try:
        outcome, why = send_once(
            message_of(row, _listed(row.opened), _listed(row.closed)),
            claim=lambda: bool(waiting.update(state=State.SENDING)),
            give_back=lambda why: _give_back(row, why),
        )
    except OSError as err:
        if _is_no_mailbox(err):
            _tell_of_address(row, err)
            return _settle(row, State.FAILED, str(err))
        _tell_of_server(row.advertiser, err)
        raise
    if outcome == Outcome.TAKEN:
        return row
    return _settle(row, State.SENT if outcome == Outcome.SENT else State.UNKNOWN, why)


def _kind_of(row: IncidentMail) -> str:
    return IncidentMails.CHANGES if row.day is None else IncidentMails.DAILY


def _listed(ids: Iterable[int]) -> list[Incident]:
    return list(Incident.objects.filter(pk__in=list(ids)).order_by("since"))


def _give_back(row: IncidentMail, why: str) -> None:
    IncidentMail.objects.filter(pk=row.pk).update(state=State.WAITING, error=why[:500])


def _settle(row: IncidentMail, state: str, error: str) -> IncidentMail:
    row.state, row.error = state, error[:500]
    row.sent_at = clock.real_now() if state == State.SENT else None
    row.save(update_fields=["state", "error", "sent_at"])
    if state == State.SENT:
        Incident.resolve(row.advertiser, MAIL_KEY)
        Incident.resolve(row.advertiser, _address_key(row.user))
    return row


def _is_no_mailbox(err: OSError) -> bool:
    """The server is there, and takes nothing for this person: with 5xx, not later either."""
    if not isinstance(err, SMTPRecipientsRefused):
        return False
    return all(reply >= _PERMANENT for reply, _ in err.recipients.values())


def _tell_of_address(row: IncidentMail, err: OSError) -> None:
    """Once, until a mail to this person is taken; on the pages alone, as that of the server."""
    Incident.open(
        row.advertiser,
        _address_key(row.user),
        title=f"Mails to {row.user} are refused",
        detail=f"The mail server says: {err}"[:2000],
        at_stake="This person does not hear of incidents.",
        next_step="A superuser corrects the e-mail address under Users.",
        mailed=Mailed.CLOSED,
    )


def _address_key(user: User) -> str:
    return f"mail:{user.pk}"


def _tell_of_server(advertiser: Advertiser, err: OSError) -> None:
    Incident.open(
        advertiser,
        MAIL_KEY,
        title="Mails about incidents cannot be sent",
        detail=f"The mail server did not take one: {err}"[:2000],
        at_stake="Who relies on mails does not hear of incidents.",
        next_step="It is tried again by itself. Whoever runs the installation checks the settings "
        "ADSENGINE_EMAIL_… and the mail server.",
        mailed=Mailed.CLOSED,
    )
