"""Stores analyses and updates verdicts: a winner stays named until new data contradicts it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction

from optimization.ab_tests.analysis_io import Arms, analyse, hash_of
from optimization.ab_tests.arm_data import known_day
from optimization.ab_tests.goals.order_values import without_days_from
from optimization.models import ABTest, Analysis
from optimization.stats.ab.options import Options
from optimization.stats.ab.results import METHOD_VERSION, ABResult
from optimization.stats.ab.verdicts.sticky_verdict import StickyVerdict, update_verdict
from optimization.stats.common.json_form import OlderForm
from optimization.stored_results.analysis import Standing

Status = ABTest.Status
_STANDS = ("status", "verdict", "decided_at", "winner_id", "winner_group_id", "deciding_id")
_VERDICT = ["status", "winner", "winner_group", "verdict", "deciding", "decided_at"]


@transaction.atomic
def save_verdicts(
    tests: list[ABTest],
    analyses: list[Analysis],
    results: dict[int, ABResult | str],
    arms: dict[int, Arms],
) -> list[Analysis]:
    """Store the analyses and update the verdicts; tests deleted meanwhile are left out."""
    living = _lock_tests(tests)
    kept = [analysis for analysis in analyses if analysis.test_id in living]
    Analysis.objects.bulk_create(kept, batch_size=500)
    corrected = _reanalyse_corrected(living, arms)
    changed = []
    for analysis in kept:
        test, result = living[analysis.test_id], results[analysis.test_id]
        before = _visible_verdict(test)
        if isinstance(result, ABResult):
            _update_verdict(test, analysis, result, corrected.get(test.pk))
        if _visible_verdict(test) != before:
            changed.append(test)
    # An insert that meets the rows: in one statement, whatever their number.
    ABTest.objects.bulk_create(
        changed,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=_VERDICT,
    )
    return kept


def _lock_tests(tests: list[ABTest]) -> dict[int, ABTest]:
    """The given tests with their current verdicts: another analysis may have named a winner since
    they were read. The rows are locked, so that one analysis at a time decides."""
    rows = ABTest.objects.select_for_update(of=("self",)).order_by("pk")
    mine = rows.filter(pk__in=[test.pk for test in tests])
    now = {row["id"]: row for row in mine.values("id", *_STANDS)}
    deciding = Analysis.objects.in_bulk(
        [row["deciding_id"] for row in now.values() if row["deciding_id"]]
    )
    living = {test.pk: test for test in tests if test.pk in now}
    for pk, test in living.items():
        for name in _STANDS[:-1]:
            setattr(test, name, now[pk][name])
        test.deciding = deciding.get(now[pk]["deciding_id"] or 0)
    return living


def _visible_verdict(test: ABTest) -> tuple[Any, ...]:
    """What a reader sees of the verdict; the text of an open one is stored with its analysis."""
    winner, standing = test.winner_id or test.winner_group_id, test.standing
    if standing.latched is not None and not winner:
        standing = replace(standing, latched=replace(standing.latched, reason=""))
    return test.status, winner, standing, test.deciding_id


# ---- corrections -------------------------------------------------------------------------


def _reanalyse_corrected(tests: dict[int, ABTest], arms: dict[int, Arms]) -> dict[int, ABResult]:
    """Test id to a new analysis of its deciding days, where these were corrected since."""
    found = {}
    for test in tests.values():
        deciding = test.deciding
        if deciding is None or not _same_arms(deciding, arms[test.pk]):
            continue
        before = known_day(test, deciding.at)
        if hash_of(arms[test.pk], before) != deciding.input_hash:
            again = _reanalyse(test, deciding, without_days_from(arms[test.pk], before))
            if isinstance(again, ABResult):
                found[test.pk] = again
    return found


def _reanalyse(test: ABTest, deciding: Analysis, arms: Arms) -> ABResult | str:
    try:
        options = Options.from_json(deciding.settings).as_fields
    except OlderForm as why:
        return str(why)
    return analyse([(test.pk, arms)], options)[test.pk]


def _same_arms(deciding: Analysis, arms: Arms) -> bool:
    """Whether its figures can be compared: not where an ad was deleted since, nor with the hash of
    an earlier version of the engine."""
    then = deciding.stored_result
    if then.is_older or deciding.method_version != METHOD_VERSION:
        return False
    return list(then.arm_ids) == [arm["id"] for arm in arms]


# ---- the verdict -------------------------------------------------------------------------


def _update_verdict(
    test: ABTest, kept: Analysis, result: ABResult, corrected: ABResult | None
) -> None:
    standing, ids = test.standing, {arm.id for arm in result.arms}
    previous = _previous_verdict(test, standing)
    if previous is not None and not set(previous.winner_ids) <= ids:
        previous = None  # the winning ad was deleted, so the test starts again
    stands = update_verdict(previous, result, corrected)
    withdrawn = _withdrawn(standing, stands)
    test.verdict = Standing(stands, withdrawn).to_json()
    test.status = stands.status
    winner = int(stands.winner_ids[0]) if stands.winner_ids else None
    _set_deciding(test, kept, stands, winner, previous)
    test.winner_id = None if test.compares_groups else winner
    test.winner_group_id = winner if test.compares_groups else None


def _previous_verdict(test: ABTest, standing: Standing) -> StickyVerdict | None:
    """The verdict that stands; None before the first analysis. Where it is stored in an older form
    the test's own columns still say who won, and a named winner stays named."""
    winner = test.winner_subject_id
    if not standing.is_older or winner is None:
        return standing.latched
    return StickyVerdict(
        status="winner",
        winner_ids=(winner,),
        losing_ids=(),
        confidence=None,
        e_value=None,
        days=test.deciding.stored_result.elapsed_days if test.deciding else 0,
        change="kept",
        reason="",
    )


def _withdrawn(before: Standing, stands: StickyVerdict) -> str:
    """Why an earlier winner is none any more, until another one is named."""
    if stands.change == "withdrawn":
        return stands.reason
    return "" if stands.winner_ids else before.withdrawn


def _set_deciding(
    test: ABTest,
    kept: Analysis,
    stands: StickyVerdict,
    winner: int | None,
    previous: StickyVerdict | None,
) -> None:
    """Set the analysis whose days named the winner or, before there is one, the first loser. When
    these days are corrected, the verdict is checked again."""
    had_losers = previous is not None and bool(previous.losing_ids)
    named = stands.change == "named" or winner != test.winner_subject_id
    if winner is not None:
        if named:
            test.deciding, test.decided_at = kept, kept.at
        return
    test.decided_at = None
    if not stands.losing_ids:
        test.deciding = None
    elif named or not had_losers or test.deciding_id is None:
        test.deciding = kept
