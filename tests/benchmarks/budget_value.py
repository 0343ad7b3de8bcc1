"""Revenue gain of the budget split at equal budget, on simulated accounts with hidden curves.

Gains are against unchanged budgets, in per cent of mean revenue over the rebalanced days; the
oracle knows the curves, the day's shocks and the capacities.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.benchmarks.budget_families import FAMILIES, ORACLE_AIM, Family
from tests.benchmarks.budget_play import Comparison, Outcome, compare
from tests.benchmarks.budget_policies import POLICIES

FLOORS = {
    "small5_gain": 12.0,
    "small5_worst": -2.0,
    "small5_share": 78.0,
    "mid50_gain": 30.0,
    "mid50_worst": 15.0,
    "mid50_share": 80.0,
    "large500_gain": 33.0,
    "large500_share": 80.0,
    "sparse50_share": 70.0,
    "dying50_gain": 42.0,
    "poorstart50_gain": 54.0,
    "goodstart50_gain": 0.5,
    "goodstart50_worst": -3.0,
    "null50_gain": -0.3,
    "null50_worst": -1.0,
    "least_spend": -1.0,
    "beats_simple": 1.0,
}
TARGETS = {
    "mid50_churn": 5.0,
    "most_jumps": 1.0,
    "leak": 0.0,
    "violations": 0.0,
    "oracle_off": 5.0,
}
# Rules that read the report; an equal split is right by chance where all campaigns are alike.
LEARNING_RULES = ("by_return", "rule")
TINY_CAMPAIGNS, TINY_DAYS = 20, 14  # the market places declines up to 20 days before its end


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    """Per family: gain (mean over seeds) with its standard error `se`, worst seed, share of the
    oracle's gain. Over all families: smallest delivered spend against unchanged budgets, and
    violations, all in per cent; `beats_simple` is the share of families in which the simpler rules
    that read the report gain less, `oracle_off` the largest difference of the oracle's mean gain
    from ORACLE_AIM, points."""
    found = {name: compare(family, POLICIES) for name, family in _families(tiny=tiny).items()}
    _print_table(found)
    metrics: dict[str, float] = {}
    for name, policies in found.items():
        ours = policies["ours"]
        metrics[f"{name}_gain"] = round(float(ours.gain.mean()), 2)
        metrics[f"{name}_se"] = round(ours.standard_error, 2)
        metrics[f"{name}_worst"] = round(float(ours.gain.min()), 2)
        metrics[f"{name}_share"] = round(ours.share, 1)
    return metrics | _over_all(found)


def _families(*, tiny: bool) -> dict[str, Family]:
    if not tiny:
        return FAMILIES
    return {name: _tiny(family) for name, family in FAMILIES.items()}


def _tiny(family: Family) -> Family:
    campaigns = min(family.campaigns, TINY_CAMPAIGNS)
    return replace(family, campaigns=campaigns, days=TINY_DAYS, seeds=(1,))


def _over_all(found: dict[str, dict[str, Comparison]]) -> dict[str, float]:
    ours = [policies["ours"] for policies in found.values()]
    return {
        "least_spend": round(min(float(one.spend.mean()) for one in ours), 2),
        "beats_simple": float(np.mean([_beats(policies) for policies in found.values()])),
        "mid50_churn": round(100 * _mean(found["mid50"]["ours"], lambda one: one.churn), 2),
        "most_jumps": round(max(100 * _mean(one, lambda two: two.jumps) for one in ours), 3),
        "leak": max(100 * _mean(one, lambda two: two.leak) for one in ours),
        "violations": max(100 * _mean(one, lambda two: two.violations) for one in ours),
        "oracle_off": round(
            max(_off(name, policies["ours"]) for name, policies in found.items()), 2
        ),
    }


def _off(name: str, comparison: Comparison) -> float:
    return abs(float(comparison.oracle.mean()) - ORACLE_AIM[name])


def _mean(comparison: Comparison, of: Callable[[Outcome], float]) -> float:
    return float(np.mean([of(one) for one in comparison.outcomes]))


def _beats(policies: dict[str, Comparison]) -> bool:
    best = max(float(policies[name].gain.mean()) for name in LEARNING_RULES)
    return float(policies["ours"].gain.mean()) > best


def _print_table(found: dict[str, dict[str, Comparison]]) -> None:
    """One line per family and rule, on stderr."""
    head = f"{'family':<12}{'rule':<11}{'revenue %':>10}{'se':>6}{'worst':>8}{'of oracle':>10}"
    lines = [head + f"{'spend %':>9}{'leak %':>8}{'broken %':>10}{'change %':>10}"]
    for name, policies in found.items():
        oracle = float(next(iter(policies.values())).oracle.mean())
        lines.append(f"{name:<12}{'oracle':<11}{oracle:>10.1f}")
        lines += [_line(name, rule, one) for rule, one in policies.items()]
    sys.stderr.write("\n".join(lines) + "\n")


def _line(name: str, rule: str, one: Comparison) -> str:
    return (
        f"{name:<12}{rule:<11}{one.gain.mean():>10.2f}{one.standard_error:>6.2f}{one.gain.min():>8.1f}{one.share:>10.0f}"
        f"{one.spend.mean():>9.1f}{100 * _mean(one, lambda x: x.leak):>8.2f}"
        f"{100 * _mean(one, lambda x: x.violations):>10.2f}"
        f"{100 * _mean(one, lambda x: x.churn):>10.1f}"
    )
