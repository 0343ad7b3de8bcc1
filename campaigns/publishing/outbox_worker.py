"""Works the outbox: claim and commit, then call, then settle.

Three outcomes: done, refused, unknown. Unknown is never sent again before a read-back by our own
reference found the object or ruled it out. A kill at any point leaves a row that says what may
have happened; `work` goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db.models import F

from campaigns.guardrails import gate
from campaigns.models import Campaign, PublishRequest, Wanted
from campaigns.publishing import publish_operations, settlement
from campaigns.publishing.publish_incidents import report_unknown, report_waiting
from campaigns.publishing.settlement import Busy
from campaigns.publishing.specs import content_hash
from core.common import clock
from core.common.errors import (
    ContentAltered,
    GuardrailExceeded,
    InvalidInput,
    SpendStopped,
)
from core.jobs import Postponed
from core.models import ActorKind
from platforms.errors import (
    CredentialsInvalid,
    OutcomeUnknown,
    PlatformError,
    RemoteObjectMissing,
)
from platforms.interface import AdPlatform
from platforms.registry import client_class, config_for
from platforms.services import mark_token_invalid

State = PublishRequest.State


LEASE = timedelta(minutes=3)
# A video goes up before its ad is made, for about LONGEST_UPLOAD_SECONDS of
# platforms.common.uploads at most: the part that is under way at that moment is still finished.
VIDEO_LEASE = timedelta(minutes=20)
TELL_AFTER_ATTEMPTS = 3
TELL_AFTER_WAITS = 40  # for a video that is being prepared: a quarter of an hour


def work(campaign: Campaign) -> bool:
    """Send what waits for this campaign, in order. True when nothing is left open.

    Raises Postponed when the platform cannot answer now; a refusal cancels what follows it.
    """
    request = _next(campaign)
    if request is None:
        return True
    with _client(campaign, request) as client:
        while request is not None:
            _process_one(client, request)
            request = _next(campaign)
    return True


@contextmanager
def _client(campaign: Campaign, request: PublishRequest) -> Iterator[AdPlatform]:
    """The account's client; without a token the changes wait and an incident opens."""
    try:
        config = config_for(campaign.account)
    except CredentialsInvalid as err:
        mark_token_invalid(campaign.account, err)
        raise Postponed(err.user_message, seconds=300) from err
    client = client_class(campaign.account.platform)(config)
    try:
        yield client
    finally:
        client.close()


def _next(campaign: Campaign) -> PublishRequest | None:
    """The oldest open request; but a pause does not wait behind a change that is being cleared
    up, unless that is an enabling of the same object, which it must not overtake."""
    rows = PublishRequest.objects.filter(campaign=campaign, state__in=PublishRequest.OPEN)
    open_ones = list(rows.select_related("campaign__account__advertiser").order_by("id"))
    request = _urgent(open_ones) or next(iter(open_ones), None)
    if request is not None and request.not_before > clock.real_now():
        wait = (request.not_before - clock.real_now()).total_seconds()
        raise Postponed("Waiting before the next attempt.", seconds=max(wait, 1.0))
    return request


def _urgent(open_ones: list[PublishRequest]) -> PublishRequest | None:
    for i, request in enumerate(open_ones):
        pauses = request.operation == publish_operations.Operation.SET_STATUS
        if pauses and request.payload["to"] == Wanted.PAUSED and request.state == State.WAITING:
            target = (request.target_type, request.target_id)
            older = [r for r in open_ones[:i] if r.operation == request.operation]
            clear = all((r.target_type, r.target_id) != target for r in older)
            return request if clear and request.campaign.remote_id else None
    return None


def _process_one(client: AdPlatform, request: PublishRequest) -> None:
    if request.state == State.IN_FLIGHT:
        _take_over(request)
    if request.state == State.UNKNOWN:
        _reconcile(client, request)
    elif request.state == State.WAITING:
        _send(client, request)


def _take_over(request: PublishRequest) -> None:
    """A worker died between claim and settlement: what it sent may have been carried out."""
    if request.lease_until and request.lease_until > clock.real_now():
        raise Busy("Another worker is sending this.", seconds=10)
    settlement.settle(request, State.UNKNOWN, maybe_sent=True, not_before=_after_settling(request))
    if request.not_before > clock.real_now():
        raise Postponed("Waiting until the platform has settled.", seconds=5)


