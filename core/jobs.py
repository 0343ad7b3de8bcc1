"""Background work that does not depend on the broker.

`enqueue` writes a row and sends its id after the commit; a lost message, a killed worker or a
dead broker delays a job until `sweep`, and loses nothing. A handler may be started again after a
kill at any point, so it must be idempotent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.db import IntegrityError, InterfaceError, OperationalError, models, transaction

from core import lanes
from core.away import Away
from core.common import clock
from core.common.errors import AdsEngineError
from core.models import Advertiser, Incident, Job

log = logging.getLogger(__name__)
Handler = Callable[[Job], dict[str, Any] | None]
_BACK_OFF = [timedelta(seconds=s) for s in (5, 20, 60, 180, 600)]
# A message is sent again after this time, as it may be lost. What has waited for longer is behind
# others: more messages would only pile up there.
_REDISPATCH_AFTER, _REDISPATCH_SLOWLY_AFTER = timedelta(seconds=15), timedelta(minutes=5)
_WAITS_LONG = timedelta(minutes=2)
# A broker that did not take a message is left alone for so long: one click waits, not ten.
_broker_away = Away(10.0)
_AT_ONCE_SECONDS = 0.5


@dataclass(frozen=True)
class _Kind:
    handler: Handler
    lease: timedelta
    attempts: int
    tells: bool = False
    failed: Callable[[Job], None] | None = None


_kinds: dict[str, _Kind] = {}


class Postponed(AdsEngineError):
    """Raised by a handler that cannot go on now; the job is queued again, without an error."""

    code = "postponed"
    is_transient = True

    def __init__(self, user_message: str, *, seconds: float = 30.0) -> None:
        super().__init__(user_message)
        self.seconds = seconds

    @property
    def postponed_seconds(self) -> float:
        return self.seconds


def handles(
    kind: str,
    *,
    lease_seconds: int = 300,
    attempts: int = 8,
    tells: bool = False,
    failed: Callable[[Job], None] | None = None,
) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job. It gets the Job and may return a JSON result.
    `tells`: the handler opens the incident of every expected error itself, so that a platform that
    is down for long is not told twice. `failed` gets the job once it has failed for good, so that
    what it was for has an end too."""

    def register(handler: Handler) -> Handler:
        lease = timedelta(seconds=lease_seconds)
        _kinds[kind] = _Kind(handler, lease, attempts, tells, failed)
        return handler

    return register


def enqueue(
    kind: str,
    *,
    key: str,
    advertiser: Advertiser | None = None,
    payload: dict[str, Any] | None = None,
    delay: timedelta = timedelta(0),
    lane: str = lanes.DEFAULT,
    hasten: bool = False,
) -> Job:
    """The waiting job of this kind and key, made if there is none.

    `lane` names the workers that carry it out (core.lanes). `hasten`: one that waits for a later
    time is due now, e.g. when a person asks for what a worker would only try again later. Raises
    LookupError on an unknown kind or lane.
    """
    if kind not in _kinds:
        raise LookupError(f"no handler for jobs of kind {kind!r}")
    lanes.queue_of(lane)
    due = clock.real_now() + delay
    values = {
        "advertiser": advertiser,
        "payload": payload or {},
        "lane": lane,
        "not_before": due,
    }
    waiting = {"kind": kind, "key": key, "state": Job.State.QUEUED}
    try:
        job, created = Job.objects.get_or_create(**waiting, defaults=values)
    except IntegrityError:  # somebody made it and a worker took it between our two looks
        job, created = Job.objects.get_or_create(**waiting, defaults=values)
    if hasten and not created:
        later = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED)
        created = bool(later.filter(not_before__gt=due).update(not_before=due))
    if created and not delay:
        transaction.on_commit(lambda: dispatch(job))
    return job


def dispatch(job: Job, wait: timedelta = timedelta(0)) -> None:
    """Send the message; a broker that is down only means that the sweeper will, soon."""
    if _broker_away:
        return
    Job.objects.filter(pk=job.pk).update(dispatched_at=clock.real_now() + wait)
    if not _send(job, wait):
        _broker_away.begin()
        Job.objects.filter(pk=job.pk).update(dispatched_at=None)


