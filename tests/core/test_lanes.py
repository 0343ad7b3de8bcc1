"""Work that a hanging vendor holds up shares workers with nothing else."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import pytest

from adsengine.management.supervisor import service_commands
from core import jobs, lanes
from core.celery import app
from core.common import clock
from core.models import Job
from platforms.registry import CLIENTS

KIND, QUITE_OLD = "test_lane", timedelta(seconds=20)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Queues of the messages that were sent."""
    queues: list[str] = []
    jobs._broker_away.end()

    def send(args: Any, countdown: float, queue: str) -> None:
        queues.append(queue)

    monkeypatch.setattr(jobs.run_job, "apply_async", send)
    jobs.handles(KIND)(lambda job: None)
    yield queues
    jobs._broker_away.end()
    jobs._kinds.pop(KIND)


@pytest.mark.django_db
def test_message_goes_to_the_queue_of_its_lane(
    sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for lane in ("lower_meta", "work_meta", ""):
            jobs.enqueue(KIND, key=lane, lane=lane)
    assert sent == ["lower_meta", "work_meta", "celery"]


@pytest.mark.django_db
def test_sweeper_sends_a_lost_message_to_the_same_lane(sent: list[str]) -> None:
    jobs.enqueue(KIND, key="1", lane="lower_google")  # in a transaction: not sent
    jobs.sweep()
    assert sent == ["lower_google"]


@pytest.mark.django_db
def test_what_waits_long_is_not_sent_every_time_but_lowering_is(sent: list[str]) -> None:
    """Messages of jobs behind a hanging vendor must not pile up; a pause must not be lost."""
    for lane in ("work_google", "lower_google", ""):
        jobs.enqueue(KIND, key=lane or "default", lane=lane)
    now = clock.real_now()
    Job.objects.update(not_before=now - timedelta(minutes=3), dispatched_at=now - QUITE_OLD)
    jobs.sweep()
    assert sent == ["lower_google"]
    Job.objects.update(dispatched_at=now - timedelta(minutes=6))
    jobs.sweep()
    assert sorted(sent[1:]) == ["celery", "lower_google", "work_google"]


@pytest.mark.django_db
def test_sweeper_sends_what_lowers_first(sent: list[str]) -> None:
    for number, lane in enumerate(("lower_meta", "work_meta", "", "lower_google", "work_google")):
        jobs.enqueue(KIND, key=str(number), lane=lane)
    jobs.sweep()
    assert set(sent[:2]) == {"lower_meta", "lower_google"}
    assert len(sent) == 5


@pytest.mark.django_db
def test_a_waiting_job_is_hastened_only_where_that_is_asked_for(
    sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    later = timedelta(minutes=10)
    waiting = jobs.enqueue(KIND, key="1", lane="lower_meta", delay=later)
    with django_capture_on_commit_callbacks(execute=True):
        jobs.enqueue(KIND, key="1", lane="lower_meta")
        assert jobs.run_due() == 0
        assert jobs.enqueue(KIND, key="1", lane="lower_meta", hasten=True).pk == waiting.pk
    assert sent == ["lower_meta"]
    assert jobs.run_due() == 1


@pytest.mark.django_db
def test_a_broker_that_refuses_is_left_alone_and_the_sweeper_sends_later(
    sent: list[str], monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    asked: list[int] = []

    def refuse(args: Any, **_: Any) -> None:
        asked.append(args[0])
        raise ConnectionError("no broker")

    send = jobs.run_job.apply_async
    monkeypatch.setattr(jobs.run_job, "apply_async", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(10):
            jobs.enqueue(KIND, key=str(number), lane="lower_google")
    assert len(asked) == 2  # the second time with a new connection, and by the first job only
    assert len(set(asked)) == 1
    assert set(Job.objects.values_list("state", "dispatched_at")) == {("queued", None)}
    monkeypatch.setattr(jobs.run_job, "apply_async", send)
    jobs._broker_away.end()
    jobs.sweep()
    assert sent == ["lower_google"] * 10


@pytest.mark.django_db
def test_a_connection_that_was_dropped_meanwhile_costs_no_message(
    sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restart of Redis: the pooled connection is gone, and a new one works."""
    send = jobs.run_job.apply_async
    failures = [ConnectionError("gone")]

    def drop_once(args: Any, **how: Any) -> None:
        if failures:
            raise failures.pop()
        send(args, **how)

    job = jobs.enqueue(KIND, key="1", lane="lower_google")
    monkeypatch.setattr(jobs.run_job, "apply_async", drop_once)
    jobs.dispatch(job)
    assert sent == ["lower_google"]
    assert not jobs._broker_away


@pytest.mark.django_db
def test_a_retried_job_stays_in_its_lane(sent: list[str]) -> None:
    def wait(job: Job) -> None:
        raise jobs.Postponed("Not now.")

    jobs.handles(KIND)(wait)
    jobs.run(jobs.enqueue(KIND, key="1", lane="lower_google").pk)
    assert sent == ["lower_google"]


@pytest.mark.django_db
def test_lane_without_workers_is_refused_and_leaves_no_job(sent: list[str]) -> None:
    with pytest.raises(LookupError, match="lower_myspace"):
        jobs.enqueue(KIND, key="1", lane="lower_myspace")
    assert not Job.objects.exists()
    assert sent == []


def test_every_platform_has_a_lane_for_work_and_one_for_lowering() -> None:
    assert set(lanes.VENDORS) == set(CLIENTS)
    assert lanes.work_lane("import") == lanes.lower_lane("import") == lanes.DEFAULT


def test_no_two_lanes_share_a_queue_or_a_process() -> None:
    queues = [lanes.queue_of(lane) for lane in lanes.LANES]
    assert len(queues) == len(set(queues)) == 7
    assert sorted(lanes.QUEUES) == sorted([*queues, lanes.TIMETABLE])
    started = service_commands(host="127.0.0.1", port=0)
    served = [
        argument.removeprefix("--queues=")
        for command in started.values()
        for argument in command
        if argument.startswith("--queues=")
    ]
    assert sorted(served) == sorted(lanes.QUEUES)


def test_each_process_is_named_apart_so_that_they_can_share_a_broker() -> None:
    started = service_commands(host="127.0.0.1", port=0)
    names = [a for command in started.values() for a in command if a.startswith("--hostname=")]
    assert len(names) == len(set(names)) == len(lanes.WORKERS)


@pytest.mark.parametrize("entry", app.conf.beat_schedule.values(), ids=lambda entry: entry["task"])
def test_timetable_waits_behind_no_job(entry: dict[str, Any]) -> None:
    assert app.amqp.router.route({}, entry["task"])["queue"].name == lanes.TIMETABLE


def test_message_of_a_queue_reaches_that_queue_only() -> None:
    """Two queues on one exchange and key would each get every message."""
    bindings = [(queue.exchange.name, queue.routing_key) for queue in app.amqp.queues.values()]
    assert len(bindings) == len(set(bindings)) == len(lanes.QUEUES)


def test_worker_that_is_started_by_hand_serves_every_lane() -> None:
    """As units do that know no lanes: `celery -A adsengine worker`."""
    assert set(app.amqp.queues.consume_from) == set(lanes.QUEUES)
    assert sys.executable in service_commands(host="127.0.0.1", port=0)["worker"]
