"""Looks after what no request waits for: tokens and accounts, and changes that got stuck."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Min, Q, QuerySet

from campaigns.lifecycle import OPEN_REQUEST
from campaigns.models import PublishRequest
from core.common import clock
from core.models import Advertiser, Incident
from platforms.errors import CredentialsInvalid, PlatformError
from platforms.models import AdAccount, Platform
from platforms.services import verify_account

CHECK_EVERY = timedelta(hours=6)
STUCK_AFTER = timedelta(hours=1)
State = PublishRequest.State


def accounts_to_check() -> list[AdAccount]:
    """Connected accounts that were last verified six hours ago. Tokens live in real time."""
    due = clock.real_now() - CHECK_EVERY
    rows = AdAccount.objects.filter(state=AdAccount.State.CONNECTED)
    rows = rows.exclude(platform=Platform.IMPORT)
    return list(rows.filter(Q(verified_at=None) | Q(verified_at__lte=due)))


def check_account(account: AdAccount) -> str:
    """Verify token and account: a dead token and an account that cannot deliver open an incident.
    Returns what was found. Raises PlatformError where the platform cannot be asked."""
    try:
        info = verify_account(account)
    except CredentialsInvalid as err:
        return err.user_message  # its incident is open already
    except PlatformError as err:
        if err.is_transient:
            raise
        return err.user_message
    if info.can_deliver:
        Incident.resolve(account.advertiser, _key(account))
        return "healthy"
    problems = " ".join(info.problems) or "The platform says that it cannot deliver."
    Incident.open(
        account.advertiser,
        _key(account),
        title=f"{account}: ads cannot run",
        detail=problems,
        at_stake="No campaign of this account is shown.",
        next_step="Correct it in the platform's account settings; this page updates automatically.",
        url=f"/a/{account.advertiser.slug}/connections/",
    )
    return problems


def _key(account: AdAccount) -> str:
    return f"account:{account.pk}"


def report_stuck_changes() -> int:
    """One incident per advertiser whose changes have waited for an answer for over an hour; closed
    when none does. Returns how many changes are stuck."""
    since = clock.real_now() - STUCK_AFTER
    stuck = PublishRequest.objects.filter(OPEN_REQUEST, created_at__lte=since).exclude(
        account__state=AdAccount.State.NEEDS_TOKEN  # told with the token
    )
    counts: dict[int, int] = {}
    for pk in stuck.values_list("account__advertiser", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    reported = Incident.objects.filter(key="stuck", resolved_at=None).values("advertiser")
    for advertiser in Advertiser.objects.filter(Q(pk__in=counts) | Q(pk__in=reported)):
        _report_stuck(advertiser, counts.get(advertiser.pk, 0), stuck)
    return sum(counts.values())


def _report_stuck(advertiser: Advertiser, count: int, stuck: QuerySet[PublishRequest]) -> None:
    if not count:
        Incident.resolve(advertiser, "stuck")
        return
    mine = stuck.filter(account__advertiser=advertiser)
    oldest = mine.aggregate(first=Min("created_at"))["first"]
    held = mine.filter(state=State.WAITING, refusal__in=PublishRequest.STOPS).count()
    Incident.open(
        advertiser,
        "stuck",
        title=f"{count} change{'' if count == 1 else 's'} wait{'s' if count == 1 else ''} for over "
        "an hour",
        detail=f"The oldest was requested at {oldest:%Y-%m-%d %H:%M} UTC.",
        at_stake="What was decided is not in force on the platform.",
        next_step=_next_step(count, held),
        url=f"/a/{advertiser.slug}/connections/",
    )


def _next_step(count: int, held: int) -> str:
    look = "See the connections page: a platform may be down, or the workers may be stopped."
    if not held:
        return look
    lift = f"A stop switch holds {held} of them: an approver can lift it."
    return lift if held == count else f"{lift} For the others: {look[0].lower()}{look[1:]}"