def _send(job: Job, wait: timedelta) -> bool:
    """Whether the broker took the message. A connection that was dropped meanwhile fails at once,
    and a new one may do; one that does not answer is not waited for twice."""
    queue = lanes.queue_of(job.lane)
    for is_last in (False, True):
        started = time.monotonic()
        try:
            run_job.apply_async((job.pk,), countdown=wait.total_seconds(), queue=queue)
        except Exception:
            if is_last or time.monotonic() - started > _AT_ONCE_SECONDS:
                log.warning("job %s was not sent; the sweeper will do it", job.pk, exc_info=True)
                return False
        else:
            return True
    raise AssertionError("the last attempt returns")


@shared_task(name="adsengine.jobs.run_job")
def run_job(job_id: int) -> None:
    run(job_id)


def run(job_id: int) -> Job | None:
    """Claim and carry out one job; None when it is not due or someone else has it."""
    job = _claim(job_id)
    if job is None:
        return None
    clock.discard_reading()  # a job sees the market's time of its own start
    try:
        result = _kinds[job.kind].handler(job)
    except Exception as err:
        _settle_failure(job, err)
    else:
        _settle(
            job, state=Job.State.DONE, result=result or {}, error="", finished_at=clock.real_now()
        )
        if job.advertiser is not None:
            Incident.resolve(job.advertiser, _incident_key(job))
    return job


def _claim(job_id: int) -> Job | None:
    now = clock.real_now()
    waiting = Job.objects.filter(pk=job_id, state=Job.State.QUEUED, not_before__lte=now)
    job = waiting.first()
    if job is None or job.kind not in _kinds:
        return None
    try:
        with transaction.atomic():
            won = waiting.update(
                state=Job.State.RUNNING,
                attempt=models.F("attempt") + 1,
                lease_until=now + _kinds[job.kind].lease,
            )
    except IntegrityError:  # another job of this kind and key is running
        return None
    if not won:
        return None
    job.refresh_from_db()
    return job


def renew(job: Job) -> None:
    """Prolong the lease of a long job. Raises Postponed when the lease was lost meanwhile."""
    lease = clock.real_now() + _kinds[job.kind].lease
    mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempt=job.attempt)
    if not mine.update(lease_until=lease):
        raise Postponed("This job was handed to another worker.")


def _settle(job: Job, **values: Any) -> None:
    """Write the outcome unless the lease expired and another worker has the job now."""
    mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempt=job.attempt)
    try:
        with transaction.atomic():
            mine.update(lease_until=None, **values)
    except IntegrityError:  # back to waiting, but a newer one of the same key waits already
        mine.update(state=Job.State.DONE, finished_at=clock.real_now(), error="joined a newer job")
    job.refresh_from_db()


def _settle_failure(job: Job, err: Exception) -> None:
    if isinstance(err, AdsEngineError) and err.postponed_seconds is not None:
        # Waiting is no failure: however long it lasts, all attempts are left for real ones.
        wait = timedelta(seconds=err.postponed_seconds)
        _requeue(job, wait, err.user_message, attempt=job.attempt - 1)
    elif _may_pass(err) and job.attempt < _kinds[job.kind].attempts:
        _requeue(job, _BACK_OFF[min(job.attempt, len(_BACK_OFF)) - 1], str(err))
    else:
        expected = isinstance(err, AdsEngineError)
        log.error("job %s failed: %s", job, err, exc_info=not expected)
        _fail(
            job,
            f"{type(err).__name__}: {err}",
            tell=not isinstance(err, AdsEngineError)
            or (err.is_transient and not _kinds[job.kind].tells),
        )


def _may_pass(err: Exception) -> bool:
    """Worth another try: a fault of the network, the disk or the database, or one of ours that
    says so. Handlers are idempotent, so trying again is safe."""
    if isinstance(err, AdsEngineError):
        return err.is_transient
    return isinstance(err, OSError | OperationalError | InterfaceError)


