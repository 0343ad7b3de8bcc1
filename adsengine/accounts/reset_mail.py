"""The mail with a link to choose a new password, sent by a job.

The page does the same for every address, so its time does not tell whether an account has it.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.forms import PasswordResetForm
from django.core.mail import EmailMultiAlternatives
from django.template import loader

from core.jobs import enqueue, handles
from core.models import Job

RESET_MAIL_JOB = "reset_mail"


class _ResetForm(PasswordResetForm):
    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        """Raises what the mail server raises, unlike Django's: the job tries again."""
        subject = " ".join(loader.render_to_string(subject_template_name, context).split())
        body = loader.render_to_string(email_template_name, context)
        EmailMultiAlternatives(subject, body, from_email, [to_email]).send()


def request_reset_mail(email: str, *, domain: str, https: bool) -> Job:
    """Send a link to each active account of that address, soon; none if it has no account."""
    digest = hashlib.sha256(email.casefold().encode("utf-8", "replace")).hexdigest()
    payload = {"email": email, "domain": domain, "https": https}
    return enqueue(RESET_MAIL_JOB, key=digest, payload=payload)


@handles(RESET_MAIL_JOB, lease_seconds=120, attempts=5)
def send_reset_mail(job: Job) -> None:
    form = _ResetForm({"email": job.payload["email"]})
    if form.is_valid():
        form.save(
            domain_override=job.payload["domain"],
            use_https=job.payload["https"],
            subject_template_name="accounts/password_reset_subject.txt",
            email_template_name="accounts/password_reset_email.txt",
        )
