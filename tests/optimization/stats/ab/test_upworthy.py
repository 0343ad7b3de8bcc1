"""Verdicts on real headline tests, and what the bench makes of them.

Upworthy Research Archive, CC BY 4.0: Matias, Munger, Le Quere, Ebersole (2021).
"""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from optimization.stats.ab.engine import analyze_many
from optimization.stats.ab.sentences import ahead_text
from tests.benchmarks import ab_upworthy
from tests.benchmarks.ab_upworthy import (
    DATA,
    IMBALANCED,
    PLAN,
    HalvingResult,
    HeadlineTest,
    halve,
    leads_again,
    read_tests,
    run_halvings,
    to_arms,
)
from tests.benchmarks.registry import BENCHES

needs_data = pytest.mark.skipif(
    not DATA.is_file(),
    reason="real data ../shared/data/upworthy_tests.csv is not beside the project",
)


def headline_test(*pairs: tuple[int, int], week: int = 201401) -> HeadlineTest:
    return HeadlineTest(week, *np.array(pairs).T)


@needs_data
def test_every_real_test_gets_a_verdict_on_assumed_noise() -> None:
    tests = read_tests(DATA)
    results = analyze_many(map(to_arms, tests), **PLAN)
    found = Counter(result.status for result in results)
    assert found == {"inconclusive": 1_874, "insufficient_data": 410, "winner": 98}
    assert {result.confidence_basis for result in results} == {"assumed_dispersion"}
    assert not any(result.pause_ids or result.scale_ids for result in results)
    assert sum(one.week in IMBALANCED for one in tests) == 546


@needs_data
def test_every_lead_in_a_sentence_is_the_figure_of_its_pair() -> None:
    results = analyze_many(map(to_arms, read_tests(DATA)), **PLAN)
    told = [(one, one.lead) for one in results if one.lead is not None]
    assert len(told) == 1_972
    for result, lead in told:
        pair = next(pair for pair in result.pairs if pair.other_id == lead.over_id)
        assert (pair.leader_id, pair.lift) == (lead.leader_id, lead.lift)
        assert (pair.ci or (None, None)) == (lead.low, lead.high)
        assert lead.lift is not None
        ready = {arm.id for arm in result.arms if arm.status != "insufficient_data"}
        rivals = [one.lift or 0.0 for one in result.pairs if one.other_id in ready]
        assert lead.lift == min(rivals)
        assert ahead_text(lead) in result.summary
        if result.winner_ids:
            assert result.winner_ids == (lead.leader_id,)


@needs_data
def test_named_winners_win_again_in_the_other_half_and_top_rates_often_do_not() -> None:
    held = run_halvings(read_tests(DATA), np.random.default_rng(7), 4)
    named = [held[f"winners, {weeks} weeks"] for weeks in ("balanced", "imbalanced")]
    count, again = sum(w.leaders for w in named), sum(w.leads_again for w in named)
    assert count >= 60
    assert again / count >= 0.9
    assert held["simple rule"].leaders == 4 * 2_382
    assert held["simple rule"].share <= 0.65


def test_halves_are_the_whole_and_clicks_stay_with_their_impressions() -> None:
    whole = headline_test((1_000, 40), (50, 50), (900, 0))
    first, second = halve(np.random.default_rng(1), whole)
    assert (first.impressions + second.impressions).tolist() == [1_000, 50, 900]
    assert (first.clicks + second.clicks).tolist() == [40, 50, 0]
    assert first.impressions[1] == first.clicks[1]
    assert 400 < first.impressions[0] < 600


def test_a_leader_is_held_against_its_runner_up_of_the_first_half() -> None:
    first = headline_test((100, 9), (100, 8), (100, 1))
    assert leads_again(first, headline_test((100, 7), (100, 6), (100, 50)), 0)
    assert not leads_again(first, headline_test((100, 7), (100, 7), (100, 0)), 0)


def test_archive_is_read_by_test_with_its_arms_in_order(tmp_path: Path) -> None:
    file = tmp_path / "archive.csv"
    lines = ["b,201325,0,100,3", "a,201403,0,50,1", "b,201326,1,90,4"]
    header = "clickability_test_id,test_week,arm,impressions,clicks"
    file.write_text("\n".join([header, *lines]), encoding="utf-8")
    found = read_tests(file)
    assert [one.week for one in found] == [201325, 201403]
    assert to_arms(found[0]) == [
        {"id": 0, "impressions": 100, "clicks": 3},
        {"id": 1, "impressions": 90, "clicks": 4},
    ]
    assert (201325 in IMBALANCED, 201403 in IMBALANCED) == (True, False)


def test_bench_without_the_data_says_so_and_is_not_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ab_upworthy, "DATA", tmp_path / "upworthy_tests.csv")
    found = ab_upworthy.measure(tmp_path, tiny=False)
    assert found["tests"] == 0
    assert not BENCHES["ab_upworthy"].is_met(found)
    said = capsys.readouterr().err
    assert "../shared/data/upworthy_tests.csv is not beside the project" in said


def test_nothing_named_holds_nothing() -> None:
    assert HalvingResult().share == 0.0
    assert HalvingResult(4, 3).share == 0.75