def _fail(job: Job, error: str, *, tell: bool) -> None:
    """Final. A handler tells of what it expects itself; anything else is told here."""
    _settle(job, state=Job.State.FAILED, error=error, finished_at=clock.real_now())
    if job.state != Job.State.FAILED:  # another worker has it
        return
    _end_what_it_was_for(job)
    if tell and job.advertiser is not None:
        Incident.open(
            job.advertiser,
            _incident_key(job),
            title=f"Background work failed: {job.kind.replace('_', ' ')}",
            detail=error,
            at_stake="What it should have done was not done.",
            next_step="Ask for it again. If it fails once more, staff find it under Jobs.",
        )


def _end_what_it_was_for(job: Job) -> None:
    kind = _kinds.get(job.kind)
    if kind is None or kind.failed is None:
        return
    try:
        kind.failed(job)
    except Exception:  # the job's own failure is told all the same
        log.exception("what job %s was for has no end", job)


def _incident_key(job: Job) -> str:
    return f"job:{job.kind}:{job.key}"[:120]


def _requeue(job: Job, wait: timedelta, why: str, **more: Any) -> None:
    """Back to waiting, with a message for then; the sweeper is there if that one is lost."""
    _settle(job, state=Job.State.QUEUED, not_before=clock.real_now() + wait, error=why, **more)
    dispatch(job, wait)


@shared_task(name="adsengine.jobs.sweep")
def sweep() -> None:
    """Put expired leases back and send again what waits and is due."""
    now = clock.real_now()
    _shorten_leases()
    for job in Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=now):
        _return_expired(job)
    due = Job.objects.filter(_unsent(now), state=Job.State.QUEUED, not_before__lte=now)
    first = models.Q(lane__in=lanes.LOWER_LANES)
    for jobs in (due.filter(first), due.exclude(first)):
        for job in jobs[:500]:
            dispatch(job)


def _unsent(now: datetime) -> models.Q:
    """No message was sent, or the last one may be lost."""
    soon = models.Q(not_before__gt=now - _WAITS_LONG) | models.Q(lane__in=lanes.LOWER_LANES)
    return (
        models.Q(dispatched_at=None)
        | models.Q(soon, dispatched_at__lt=now - _REDISPATCH_AFTER)
        | models.Q(dispatched_at__lt=now - _REDISPATCH_SLOWLY_AFTER)
    )


def _shorten_leases() -> None:
    """A lease that is longer than any of its kind is from before the clock was set back: counted
    from now, a dead worker's job waits once more, and not for hours."""
    now = clock.real_now()
    for job in Job.objects.filter(state=Job.State.RUNNING, kind__in=_kinds, lease_until__gt=now):
        longest = now + _kinds[job.kind].lease
        mine = Job.objects.filter(pk=job.pk, attempt=job.attempt, lease_until__gt=longest)
        mine.update(lease_until=longest)


def _return_expired(job: Job) -> None:
    mine = Job.objects.filter(pk=job.pk, attempt=job.attempt, lease_until__lt=clock.real_now())
    if not mine.exists():  # its worker renewed the lease meanwhile
        return
    kind = _kinds.get(job.kind)
    if kind is None or job.attempt >= kind.attempts:
        _fail(job, "the worker died", tell=True)
    else:
        _settle(job, state=Job.State.QUEUED, error="the worker died")


def run_due(limit: int = 1000) -> int:
    """Carry out everything that waits and is due, here and now. For commands and tests."""
    done, passed = 0, set[int]()
    while done < limit:
        due = Job.objects.filter(state=Job.State.QUEUED, not_before__lte=clock.real_now())
        job = due.exclude(pk__in=passed).order_by("id").first()
        if job is None:
            return done
        if run(job.pk) is None:  # a worker has it, or has another one of its key
            passed.add(job.pk)
        else:
            done += 1
    return done
