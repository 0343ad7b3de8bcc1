"""Jobs run once per wish, and none is lost to a dead worker, message or broker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet

from core import jobs
from core.common import clock
from core.common.errors import AdsEngineError, InvalidInput
from core.jobs import Postponed
from core.models import Advertiser, Incident, Job

pytestmark = pytest.mark.django_db

KIND, LEASE_SECONDS, ATTEMPTS = "test", 60, 3
Handle = Callable[[Job], Any]


class Transient(AdsEngineError):
    is_transient = True


@pytest.fixture
def handler() -> Iterator[Callable[[Handle], None]]:
    """handler(f): f carries out jobs of the test kind."""

    def register(handle: Handle) -> None:
        jobs.handles(KIND, lease_seconds=LEASE_SECONDS, attempts=ATTEMPTS)(handle)

    register(lambda job: None)
    yield register
    jobs._kinds.pop(KIND, None)


@pytest.fixture(autouse=True)
def broker_is_there() -> Iterator[None]:
    jobs._broker_away.end()
    yield
    jobs._broker_away.end()


@pytest.fixture
def ran(handler: Callable[[Handle], None]) -> list[str]:
    """Keys of the jobs that ran."""
    keys: list[str] = []
    handler(lambda job: keys.append(job.key))
    return keys


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float]]:
    """Messages that went to the broker: job id and seconds to wait."""
    messages: list[tuple[int, float]] = []
    monkeypatch.setattr(
        jobs.run_job,
        "apply_async",
        lambda args, countdown, queue: messages.append((args[0], countdown)),
    )
    return messages


def later(job: Job, **changes: Any) -> None:
    """Write what time would have brought about."""
    Job.objects.filter(pk=job.pk).update(**changes)


def ago(seconds: float) -> datetime:
    return clock.real_now() - timedelta(seconds=seconds)


def seconds_until(moment: datetime) -> float:
    return (moment - clock.real_now()).total_seconds()


def test_asking_twice_makes_one_job_and_one_message(
    ran: list[str], sent: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first = jobs.enqueue(KIND, key="a", payload={"n": 1})
        again = jobs.enqueue(KIND, key="a", payload={"n": 2})
        other = jobs.enqueue(KIND, key="b")
    assert first.pk == again.pk != other.pk
    assert again.payload == {"n": 1}
    assert [job_id for job_id, _ in sent] == [first.pk, other.pk]


def test_message_leaves_only_after_the_commit(
    ran: list[str], sent: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as waiting:
        jobs.enqueue(KIND, key="a")
    assert sent == []
    assert len(waiting) == 1


def test_running_job_does_not_swallow_a_newer_wish(handler: Callable[[Handle], None]) -> None:
    newer: list[int] = []
    handler(lambda job: newer.append(jobs.enqueue(KIND, key=job.key).pk))
    first = jobs.run(jobs.enqueue(KIND, key="a").pk)
    assert first is not None
    assert newer != [first.pk]
    assert Job.objects.get(pk=newer[0]).state == Job.State.QUEUED


def test_waiting_job_that_came_and_went_while_asking_is_no_error(
    ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another caller made it after our look for it, and a worker took it before our second."""
    create, calls = QuerySet.create, [0]

    def create_late(rows: Any, **values: Any) -> Any:
        calls[0] += 1
        if calls[0] == 1:
            raise IntegrityError
        return create(rows, **values)

    monkeypatch.setattr(QuerySet, "create", create_late)
    assert jobs.enqueue(KIND, key="a").state == Job.State.QUEUED
    assert calls == [2]


def test_unknown_kind_is_refused_where_it_is_asked_for() -> None:
    with pytest.raises(LookupError, match="no handler for jobs of kind 'nothing'"):
        jobs.enqueue("nothing", key="1")
    assert Job.objects.count() == 0


def test_result_is_kept(handler: Callable[[Handle], None], advertiser: Advertiser) -> None:
    handler(lambda job: {"answer": job.payload["n"] + 1})
    job = jobs.run(jobs.enqueue(KIND, key="a", payload={"n": 41}, advertiser=advertiser).pk)
    assert job is not None
    assert (job.state, job.result, job.attempt, job.error) == ("done", {"answer": 42}, 1, "")
    assert job.lease_until is None
    assert job.finished_at is not None


def test_job_runs_once(ran: list[str]) -> None:
    job = jobs.enqueue(KIND, key="a")
    assert jobs.run(job.pk) is not None
    assert jobs.run(job.pk) is None
    assert ran == ["a"]


def test_of_two_claims_one_wins(ran: list[str]) -> None:
    job = jobs.enqueue(KIND, key="a")
    claimed, second = jobs._claim(job.pk), jobs._claim(job.pk)
    assert claimed is not None
    assert second is None
    assert claimed.attempt == 1
    assert (
        LEASE_SECONDS - 5 < seconds_until(claimed.lease_until or clock.real_now()) <= LEASE_SECONDS
    )


