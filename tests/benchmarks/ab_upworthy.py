"""Verdicts on real headline tests: does a named winner win again in other impressions?

Upworthy Research Archive, CC BY 4.0: Matias, Munger, Le Quere, Ebersole, Scientific Data 8, 195
(2021). Totals only, one row per arm for the week of the test, so noise is assumed, not estimated.
The archive lists weeks with a known imbalance of randomisation: they are reported separately.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from optimization.stats.ab.engine import analyze_many

Counts = npt.NDArray[np.int64]
DATA = Path(settings.BASE_DIR).parent / "shared" / "data" / "upworthy_tests.csv"
SEED, HALVINGS, DAYS = 20_260_102, 100, 7
IMBALANCED = range(201325, 201403)
TARGETS: dict[str, float] = {}
FLOORS = {"holds": 0.9, "holds_balanced_weeks": 0.9, "halves_winners": 500.0}


@dataclass(frozen=True)
class HeadlineTest:
    """impressions and clicks have shape (arms,)."""

    week: int
    impressions: Counts
    clicks: Counts


@dataclass(frozen=True)
class HalvingResult:
    """Leaders of first halves: how many, and how many beat their runner-up in the second half."""

    leaders: int = 0
    leads_again: int = 0

    @property
    def share(self) -> float:
        return self.leads_again / self.leaders if self.leaders else 0.0


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    """Verdict counts, and shares of leaders that lead again; zeros where the data are absent."""
    if not DATA.is_file():
        _print_row(f"../shared/data/{DATA.name} is not beside the project: nothing was measured")
        return {"tests": 0.0, **dict.fromkeys(FLOORS, 0.0)}
    tests = read_tests(DATA)
    verdicts = Counter(result.status for result in analyze_many(map(to_arms, tests), **PLAN))
    results = run_halvings(tests, np.random.default_rng(SEED), 1 if tiny else HALVINGS)
    for status, count in verdicts.most_common():
        _print_row(status, count)
    for name, result in results.items():
        _print_row(name, f"{result.leads_again} of {result.leaders} again", f"{result.share:.3f}")
    winners = [results["winners, balanced weeks"], results["winners, imbalanced weeks"]]
    both = HalvingResult(sum(w.leaders for w in winners), sum(w.leads_again for w in winners))
    return {
        "tests": float(len(tests)),
        "winners": float(verdicts["winner"]),
        "halves_winners": float(both.leaders),
        "holds": both.share,
        "holds_balanced_weeks": winners[0].share,
        "holds_imbalanced_weeks": winners[1].share,
        "simple_rule_holds": results["simple rule"].share,
    }


PLAN: dict[str, Any] = {"days": DAYS, "planned_days": DAYS}


def read_tests(file: Path) -> list[HeadlineTest]:
    """The tests in the order of the file; a test's week is that of its first row."""
    arms: dict[str, list[tuple[int, int]]] = defaultdict(list)
    weeks: dict[str, int] = {}
    with file.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            arms[row["clickability_test_id"]].append((int(row["impressions"]), int(row["clicks"])))
            weeks.setdefault(row["clickability_test_id"], int(row["test_week"]))
    return [HeadlineTest(weeks[key], *np.array(found).T) for key, found in arms.items()]


def to_arms(test: HeadlineTest) -> list[dict[str, Any]]:
    """The test as arms with totals."""
    pairs = zip(test.impressions.tolist(), test.clicks.tolist(), strict=True)
    return [{"id": k, "impressions": n, "clicks": x} for k, (n, x) in enumerate(pairs)]


def run_halvings(
    tests: list[HeadlineTest], rng: np.random.Generator, times: int
) -> dict[str, HalvingResult]:
    """Assigns each impression to a random half, `times` times, and pools all halvings."""
    counts: Counter[tuple[str, bool]] = Counter()
    for _ in range(times):
        parts = [halve(rng, test) for test in tests]
        found = analyze_many([to_arms(first) for first, _ in parts], **PLAN)
        for (first, second), result in zip(parts, found, strict=True):
            best = int(np.argmax(first.clicks / first.impressions))
            counts["simple rule", leads_again(first, second, best)] += 1
            if result.winner_ids:
                name = "imbalanced" if first.week in IMBALANCED else "balanced"
                again = leads_again(first, second, int(result.winner_ids[0]))
                counts[f"winners, {name} weeks", again] += 1
    names = ("winners, balanced weeks", "winners, imbalanced weeks", "simple rule")
    return {n: HalvingResult(counts[n, True] + counts[n, False], counts[n, True]) for n in names}


def halve(rng: np.random.Generator, test: HeadlineTest) -> tuple[HeadlineTest, HeadlineTest]:
    """Two halves: a fair coin for each impression, together with its click."""
    clicks = rng.binomial(test.clicks, 0.5)
    impressions = clicks + rng.binomial(test.impressions - test.clicks, 0.5)
    rest = HeadlineTest(test.week, test.impressions - impressions, test.clicks - clicks)
    return HeadlineTest(test.week, impressions, clicks), rest


def leads_again(first: HeadlineTest, second: HeadlineTest, leader: int) -> bool:
    """Whether in the second half the leader's CTR is above that of the first half's runner-up."""
    others = first.clicks / first.impressions
    others[leader] = -1.0
    rate = second.clicks / second.impressions
    return bool(rate[leader] > rate[np.argmax(others)])


def _print_row(*cells: object) -> None:
    print("  ".join(f"{cell!s:<28}" for cell in cells), file=sys.stderr, flush=True)  # noqa: T201
