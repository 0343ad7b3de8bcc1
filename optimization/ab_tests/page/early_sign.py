"""The click rate as an early sign, beside a metric that takes longer to decide."""

from __future__ import annotations

from collections.abc import Mapping

from optimization.ab_tests.analysis_io import analyse
from optimization.ab_tests.arm_data import arms_of
from optimization.models import ABTest
from optimization.presentation.labels import with_arm_names
from optimization.stats.ab.results import ABResult
from optimization.stats.ab.sentences import ahead_text

EARLY = "ctr"


def early_sign(test: ABTest, names: Mapping[int, str]) -> str:
    """Who leads on clicks, in a sentence; empty where clicks decide or nobody leads yet."""
    if test.metric == EARLY:
        return ""
    found = analyse(
        [(test.pk, arms_of([test])[test.pk])],
        {"metric": EARLY, "planned_days": test.planned_days},
    )[test.pk]
    if not isinstance(found, ABResult) or found.lead is None or found.lead.lift is None:
        return ""
    said = with_arm_names(
        f"arm {found.lead.leader_id} is {ahead_text(found.lead)}", names, test.compared
    )
    return f"Early sign, click rate: {said}. It does not decide this test."