def _send(client: AdPlatform, request: PublishRequest) -> None:
    try:
        _check_content(request)
        gate.check_send(request)
    except GuardrailExceeded as err:
        _halt(request, err)
        return
    if not _claim(request):
        raise Busy("Another worker is sending this.", seconds=5)
    _outcome(client, request, _after_its_video)


def _after_its_video(
    client: AdPlatform, request: PublishRequest
) -> publish_operations.RemoteResult | None:
    """A video takes minutes to go up: whoever presses the stop switch meanwhile is heard before
    the ad is made. Raises GuardrailExceeded; the video stays, and is found the next time."""
    if publish_operations.sends_a_video(request):
        publish_operations.send_ahead(client, request)
        gate.check_send(request)
    return publish_operations.send(client, request)


def _halt(request: PublishRequest, err: GuardrailExceeded) -> None:
    """Nothing was made yet. It waits for the stop switch, or it is refused."""
    if not isinstance(err, SpendStopped) or not _waits_for_stop_switch(request):
        settlement.refuse(request, err)
        return
    settlement.settle(request, State.WAITING, err)
    raise Postponed(err.user_message, seconds=60) from err


def _waits_for_stop_switch(request: PublishRequest) -> bool:
    """A launch is finished when the switch is lifted: half a tree, paused, does no harm. A raise
    or an enabling by itself is refused, so that it does not happen days later unasked."""
    return request.operation in PublishRequest.CREATES or request.actor_kind == ActorKind.AGENT


def _check_content(request: PublishRequest) -> None:
    if content_hash(request.payload) != request.content_hash:
        raise ContentAltered("The content of this change is not the content that was approved.")


def _claim(request: PublishRequest) -> bool:
    now = clock.real_now()
    won = PublishRequest.objects.filter(pk=request.pk, state=State.WAITING).update(
        state=State.IN_FLIGHT,
        attempts=F("attempts") + 1,
        claimed_at=now,
        lease_until=now + (VIDEO_LEASE if publish_operations.sends_a_video(request) else LEASE),
    )
    request.refresh_from_db()
    return bool(won)


def _reconcile(client: AdPlatform, request: PublishRequest) -> None:
    """Look first, then decide."""
    _outcome(client, request, publish_operations.look_up)
    if request.state == State.UNKNOWN:  # ruled out: it may be sent again, reusing what exists
        settlement.settle(request, State.WAITING)


def _outcome(client: AdPlatform, request: PublishRequest, act: publish_operations.Act) -> None:
    """Carry out one call and settle the row by its result."""
    looking = request.state == State.UNKNOWN
    try:
        found = act(client, request)
    except OutcomeUnknown as err:
        settlement.settle(
            request, State.UNKNOWN, err, maybe_sent=True, not_before=_after_settling(request)
        )
        if request.attempts >= TELL_AFTER_ATTEMPTS:
            report_unknown(request, err)
        raise Postponed(err.user_message, seconds=settings.PUBLISH_SETTLE_SECONDS) from err
    except CredentialsInvalid as err:
        mark_token_invalid(request.account, err)
        _retry_later(request, err, looking, seconds=300)
    except PlatformError as err:
        _handle_failure(request, err, looking)
    except GuardrailExceeded as err:
        _halt(request, err)
    except InvalidInput as err:  # the content cannot be put together: nothing was sent
        settlement.refuse(request, err)
    else:
        if found is not None:
            settlement.mark_done(request, found)


def _handle_failure(request: PublishRequest, err: PlatformError, looking: bool) -> None:
    if err.is_transient:
        _retry_later(request, err, looking, seconds=getattr(err, "retry_after", 15.0))
    elif looking and not isinstance(err, RemoteObjectMissing):
        _retry_later(request, err, looking, seconds=60)
    else:
        settlement.refuse(request, err)


def _retry_later(
    request: PublishRequest, err: PlatformError, looking: bool, *, seconds: float
) -> None:
    """Surely not carried out: back to where it was, for later."""
    state = State.UNKNOWN if looking else State.WAITING
    settlement.settle(request, state, err, not_before=clock.real_now() + timedelta(seconds=seconds))
    if request.attempts == TELL_AFTER_WAITS and publish_operations.sends_a_video(request):
        report_waiting(request, err)
    raise Postponed(err.user_message, seconds=seconds) from err


def _after_settling(request: PublishRequest) -> object:
    """A vendor may still be at work on a request whose answer was lost."""
    since = request.claimed_at or clock.real_now()
    waits = 2 ** min(max(request.attempts - 1, 0), 6)
    return since + timedelta(seconds=settings.PUBLISH_SETTLE_SECONDS * waits)
