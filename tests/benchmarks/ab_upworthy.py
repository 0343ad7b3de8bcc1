"""Verdicts on real headline tests: does a named winner win again in impressions unseen so far?

Upworthy Research Archive, CC BY 4.0: Matias, Munger, Le Quere, Ebersole, Scientific Data 8, 195
(2021). Totals only, one row an arm for the week of the test, so noise is assumed, not estimated.
The archive names weeks with a known imbalance of randomisation: they are reported apart.
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
    """shown and clicked have shape (arms,)."""

    week: int
    shown: Counts
    clicked: Counts


@dataclass(frozen=True)
class Held:
    """Leaders of first halves: how many, and how many beat their runner-up in the second half."""

    named: int = 0
    again: int = 0

    @property
    def share(self) -> float:
        return self.again / self.named if self.named else 0.0


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    """Verdict counts, and shares of leaders that lead again; zeros where the data are absent."""
    if not DATA.is_file():
        _say(f"../shared/data/{DATA.name} is not beside the project: nothing was measured")
        return {"tests": 0.0, **dict.fromkeys(FLOORS, 0.0)}
    tests = read(DATA)
    verdicts = Counter(result.status for result in analyze_many(map(rows_of, tests), **PLAN))
    held = halvings(tests, np.random.default_rng(SEED), 1 if tiny else HALVINGS)
    for status, count in verdicts.most_common():
        _say(status, count)
    for name, figures in held.items():
        _say(name, f"{figures.again} of {figures.named} again", f"{figures.share:.3f}")
    winners = [held["winners, balanced weeks"], held["winners, imbalanced weeks"]]
    both = Held(sum(w.named for w in winners), sum(w.again for w in winners))
    return {
        "tests": float(len(tests)),
        "winners": float(verdicts["winner"]),
        "halves_winners": float(both.named),
        "holds": both.share,
        "holds_balanced_weeks": winners[0].share,
        "holds_imbalanced_weeks": winners[1].share,
        "simple_rule_holds": held["simple rule"].share,
    }


PLAN: dict[str, Any] = {"days": DAYS, "planned_days": DAYS}


def read(file: Path) -> list[HeadlineTest]:
    """The tests in the order of the file; a test's week is that of its first row."""
    arms: dict[str, list[tuple[int, int]]] = defaultdict(list)
    weeks: dict[str, int] = {}
    with file.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            arms[row["clickability_test_id"]].append((int(row["impressions"]), int(row["clicks"])))
            weeks.setdefault(row["clickability_test_id"], int(row["test_week"]))
    return [HeadlineTest(weeks[key], *np.array(found).T) for key, found in arms.items()]


def rows_of(test: HeadlineTest) -> list[dict[str, Any]]:
    """The test as arms with totals."""
    pairs = zip(test.shown.tolist(), test.clicked.tolist())
    return [{"id": k, "impressions": n, "clicks": x} for k, (n, x) in enumerate(pairs)]


def halvings(tests: list[HeadlineTest], rng: np.random.Generator, times: int) -> dict[str, Held]:
    """Each impression falls into either half by chance, `times` over, all halvings pooled."""
    counts: Counter[tuple[str, bool]] = Counter()
    for _ in range(times):
        parts = [halve(rng, test) for test in tests]
        found = analyze_many([rows_of(first) for first, _ in parts], **PLAN)
        for (first, second), result in zip(parts, found):
            best = int(np.argmax(first.clicked / first.shown))
            counts["simple rule", leads_again(first, second, best)] += 1
            if result.winner_ids:
                name = "imbalanced" if first.week in IMBALANCED else "balanced"
                again = leads_again(first, second, int(result.winner_ids[0]))
                counts[f"winners, {name} weeks", again] += 1
    names = ("winners, balanced weeks", "winners, imbalanced weeks", "simple rule")
    return {n: Held(counts[n, True] + counts[n, False], counts[n, True]) for n in names}


def halve(rng: np.random.Generator, test: HeadlineTest) -> tuple[HeadlineTest, HeadlineTest]:
    """A fair coin for each impression, with its click if it had one."""
    clicked = rng.binomial(test.clicked, 0.5)
    shown = clicked + rng.binomial(test.shown - test.clicked, 0.5)
    rest = HeadlineTest(test.week, test.shown - shown, test.clicked - clicked)
    return HeadlineTest(test.week, shown, clicked), rest


def leads_again(first: HeadlineTest, second: HeadlineTest, leader: int) -> bool:
    """Whether the leader's CTR is above that of its runner-up of the first half in the second."""
    others = first.clicked / first.shown
    others[leader] = -1.0
    rate = second.clicked / second.shown
    return bool(rate[leader] > rate[np.argmax(others)])


def _say(*cells: object) -> None:
    print("  ".join(f"{cell!s:<28}" for cell in cells), file=sys.stderr, flush=True)  # noqa: T201
