"""Works the outbox: claim and commit, then call, then settle.

Three outcomes: done, refused, unknown. Unknown is never sent again before a read-back by our own
reference found the object or ruled it out. A kill at any point leaves a row that says what may
have happened; `work` goes on from there. What one request meets does not stop the others:
`sending_order` says which may go on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from campaigns.models import Campaign, PublishRequest
from campaigns.publishing import leases, publish_operations, sending_order, settlement
from campaigns.publishing.leases import Busy, Fence
from campaigns.publishing.publish_incidents import (
    TELL_AFTER_ATTEMPTS,
    TELL_AFTER_FAULTS,
    report_fault,
    report_unknown,
    report_waiting,
)
from campaigns.specs.content_hashes import content_hash
from core.common import clock
from core.common.errors import (
    AdsEngineError,
    ContentAltered,
    GuardrailExceeded,
    InvalidInput,
    SpendStopped,
)
from core.jobs import Postponed
from core.models import ActorKind
from core.retries import is_contention
from platforms.errors import (
    CredentialsInvalid,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    RemoteObjectMissing,
)
from platforms.interface import AdPlatform
from platforms.registry import client_class, config_for
from platforms.services import mark_token_invalid

State = PublishRequest.State
log = logging.getLogger(__name__)

TELL_AFTER_WAITS = 40  # for a video that is being prepared: a quarter of an hour
_FAULT_WAIT = timedelta(seconds=60)
_LONGEST_RUN_SECONDS = 120.0  # well within the lease of a job


class _AccountUnusable(Postponed):
    """The token is refused: no request of the account gets on."""


@dataclass
class _Run:
    """One worker at one campaign's outbox: its client, and what it has put off."""

    campaign: Campaign
    lowering_only: bool = False
    fence: Fence = field(default_factory=Fence)
    passed: set[int] = field(default_factory=set)
    waits: list[Postponed] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def put_off(self, request: PublishRequest, err: Postponed) -> None:
        self.passed.add(request.pk)
        self.waits.append(err)

    def is_long(self) -> bool:
        """Where each call times out: what is left is for the next job."""
        return time.monotonic() - self.started > _LONGEST_RUN_SECONDS


def work(campaign: Campaign, *, lowering_only: bool = False) -> bool:
    """Send what may be sent of this campaign, lowering first. True when nothing is left open.

    Raises Postponed when something has to wait, Busy when another worker is at it.
    """
    run = _Run(campaign, lowering_only)
    with ExitStack() as stack:
        client: AdPlatform | None = None
        while True:
            queue = sending_order.open_requests(campaign, lowering_only=lowering_only)
            request = None if run.is_long() else queue.next(run.passed)
            if request is None:
                break
            client = client or stack.enter_context(_client(request, run))
            _attempt(client, run, request)
    return _end(run, queue)


def _end(run: _Run, queue: sending_order.Queue) -> bool:
    if run.waits:
        first = run.waits[0]
        first.seconds = min(err.seconds for err in run.waits)
        raise first
    if queue.is_being_sent():
        raise Busy("Another worker is sending this.", seconds=10)
    seconds = queue.seconds_until_next()
    if seconds:
        raise Postponed("Waiting before the next attempt.", seconds=seconds)
    return True


def _attempt(client: AdPlatform, run: _Run, request: PublishRequest) -> None:
    """Work one request; where it cannot go on now, the others still do: one that fails for ever
    starves none of them."""
    try:
        _process_one(client, run.fence, request)
    except _AccountUnusable:
        raise
    except Postponed as err:
        run.put_off(request, err)
    except Exception as err:
        if is_contention(err):
            log.info("request %s met a busy database", request.pk)
        else:
            log.exception("request %s failed for a reason that nobody foresaw", request.pk)
        run.put_off(request, _note_fault(request, run.fence, err))


