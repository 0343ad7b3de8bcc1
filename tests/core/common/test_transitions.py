from __future__ import annotations

import pytest

from core.common.errors import InvalidMove
from core.common.transitions import Moves, move
from core.models import Advertiser, Job

MOVES: Moves = {"queued": frozenset({"running"}), "running": frozenset({"done", "failed"})}


@pytest.fixture
def job(advertiser: Advertiser) -> Job:
    return Job.objects.create(kind="test", key="1", advertiser=advertiser)


def stored(job: Job) -> tuple[str, str]:
    found = Job.objects.get(pk=job.pk)
    return found.state, found.error


def test_allowed_move_writes_the_field_and_what_goes_with_it(job: Job) -> None:
    move(job, "state", "running", MOVES, error="none yet")
    assert stored(job) == (job.state, job.error) == ("running", "none yet")


@pytest.mark.parametrize("to", ["done", "queued", "nowhere"])
def test_move_outside_the_table_changes_nothing(job: Job, to: str) -> None:
    with pytest.raises(InvalidMove, match=f"Job cannot go from queued to {to}") as refused:
        move(job, "state", to, MOVES, error="changed")
    assert refused.value.field == "state"
    assert stored(job) == (job.state, job.error) == ("queued", "")


def test_end_state_has_no_way_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(state="done")
    job.refresh_from_db()
    with pytest.raises(InvalidMove, match="from done to queued"):
        move(job, "state", "queued", MOVES)


def test_of_two_racing_moves_one_wins(job: Job) -> None:
    move(job, "state", "running", MOVES)
    first, second = Job.objects.get(pk=job.pk), Job.objects.get(pk=job.pk)
    move(first, "state", "done", MOVES, error="by the first")
    with pytest.raises(InvalidMove, match="changed by someone else"):
        move(second, "state", "failed", MOVES, error="by the second")
    assert stored(job) == ("done", "by the first")
    assert (second.state, second.error) == ("running", "")


def test_row_deleted_meanwhile_is_not_brought_back(job: Job) -> None:
    other = Job.objects.get(pk=job.pk)
    other.delete()
    with pytest.raises(InvalidMove):
        move(job, "state", "running", MOVES)
    assert Job.objects.count() == 0
