"""Which open request of a campaign is worked next, and what holds the others.

What lowers spend waits for nothing but the creation of its object. What raises waits for every
older change of the campaign that moves spend. Everything else waits for older changes of its own
kind and object.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.guardrails import gate
from campaigns.models import Ad, AdGroup, Campaign, PublishRequest
from campaigns.publishing import leases, precedence, wishes
from core.common import clock

State, Target = PublishRequest.State, PublishRequest.Target
# Nothing is put off for longer: a later `not_before` is from before the clock was set back.
LONGEST_WAIT = timedelta(hours=1)
_BLOCKED_SECONDS = 15.0


@dataclass(frozen=True)
class Queue:
    """The open requests of one campaign, oldest first."""

    requests: list[PublishRequest]
    lowering_only: bool

    def next(self, passed: Collection[int]) -> PublishRequest | None:
        """What may be worked now, lowering first; without those of `passed` (ids)."""
        left = sorted((r for r in self.requests if r.pk not in passed), key=self._rank)
        return next((r for r in left if self._is_ready(r)), None)

    def _rank(self, request: PublishRequest) -> tuple[bool, bool, int]:
        """Lowering first, and of those the ones that met no error: they wait for no others."""
        return (not self._goes_first(request), bool(request.error), request.pk)

    def is_being_sent(self) -> bool:
        return any(leases.is_held(r) for r in self._mine())

    def seconds_until_next(self) -> float:
        """Until the first one is due; 0.0 where none is open. What is blocked has no time of its
        own."""
        if not self._mine():
            return 0.0
        free = [r for r in self._mine() if r.state != State.WAITING or not self._is_blocked(r)]
        waits = [(due_at(r) - clock.real_now()).total_seconds() for r in free]
        return max(min(waits, default=_BLOCKED_SECONDS), 1.0)

    def _mine(self) -> list[PublishRequest]:
        return [r for r in self.requests if not self.lowering_only or self._goes_first(r)]

    def _is_ready(self, request: PublishRequest) -> bool:
        if self.lowering_only and not self._goes_first(request):
            return False
        if leases.is_held(request) or due_at(request) > clock.real_now():
            return False
        return request.state != State.WAITING or not self._is_blocked(request)

    def _goes_first(self, request: PublishRequest) -> bool:
        return precedence.goes_first(request, self._older_of_kind(request))

    def _is_blocked(self, request: PublishRequest) -> bool:
        if _is_missing(request):  # what it changes is still to be created
            return any(r.pk < request.pk and r.operation in r.CREATES for r in self.requests)
        if self._goes_first(request):
            return False
        if gate.raises_spend(request):
            older = [r for r in self.requests if r.pk < request.pk and precedence.moves_spend(r)]
            return bool(older) or self._follows_its_kind(request) or _older_may_arrive(request)
        return self._follows_its_kind(request)

    def _follows_its_kind(self, request: PublishRequest) -> bool:
        return bool(self._older_of_kind(request))

    def _older_of_kind(self, request: PublishRequest) -> list[PublishRequest]:
        return [r for r in self.requests if r.pk < request.pk and wishes.same_kind(r, request)]


def open_requests(campaign: Campaign, *, lowering_only: bool) -> Queue:
    rows = PublishRequest.objects.filter(campaign=campaign, state__in=PublishRequest.OPEN)
    requests = list(rows.select_related("campaign__account__advertiser").order_by("id"))
    for request in requests:
        leases.rebase(request)
    return Queue(requests, lowering_only)


def due_at(request: PublishRequest) -> datetime:
    """When it may be worked: no job, retry or click brings a look-up before its settling time."""
    now = clock.real_now()
    due = request.not_before if request.not_before <= now + LONGEST_WAIT else now
    if request.state == State.UNKNOWN:
        return max(due, precedence.settles_at(request))
    return due


def _older_may_arrive(request: PublishRequest) -> bool:
    """An older change of this kind, settled here, that the vendor could still carry out."""
    older = (
        wishes.of_same_kind(request)
        .filter(pk__lt=request.pk, lost_at__isnull=False)
        .order_by("-pk")
    )
    return any(precedence.arrives_until(r) > clock.real_now() for r in older[:5])


def _is_missing(request: PublishRequest) -> bool:
    if request.operation in PublishRequest.CREATES or not request.campaign.remote_id:
        return True
    if request.target_type == Target.CAMPAIGN:
        return False
    model: type[AdGroup | Ad] = AdGroup if request.target_type == Target.AD_GROUP else Ad
    return model._default_manager.filter(pk=request.target_id, remote_id="").exists()