def _note_fault(request: PublishRequest, fence: Fence, err: Exception) -> Postponed:
    """It is tried again later, and the others go on. What was claimed may have been sent."""
    now = clock.real_now()
    rows = PublishRequest.objects.filter(pk=request.pk, state__in=PublishRequest.OPEN)
    noted: dict[str, Any] = {"not_before": now + _FAULT_WAIT}
    if not is_contention(err):  # a busy database is no fault of the change
        text = f"An error that nobody foresaw: {type(err).__name__}: {err}"
        noted |= {"faults": F("faults") + 1, "error": text[:2000]}
    free = {"token": "", "lease_until": None}
    mine = rows.filter(token__in={"", fence.token_of(request)})
    lost = {"state": State.UNKNOWN, "maybe_sent": True, "lost_at": now}
    if not mine.filter(state=State.IN_FLIGHT).update(**noted, **free, **lost):
        mine.update(**noted, **free)
    fresh = rows.select_related("campaign__account__advertiser").first()
    if fresh is not None and fresh.faults >= TELL_AFTER_FAULTS:
        report_fault(fresh.campaign, err)
    return Postponed("A change failed; it is tried again.", seconds=_FAULT_WAIT.total_seconds())


@contextmanager
def _client(request: PublishRequest, run: _Run) -> Iterator[AdPlatform]:
    """The account's client, each write of which asks the fence; without a token the changes wait
    and an incident opens."""
    try:
        # What lowers passes an open circuit and a halt near the vendor's own limit.
        config = config_for(request.account, lowers=run.lowering_only)
        config = replace(config, before_write=run.fence)
    except CredentialsInvalid as err:
        mark_token_invalid(request.account, err)
        raise _AccountUnusable(err.user_message, seconds=300) from err
    client = client_class(request.account.platform)(config)
    try:
        yield client
    finally:
        client.close()


def _process_one(client: AdPlatform, fence: Fence, request: PublishRequest) -> None:
    if request.state == State.IN_FLIGHT:
        _take_over(request)
    if request.state == State.UNKNOWN:
        _reconcile(client, fence, request)
    elif request.state == State.WAITING:
        _send(client, fence, request)


def _take_over(request: PublishRequest) -> None:
    """A worker died between claim and settlement, or froze: what it sent may have been carried
    out, and what it sends now is stopped by its fence. Settling counts from here."""
    settlement.settle(request, State.UNKNOWN, maybe_sent=True, lost_at=clock.real_now())
    due = sending_order.due_at(request)
    if due > clock.real_now():
        raise Postponed("Waiting until the platform has settled.", seconds=_seconds_until(due))


def _send(client: AdPlatform, fence: Fence, request: PublishRequest) -> None:
    try:
        _check_content(request)
    except AdsEngineError as err:
        if err.is_transient:
            raise
        _halt(request, err)
        return
    if not _claim(request):
        raise Busy("Another worker is sending this.", seconds=5)
    fence.hold(request, asks_gate=True)
    _outcome(client, fence, request, _after_its_video)


def _after_its_video(
    client: AdPlatform, request: PublishRequest
) -> publish_operations.RemoteResult | None:
    """A video takes minutes to go up. The fence hears who presses the stop switch meanwhile, before
    the ad is made; the video stays, and is found the next time."""
    if publish_operations.sends_a_video(request):
        publish_operations.send_ahead(client, request)
    return publish_operations.send(client, request)


def _halt(request: PublishRequest, err: AdsEngineError) -> None:
    """This attempt made nothing. It waits for the stop switch, or it is refused."""
    if not isinstance(err, SpendStopped) or not _waits_for_stop_switch(request):
        settlement.refuse(request, err)
        return
    settlement.put_back(request, err)
    raise Postponed(err.user_message, seconds=60) from err


def _waits_for_stop_switch(request: PublishRequest) -> bool:
    """A launch is finished when the switch is lifted: half a tree, paused, does no harm. A raise
    or an enabling by itself is refused, so that it does not happen days later unasked."""
    return request.operation in PublishRequest.CREATES or request.actor_kind == ActorKind.AGENT


