"""Claims of requests: a token decides who may send and settle, a time only who may claim next.

Just before each write leaves, `Fence` compares the token in the database and asks the gate again.
A clock that is set forward lets another worker claim early; the token then stops the first one.
One that is set back leaves a lease that ends too late: a lease longer than any is none.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.db.models import F, QuerySet

from campaigns.guardrails import gate
from campaigns.models import PublishRequest
from campaigns.publishing import publish_operations, wishes
from core.common import clock
from core.jobs import Postponed

State = PublishRequest.State

LEASE = timedelta(minutes=3)
# A video goes up before its ad is made, for about LONGEST_UPLOAD_SECONDS of
# platforms.common.uploads at most: the part that is under way at that moment is still finished.
VIDEO_LEASE = timedelta(minutes=20)


class Busy(Postponed):
    """Another worker is at this request."""

    code = "busy"


class LeaseLost(Busy):
    """Another worker has claimed the request since: nothing is sent, and the row is its own."""

    code = "lease_lost"


def is_held(request: PublishRequest) -> bool:
    """Whether a worker claimed it and may still be at work."""
    if not request.token or request.lease_until is None:
        return False
    left = request.lease_until - clock.real_now()
    return timedelta(0) < left <= VIDEO_LEASE


def claim(request: PublishRequest) -> bool:
    """Take it for sending, or for a look-up where it is unknown. False where another worker was
    faster. Only the claim of exactly the row that was read succeeds."""
    if request.state not in {State.WAITING, State.UNKNOWN} or is_held(request):
        return False
    now, token = clock.real_now(), uuid4().hex
    values: dict[str, object] = {"token": token, "lease_until": now + _lease(request)}
    if request.state == State.WAITING:
        values |= {"state": State.IN_FLIGHT, "attempts": F("attempts") + 1, "claimed_at": now}
        values["sent_over"] = _older_may_be_under_way(request)
    if not same_row(request).update(**values):
        return False
    request.refresh_from_db()
    return request.token == token  # another's, after a freeze just here, is not ours to use


def same_row(request: PublishRequest) -> QuerySet[PublishRequest]:
    """The row, if it still is as it was read: in the state and under the claim of then."""
    return PublishRequest.objects.filter(
        pk=request.pk, state=request.state, attempts=request.attempts, token=request.token
    )


def rebase(request: PublishRequest) -> None:
    """A loss in the future is from before the clock was set back: its settling time begins now."""
    now = clock.real_now()
    if (
        request.lost_at is not None
        and request.lost_at > now
        and same_row(request).update(lost_at=now)
    ):
        request.lost_at = now


def _lease(request: PublishRequest) -> timedelta:
    return VIDEO_LEASE if publish_operations.sends_a_video(request) else LEASE


def _older_may_be_under_way(request: PublishRequest) -> bool:
    older = wishes.of_same_kind(request).filter(pk__lt=request.pk)
    return older.filter(state__in=(State.IN_FLIGHT, State.UNKNOWN)).exists()


class Fence:
    """A client's `before_write`: each write, also a repeated one, needs the claim and the gate.

    `passed` counts the writes of the present claim that were let through: after one, a refusal
    leaves an outcome that has to be looked up.
    """

    def __init__(self) -> None:
        self._request: PublishRequest | None = None
        self._token = ""  # apart: the row in memory loses its own when it is settled
        self._asks_gate = True
        self.passed = 0

    def hold(self, request: PublishRequest, *, asks_gate: bool) -> None:
        """From now on writes are those of this claim. Without the gate only for pausing."""
        self._request, self._token = request, request.token
        self._asks_gate, self.passed = asks_gate, 0

    def token_of(self, request: PublishRequest) -> str:
        """Of the claim on that request, if it is the one that is held; else empty."""
        held = self._request
        return self._token if held is not None and held.pk == request.pk else ""

    def __call__(self) -> None:
        """Raises LeaseLost, or GuardrailExceeded where the gate says no."""
        request = self._request
        if request is None:
            raise LeaseLost("No request is claimed for this write.")
        mine = PublishRequest.objects.filter(
            pk=request.pk, token=self._token, state__in=(State.IN_FLIGHT, State.UNKNOWN)
        )
        if self._asks_gate:
            fresh = mine.select_related("campaign__account__advertiser").first()
            if fresh is not None:
                gate.check_send(fresh)
        if not mine.update(lease_until=clock.real_now() + _lease(request)):
            raise LeaseLost("Another worker has claimed this change.", seconds=5)
        self.passed += 1
