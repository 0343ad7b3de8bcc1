"""A transaction that a deadlock cancelled runs again, in whole, and only the outermost one.

tests/services/test_databases.py runs it on PostgreSQL too.
"""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from core import retries
from core.models import Job
from core.retries import Contended, is_contention, retried_on_deadlock

pytestmark = pytest.mark.django_db(transaction=True)


def two_jobs() -> list[int]:
    return [Job.objects.create(kind="x", key=str(n)).pk for n in range(2)]


class Crossing:
    """Two transactions that lock two rows in opposite orders, and meet after the first one."""

    def __init__(self, keys: list[int]) -> None:
        self.keys, self.runs = keys, 0
        self._meet = Barrier(2)

    @transaction.atomic
    def add_one(self, order: int) -> None:
        self.runs += 1
        for number, key in enumerate(self.keys[::order]):
            row = Job.objects.select_for_update().get(pk=key)
            row.attempt += 1
            row.save(update_fields=["attempt"])
            if number == 0:
                self.wait_for_the_other()

    def wait_for_the_other(self) -> None:
        """Once: whoever runs again finds the way free. SQLite lets only one of them in."""
        try:
            self._meet.wait(2)
        except BrokenBarrierError:
            return


def test_both_of_two_crossing_transactions_take_effect_once() -> None:
    crossing = Crossing(two_jobs())
    service = retried_on_deadlock(crossing.add_one)

    def act(order: int) -> None:
        with closing(connection):
            service(order)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(act, (1, -1)))
    assert list(Job.objects.values_list("attempt", flat=True)) == [2, 2]
    if connection.vendor == "postgresql":
        assert crossing.runs == 3  # one of them was cancelled and ran again


def test_without_the_decorator_one_of_them_is_lost_on_postgresql() -> None:
    """SQLite lets the second one in only when the first is through."""
    crossing = Crossing(two_jobs())

    def act(order: int) -> OperationalError | None:
        with closing(connection):
            try:
                crossing.add_one(order)
            except OperationalError as error:
                return error
            return None

    with ThreadPoolExecutor(2) as pool:
        errors = [found for found in pool.map(act, (1, -1)) if found]
    assert all(map(is_contention, errors))
    lost = 1 if connection.vendor == "postgresql" else 0
    assert len(errors) == lost
    assert list(Job.objects.values_list("attempt", flat=True)) == [2 - lost] * 2


def test_a_locked_sqlite_file_counts_as_contention_and_a_missing_table_does_not(
    tmp_path: Path,
) -> None:
    def failure(statement: str) -> OperationalError:
        with closing(sqlite3.connect(tmp_path / "file", timeout=0)) as other:
            with pytest.raises(sqlite3.OperationalError) as raised:
                other.execute(statement)
        error = OperationalError("wrapped by Django")
        error.__cause__ = raised.value
        return error

    with closing(sqlite3.connect(tmp_path / "file", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert is_contention(failure("BEGIN IMMEDIATE"))
        assert not is_contention(failure("SELECT * FROM nothing"))


def failing(times: int, runs: list[int], error: type[Exception] = OperationalError) -> Any:
    @retried_on_deadlock
    def service() -> str:
        with transaction.atomic():
            runs.append(1)
            Job.objects.create(kind="x", key=str(len(runs)))
            if len(runs) <= times:
                raise error("cancelled")
        return "done"

    return service


def test_a_cancelled_attempt_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "is_contention", lambda error: True)
    runs: list[int] = []
    assert failing(2, runs)() == "done"
    assert len(runs) == 3
    assert list(Job.objects.values_list("key", flat=True)) == ["3"]


def test_what_is_cancelled_every_time_ends_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retries, "is_contention", lambda error: True)
    runs: list[int] = []
    with pytest.raises(Contended, match="try again") as raised:
        failing(99, runs)()
    assert len(runs) == retries.ATTEMPTS
    assert raised.value.is_transient
    assert not Job.objects.exists()


def test_an_inner_transaction_is_not_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only with the outer one is the state before it reached again."""
    monkeypatch.setattr(retries, "is_contention", lambda error: True)
    runs: list[int] = []
    with pytest.raises(OperationalError), transaction.atomic():
        failing(1, runs)()
    assert len(runs) == 1


@pytest.mark.parametrize("error", [OperationalError, ValueError])
def test_other_errors_are_not_tried_again(error: type[Exception]) -> None:
    runs: list[int] = []
    with pytest.raises(error):
        failing(1, runs, error)()
    assert len(runs) == 1
    assert not Job.objects.exists()
