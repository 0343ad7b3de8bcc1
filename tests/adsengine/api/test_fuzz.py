"""Some of the benchmark's made-up requests: none fails, and no unknown name is taken."""

from __future__ import annotations

import pytest

from tests.benchmarks.api_fuzz.asking import Stage, ask_by_hand, set_stage
from tests.benchmarks.api_fuzz.schema import ask_by_schema

pytestmark = pytest.mark.usefixtures("media")


@pytest.fixture
def stage(db: None) -> Stage:
    return set_stage()


def test_requests_made_up_by_hand_are_answered(stage: Stage) -> None:
    found = ask_by_hand(stage, 300, seed=20261130)
    assert (found.failures, found.ignored) == ([], [])
    assert found.unknown > 50
    assert sum(found.statuses[status] for status in (200, 201, 202)) > 50


def test_requests_made_up_from_the_schema_are_answered(stage: Stage) -> None:
    found = ask_by_schema(stage, 2, 20261130)
    assert (found.failures, found.ignored) == ([], [])
    assert found.asked > 100
    assert found.statuses[200] > 20
