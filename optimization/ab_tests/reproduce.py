"""Computing an old look again, from the figures as they stood then."""

from __future__ import annotations

from dataclasses import dataclass

from optimization.ab_tests.analysis_io import analyse, hash_of
from optimization.ab_tests.arm_data import arms_of
from optimization.models import Look
from optimization.stats.ab.options import Options
from optimization.stats.common.json_form import OlderForm
from optimization.stored.analysis import StoredAnalysis


@dataclass(frozen=True)
class Replay:
    """A look computed again from the figures as they stood then. Where the look is stored in an
    older form there is nothing to compare with: `stored_in_older_form`."""

    same_figures: bool
    same_verdict: bool
    status: str
    stored_in_older_form: bool = False

    @property
    def holds(self) -> bool:
        return self.same_figures and self.same_verdict


def replay(look: Look) -> Replay:
    """Compute a look again with its own settings, from the figures as of its moment.

    `same_figures` is False where the figures of then cannot be had any more, e.g. because an ad
    was deleted with its history.
    """
    arms = arms_of([look.test], as_of=look.at)[look.test_id]
    same_figures, then = hash_of(arms) == look.input_hash, look.analysis
    try:
        options = Options.from_json(look.settings).as_fields
    except OlderForm:
        return Replay(same_figures, False, look.status, stored_in_older_form=True)
    now = StoredAnalysis.of(analyse([(look.test_id, arms)], options)[look.test_id])
    same = not then.is_older and now.status == look.status and _named(now) == _named(then)
    return Replay(same_figures, same, now.status, stored_in_older_form=then.is_older)


def _named(analysis: StoredAnalysis) -> tuple[tuple[int, ...], ...]:
    return analysis.winner_ids, analysis.losing_ids, analysis.pause_ids, analysis.scale_ids