def test_second_of_a_key_waits_until_the_first_has_ended(ran: list[str]) -> None:
    first = jobs._claim(jobs.enqueue(KIND, key="a").pk)
    second = jobs.enqueue(KIND, key="a")
    assert first is not None
    assert jobs.run(second.pk) is None
    later(first, state=Job.State.DONE)
    assert jobs.run(second.pk) is not None


def test_delayed_job_is_neither_sent_nor_run_before_its_time(
    ran: list[str], sent: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.enqueue(KIND, key="a", delay=timedelta(minutes=5))
    jobs.sweep()
    assert jobs.run(job.pk) is None
    assert (sent, ran) == ([], [])
    later(job, not_before=ago(1))
    jobs.sweep()
    assert [job_id for job_id, _ in sent] == [job.pk]


def test_lost_message_is_sent_again_by_the_sweeper(ran: list[str], sent: Any) -> None:
    job = jobs.enqueue(KIND, key="a")
    later(job, dispatched_at=ago(5))
    jobs.sweep()
    assert sent == []
    later(job, dispatched_at=ago(16))
    jobs.sweep()
    jobs.sweep()
    assert sent == [(job.pk, 0)]


def test_expired_lease_goes_back_and_its_attempt_counts(ran: list[str], sent: Any) -> None:
    job = jobs._claim(jobs.enqueue(KIND, key="a").pk)
    assert job is not None
    jobs.sweep()
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING
    later(job, lease_until=ago(1))
    jobs.sweep()
    job.refresh_from_db()
    assert (job.state, job.attempt, job.error) == ("queued", 1, "the worker died")
    assert sent == [(job.pk, 0)]
    again = jobs.run(job.pk)
    assert again is not None
    assert (again.state, again.attempt, again.error) == ("done", 2, "")


def test_job_that_kills_its_workers_is_given_up(ran: list[str], sent: Any) -> None:
    job = jobs.enqueue(KIND, key="a")
    for _ in range(ATTEMPTS):
        assert jobs._claim(job.pk) is not None
        later(job, lease_until=ago(1))
        jobs.sweep()
    job.refresh_from_db()
    assert (job.state, job.attempt, job.error) == ("failed", ATTEMPTS, "the worker died")
    assert jobs.run(job.pk) is None
    assert ran == []


def test_worker_that_lost_its_lease_does_not_settle_over_the_new_one(
    handler: Callable[[Handle], None], sent: Any
) -> None:
    def slow(job: Job) -> dict[str, str]:
        if job.attempt == 1:
            later(job, lease_until=ago(1))
            jobs.sweep()
            assert jobs._claim(job.pk) is not None
        return {"by": f"attempt {job.attempt}"}

    handler(slow)
    job = jobs.enqueue(KIND, key="a")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempt, job.result) == ("running", 2, {})
    assert job.lease_until is not None


@pytest.mark.parametrize("error", [Transient("busy"), Postponed("busy"), InvalidInput("wrong")])
def test_failure_of_a_worker_that_lost_its_lease_changes_nothing(
    handler: Callable[[Handle], None], sent: Any, error: Exception
) -> None:
    def slow(job: Job) -> None:
        later(job, lease_until=ago(1))
        jobs.sweep()
        assert jobs._claim(job.pk) is not None
        raise error

    handler(slow)
    job = jobs.run(jobs.enqueue(KIND, key="a").pk)
    assert job is not None
    assert (job.state, job.attempt, job.error) == ("running", 2, "the worker died")


def test_clock_that_was_set_back_does_not_hold_a_dead_workers_job_for_hours(
    ran: list[str], sent: Any
) -> None:
    job = jobs._claim(jobs.enqueue(KIND, key="a").pk)
    assert job is not None
    later(job, lease_until=clock.real_now() + timedelta(hours=5))
    jobs.sweep()
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING
    assert seconds_until(job.lease_until or clock.real_now()) <= LEASE_SECONDS
    later(job, lease_until=ago(1))
    jobs.sweep()
    assert jobs.run(job.pk) is not None
    assert ran == ["a"]


def test_lease_is_prolonged_while_it_is_held(ran: list[str], sent: Any) -> None:
    job = jobs._claim(jobs.enqueue(KIND, key="a").pk)
    assert job is not None
    later(job, lease_until=ago(1))
    jobs.renew(job)
    jobs.sweep()
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING
    later(job, lease_until=ago(1))
    jobs.sweep()
    with pytest.raises(Postponed, match="handed to another worker"):
        jobs.renew(job)


