"""Computing an old look again, from the figures as they stood then."""

from __future__ import annotations

from dataclasses import dataclass

from optimization.ab_tests.analysis_io import analyse, hash_of, to_json
from optimization.ab_tests.arm_data import arms_of
from optimization.models import ABTest, Look
from optimization.stats.ab.results import ABResult

Status = ABTest.Status


@dataclass(frozen=True)
class Replay:
    """A look computed again from the figures as they stood then."""

    same_figures: bool
    same_verdict: bool
    status: str

    @property
    def holds(self) -> bool:
        return self.same_figures and self.same_verdict


def replay(look: Look) -> Replay:
    """Compute a look again with its own settings, from the figures as of its moment.

    `same_figures` is False where the figures of then cannot be had any more, e.g. because an ad
    was deleted with its history.
    """
    arms = arms_of([look.test], as_of=look.at)[look.test_id]
    result = analyse([(look.test_id, arms)], look.settings)[look.test_id]
    status = result.status if isinstance(result, ABResult) else Status.INSUFFICIENT.value
    named = ("winner_ids", "losing_ids", "pause_ids", "scale_ids")
    again = {} if isinstance(result, str) else to_json(result)
    same = all(again.get(key, []) == look.result.get(key, []) for key in named)
    return Replay(hash_of(arms) == look.input_hash, status == look.status and same, status)