def _check_content(request: PublishRequest) -> None:
    if content_hash(request.payload) != request.content_hash:
        raise ContentAltered("The content of this change is not the content that was approved.")


def _claim(request: PublishRequest) -> bool:
    return leases.claim(request)


def _reconcile(client: AdPlatform, fence: Fence, request: PublishRequest) -> None:
    """Look first, then decide."""
    due = sending_order.due_at(request)
    if due > clock.real_now():
        raise Postponed("Waiting until the platform has settled.", seconds=_seconds_until(due))
    if not _claim(request):
        raise Busy("Another worker is looking this up.", seconds=5)
    fence.hold(request, asks_gate=False)
    _outcome(client, fence, request, publish_operations.look_up)
    if request.state == State.UNKNOWN:  # ruled out: it may be sent again, reusing what exists
        settlement.put_back(request)


def _outcome(
    client: AdPlatform, fence: Fence, request: PublishRequest, act: publish_operations.Act
) -> None:
    """Carry out one call and settle the row by its result."""
    looking = request.state == State.UNKNOWN
    try:
        found = act(client, request)
    except OutcomeUnknown as err:
        _lose(request, err)
    except CredentialsInvalid as err:
        mark_token_invalid(request.account, err)
        with suppress(Postponed):
            _retry_later(request, err, looking, seconds=300)
        raise _AccountUnusable(err.user_message, seconds=300) from err
    except PlatformError as err:
        _handle_failure(request, err, looking)
    except (GuardrailExceeded, InvalidInput) as err:  # the gate's, or the content's own
        _stopped_before_a_write(client, request, fence, err)
    else:
        if found is not None:
            settlement.mark_done(request, found)


def _lose(request: PublishRequest, err: OutcomeUnknown) -> None:
    """From this moment on the platform is given its time to settle."""
    settlement.settle(request, State.UNKNOWN, err, maybe_sent=True, lost_at=clock.real_now())
    if request.attempts >= TELL_AFTER_ATTEMPTS:
        report_unknown(request, err)
    seconds = _seconds_until(sending_order.due_at(request))
    raise Postponed(err.user_message, seconds=seconds) from err


def _stopped_before_a_write(
    client: AdPlatform, request: PublishRequest, fence: Fence, err: AdsEngineError
) -> None:
    """The gate said no, or the content cannot be put together. Where an earlier write of this
    attempt has left, what it made is looked up first: it may have to be switched off."""
    if fence.passed:
        settlement.settle(request, State.UNKNOWN, err, maybe_sent=True)
        return
    if request.maybe_sent:
        _take_back(client, request, fence)
    _halt(request, err)


def _take_back(client: AdPlatform, request: PublishRequest, fence: Fence) -> None:
    """Of a raise that was stopped half-way: what is in force of it is lowered again, so that a
    refusal is one of all of it. Raises Postponed where the platform cannot do it now."""
    fence.hold(request, asks_gate=False)
    try:
        publish_operations.take_back_raises(client, request)
    except Rejected:
        log.warning("a part of request %s stays in force", request.pk, exc_info=True)
    except PlatformError as err:
        _retry_later(request, err, looking=True, seconds=60)


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
    seconds = min(seconds, sending_order.LONGEST_WAIT.total_seconds())
    at = clock.real_now() + timedelta(seconds=seconds)
    if looking:
        settlement.settle(request, State.UNKNOWN, err, not_before=at)
    else:
        settlement.put_back(request, err, not_before=at)
    if request.attempts == TELL_AFTER_WAITS and publish_operations.sends_a_video(request):
        report_waiting(request, err)
    raise Postponed(err.user_message, seconds=seconds) from err


def _seconds_until(due: datetime) -> float:
    return max((due - clock.real_now()).total_seconds(), 0.0)
