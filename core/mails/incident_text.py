"""The text of a mail about incidents."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from core.models import Incident, IncidentMail


def message_of(row: IncidentMail, opened: list[Incident], closed: list[Incident]) -> EmailMessage:
    """Plain text. The listed incidents are the first of those that the row counts."""
    context = {
        "row": row,
        "opened": opened,
        "closed": closed,
        "opened_more": max(row.opened_count - len(opened), 0),
        "closed_more": max(row.closed_count - len(closed), 0),
        "address": _address(row),
    }
    return EmailMessage(
        subject=_subject(row, opened, closed),
        body=render_to_string("mails/incidents.txt", context),
        to=[row.user.email],
        # The same mail has the same id, however often a server is offered it.
        headers={"Message-ID": f"<incidents-{row.pk}-{row.created_at:%Y%m%d%H%M%S}@adsengine>"},
    )


def _subject(row: IncidentMail, opened: list[Incident], closed: list[Incident]) -> str:
    name = row.advertiser.name
    if row.day is not None:
        return _line(f"{name}: {_count(row.opened_count)} open on {row.day:%-d %b %Y}")
    listed = [*opened, *closed]
    if row.opened_count + row.closed_count == 1 and listed:
        return _line(f"{name}: {'Over: ' if closed else ''}{listed[0].title}")
    parts = [f"{_count(row.opened_count)} opened"] if row.opened_count else []
    parts += [f"{_count(row.closed_count)} over"] if row.closed_count else []
    return _line(f"{name}: {', '.join(parts)}")


def _count(number: int) -> str:
    return f"{number} incident{'' if number == 1 else 's'}"


def _line(text: str) -> str:
    """A header is one line."""
    return " ".join(text.split())[:200]


def _address(row: IncidentMail) -> str:
    return (
        f"{settings.PUBLIC_URL}/a/{row.advertiser.slug}/incidents/" if settings.PUBLIC_URL else ""
    )
