"""Sends a mail once: what the server refused may be tried again, a lost answer may not."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import EmailMessage, get_connection


class Outcome(Enum):
    SENT = "sent"
    UNKNOWN = "unknown"
    TAKEN = "taken"


def send_once(
    mail: EmailMessage, *, claim: Callable[[], bool], give_back: Callable[[str], None]
) -> tuple[Outcome, str]:
    """Send it if `claim`, called once the server is reached, says that nobody else does.

    Returns TAKEN where it does not, UNKNOWN with the reason where the answer was lost. Raises
    OSError where the server cannot be reached or refuses; then `give_back` was called, and it may
    be tried again.
    """
    mail.connection = get_connection()
    mail.connection.open()
    try:
        if not claim():
            return Outcome.TAKEN, ""
        mail.send()
    except (SMTPResponseException, SMTPRecipientsRefused) as err:
        give_back(str(err))
        raise
    except OSError as err:
        return Outcome.UNKNOWN, f"The answer of the mail server was lost: {err}"
    finally:
        mail.connection.close()
    return Outcome.SENT, ""