def test_transient_error_is_tried_again_with_growing_waits_until_the_bound(
    handler: Callable[[Handle], None], sent: Any
) -> None:
    def fail(job: Job) -> None:
        raise Transient("The platform is busy.")

    handler(fail)
    job = jobs.enqueue(KIND, key="a")
    waits = []
    for _ in range(ATTEMPTS - 1):
        jobs.run(job.pk)
        job.refresh_from_db()
        assert (job.state, job.error) == ("queued", "The platform is busy.")
        waits.append(round(seconds_until(job.not_before)))
        later(job, not_before=ago(1))
    assert waits == [5, 20]
    assert sent == [(job.pk, 5), (job.pk, 20)]
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "Transient: The platform is busy.")


@pytest.mark.parametrize("error", [InvalidInput("No such thing."), KeyError("x")])
def test_lasting_error_fails_at_once_and_says_which(
    handler: Callable[[Handle], None], error: Exception
) -> None:
    def fail(job: Job) -> None:
        raise error

    handler(fail)
    job = jobs.run(jobs.enqueue(KIND, key="a").pk)
    assert job is not None
    assert (job.state, job.attempt) == ("failed", 1)
    assert job.error == f"{type(error).__name__}: {error}"
    assert job.finished_at is not None


def test_postponed_job_waits_as_long_as_it_asked_and_uses_up_no_attempt(
    handler: Callable[[Handle], None], sent: Any
) -> None:
    def wait(job: Job) -> None:
        raise Postponed("Not yet.", seconds=7)

    handler(wait)
    job = jobs.enqueue(KIND, key="a")
    for _ in range(ATTEMPTS + 1):
        jobs.run(job.pk)
        job.refresh_from_db()
        assert (job.state, job.attempt, job.error) == ("queued", 0, "Not yet.")
        assert 5 < seconds_until(job.not_before) <= 7
        later(job, not_before=ago(1))
    assert sent == [(job.pk, 7)] * (ATTEMPTS + 1)


def test_requeued_job_joins_a_newer_one_of_its_key(
    handler: Callable[[Handle], None], sent: Any
) -> None:
    def wait(job: Job) -> None:
        jobs.enqueue(KIND, key=job.key)
        raise Postponed("Not yet.")

    handler(wait)
    job = jobs.run(jobs.enqueue(KIND, key="a").pk)
    assert job is not None
    assert (job.state, job.error) == ("done", "joined a newer job")
    assert Job.objects.filter(state="queued", key="a").count() == 1


def test_broker_that_is_down_only_delays(
    ran: list[str],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(jobs.run_job, "apply_async", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.enqueue(KIND, key="a")
    assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED
    jobs.sweep()
    assert jobs.run_due() == 1
    assert ran == ["a"]


def test_run_due_carries_out_what_is_due_in_order(ran: list[str]) -> None:
    for key in ("a", "b", "c"):
        jobs.enqueue(KIND, key=key)
    jobs.enqueue(KIND, key="later", delay=timedelta(hours=1))
    assert jobs.run_due(limit=2) == 2
    assert ran == ["a", "b"]
    assert jobs.run_due() == 1
    assert ran == ["a", "b", "c"]
    assert jobs.run_due() == 0


def test_run_due_goes_round_a_job_that_someone_else_has(ran: list[str]) -> None:
    assert jobs._claim(jobs.enqueue(KIND, key="a").pk) is not None
    jobs.enqueue(KIND, key="a")
    jobs.enqueue(KIND, key="b")
    assert jobs.run_due() == 1
    assert ran == ["b"]


def test_sweeper_gives_up_a_job_whose_kind_is_gone(ran: list[str]) -> None:
    job = Job.objects.create(kind="gone", key="1", state="running", lease_until=ago(1))
    jobs.sweep()
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "the worker died")


def test_unexpected_failure_is_told_and_a_later_success_closes_it(
    handler: Callable[[Handle], None], advertiser: Advertiser
) -> None:
    def broken(job: Job) -> None:
        raise RuntimeError("a bug")

    handler(broken)
    jobs.enqueue(KIND, key="1", advertiser=advertiser)
    jobs.run_due()
    incident = Incident.objects.get(key="job:test:1")
    assert (incident.detail, incident.resolved_at) == ("RuntimeError: a bug", None)
    handler(lambda job: None)
    jobs.enqueue(KIND, key="1", advertiser=advertiser)
    jobs.run_due()
    incident.refresh_from_db()
    assert incident.resolved_at is not None


def test_failure_that_its_handler_tells_of_is_not_told_twice(
    handler: Callable[[Handle], None], advertiser: Advertiser
) -> None:
    def refused(job: Job) -> None:
        raise InvalidInput("no")

    handler(refused)
    jobs.enqueue(KIND, key="1", advertiser=advertiser)
    jobs.run_due()
    assert Job.objects.get().state == "failed"
    assert not Incident.objects.exists()
