"""Incidents of changes that were refused, or whose outcome is unknown or overdue."""

from __future__ import annotations

from django.db.models import Q

from campaigns.models import Campaign, PublishRequest, RemoteState, Wanted
from core.common.errors import AdsEngineError
from core.models import Incident
from platforms.errors import PlatformError

TELL_AFTER_ATTEMPTS = 3
TELL_AFTER_FAULTS = 2


def with_vendor_message(err: AdsEngineError) -> str:
    """Our sentence, and the vendor's own where it says more."""
    theirs = getattr(err, "vendor_message", "")
    return f"{err.user_message} They say: {theirs}" if theirs else err.user_message


def explain(err: AdsEngineError) -> str:
    """The same with the request id, for support."""
    request = f" (request {err.request_id})" if err.request_id else ""
    return with_vendor_message(err) + request


def _next_step(err: AdsEngineError) -> str:
    what = f"the {err.field.replace('_', ' ')}" if err.field else "what was refused"
    return f"Change {what} on the campaign's page and request it again."


def report_unknown(request: PublishRequest, err: PlatformError) -> None:
    """It is looked up and retried with growing delays; a person should know meanwhile."""
    _open_incident(
        request,
        err,
        what="it is not known whether a change was made",
        at_stake="The change may not be in force on the platform.",
        next_step=f"Look at the campaign on {request.account.get_platform_display()}.",
    )


def report_waiting(request: PublishRequest, err: PlatformError) -> None:
    """A video that a platform never finishes processing would hold a launch unnoticed."""
    platform = request.account.get_platform_display()
    _open_incident(
        request,
        err,
        what="a video is still not ready",
        at_stake="The launch waits. It spends nothing.",
        next_step=f"Look at the video in the account's library on {platform}: is it refused there?",
    )


def _open_incident(
    request: PublishRequest, err: AdsEngineError, *, what: str, at_stake: str, next_step: str
) -> None:
    """At most one incident per campaign: the newest describes the state."""
    campaign, advertiser = request.campaign, request.account.advertiser
    Incident.open(
        advertiser,
        _key(campaign),
        title=f"{campaign.name}: {what}",
        detail=explain(err),
        at_stake=at_stake,
        next_step=next_step,
        url=f"/a/{advertiser.slug}/campaigns/{campaign.pk}/",
    )


def report_refused(request: PublishRequest, err: AdsEngineError) -> None:
    """What was refused, and what a person can do about it."""
    _open_incident(
        request,
        err,
        what=f"{request.get_operation_display()} was refused",
        at_stake="The change is not in force on the platform.",
        next_step=_next_step(err),
    )


def report_fault(campaign: Campaign, err: Exception) -> None:
    """A change failed for a reason that nobody foresaw, more than once: what is at stake is said
    in money. The error itself is for staff."""
    advertiser = campaign.account.advertiser
    Incident.open(
        advertiser,
        _key(campaign),
        title=f"{campaign.name}: changes cannot be sent",
        detail=f"An error that nobody foresaw: {type(err).__name__}: {err}"[:2000],
        at_stake=_money_at_stake(campaign),
        next_step="It is tried again by itself. Until then change it on "
        f"{campaign.account.get_platform_display()}; staff find the error under Publish requests.",
        url=f"/a/{advertiser.slug}/campaigns/{campaign.pk}/",
    )


def _money_at_stake(campaign: Campaign) -> str:
    """The larger of what is wanted and what is there: either may be what is spent."""
    known = (campaign.daily_budget_micros, campaign.remote_daily_budget_micros)
    micros = max((value for value in known if value is not None), default=None)
    budget = "an unknown budget" if micros is None else str(campaign.account.money(micros))
    runs = campaign.remote in {RemoteState.ACTIVE, RemoteState.IN_REVIEW, RemoteState.UNKNOWN}
    if runs or campaign.wanted == Wanted.ACTIVE:
        return f"It runs, or may run, at {budget} a day; a pause may not arrive."
    return f"It does not run. Its daily budget is {budget}."


def others_in_trouble(request: PublishRequest) -> bool:
    """Whether another open change of the campaign has a story that its incident tells."""
    others = PublishRequest.objects.filter(
        campaign=request.campaign_id, state__in=PublishRequest.OPEN
    )
    troubled = Q(faults__gte=TELL_AFTER_FAULTS) | Q(attempts__gte=TELL_AFTER_ATTEMPTS)
    return others.exclude(pk=request.pk).filter(troubled).exists()


def resolve_incident(campaign: Campaign) -> None:
    Incident.resolve(campaign.account.advertiser, _key(campaign))


def _key(campaign: Campaign) -> str:
    return f"publish:{campaign.pk}"
