"""Computes an old analysis again, from the data as it stood then."""

from __future__ import annotations

from dataclasses import dataclass

from optimization.ab_tests.analysis_io import analyse, hash_of
from optimization.ab_tests.arm_data import arms_of
from optimization.models import Analysis
from optimization.stats.ab.options import Options
from optimization.stats.common.json_form import OlderForm
from optimization.stored_results.analysis import StoredAnalysis


@dataclass(frozen=True)
class Reproduction:
    """An analysis computed again from the data as it stood then. Where the analysis is stored in an
    older form there is nothing to compare with: `stored_in_older_form`."""

    same_figures: bool
    same_verdict: bool
    status: str
    stored_in_older_form: bool = False

    @property
    def holds(self) -> bool:
        return self.same_figures and self.same_verdict


def reproduce(analysis: Analysis) -> Reproduction:
    """Compute an analysis again with its own settings, from the data as of its moment.

    `same_figures` is False where the figures of then cannot be had any more, e.g. because an ad
    was deleted with its history.
    """
    arms = arms_of([analysis.test], as_of=analysis.at)[analysis.test_id]
    same_figures, then = hash_of(arms) == analysis.input_hash, analysis.stored_result
    try:
        options = Options.from_json(analysis.settings).as_fields
    except OlderForm:
        return Reproduction(same_figures, False, analysis.status, stored_in_older_form=True)
    now = StoredAnalysis.of(analyse([(analysis.test_id, arms)], options)[analysis.test_id])
    same = not then.is_older and now.status == analysis.status and _named(now) == _named(then)
    return Reproduction(same_figures, same, now.status, stored_in_older_form=then.is_older)


def _named(analysis: StoredAnalysis) -> tuple[tuple[int, ...], ...]:
    return analysis.winner_ids, analysis.losing_ids, analysis.pause_ids, analysis.scale_ids
