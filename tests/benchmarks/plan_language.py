"""Speed of comparing two specs and of all rules, against reading the same tree's JSON with the
spec's own model.

Trees of 10 to 10,000 nodes, half of them keywords, half ads; a tenth of the ads differ, and a tenth
of the keywords are other ones. `growth` is the largest exponent between two neighbouring sizes: 1
is linear.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from statistics import median

from platforms.google.capabilities import CAPABILITIES
from platforms.rules.pack import spec_problems
from platforms.spec.campaign import CampaignSpec
from platforms.spec.changes.applying import apply
from platforms.spec.changes.difference import diff
from platforms.spec.text import parse_spec, serialise
from tests.benchmarks.timing import measure_seconds, median_ratio, rounded_median
from tests.platforms.spec.tree import tree

TARGETS = {
    "parse_ratio": 10.0,
    "diff_ratio": 10.0,
    "apply_ratio": 10.0,
    "rules_ratio": 10.0,
    "growth": 1.3,
    "differs": 0.0,
}
SIZES, REPEATS = (10, 100, 1_000, 10_000), 7
LEAST_SECONDS = 0.02  # a run of a small tree is repeated until it can be measured


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    """Seconds for the largest tree, and the largest ratio to reading over all sizes."""
    sizes = SIZES[:2] if tiny else SIZES
    found = [_measure_size(size, 1 if tiny else REPEATS) for size in sizes]
    diffs = [one["diff"] for one in found]
    steps = zip(sizes, diffs, sizes[1:], diffs[1:], strict=False)
    return {
        "nodes": float(sizes[-1]),
        "read_seconds": found[-1]["read"],
        "parse_seconds": found[-1]["parse"],
        "diff_seconds": found[-1]["diff"],
        "apply_seconds": found[-1]["apply"],
        "rules_seconds": found[-1]["rules"],
        "parse_ratio": max(one["parse_ratio"] for one in found),
        "diff_ratio": max(one["diff_ratio"] for one in found),
        "apply_ratio": max(one["apply_ratio"] for one in found),
        "rules_ratio": max(one["rules_ratio"] for one in found),
        "growth": round(max(math.log(d / b) / math.log(c / a) for a, b, c, d in steps), 3),
        "differs": max(one["differs"] for one in found),
    }


def _measure_size(nodes: int, repeats: int) -> dict[str, float]:
    before, after = tree(nodes // 2, nodes // 2), _changed(nodes)
    text = serialise(after)
    body = json.dumps(json.loads(text)["campaign"])
    changes = diff(before, after)
    acts: dict[str, Callable[[], object]] = {
        "read": lambda: CampaignSpec.model_validate_json(body),
        "parse": lambda: parse_spec(text),
        "diff": lambda: diff(before, after),
        "apply": lambda: apply(changes, before),
        "rules": lambda: spec_problems(CAPABILITIES, after),
    }
    times: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(repeats):
        for name, act in acts.items():
            times[name].append(_seconds(act))
    return {
        **{name: rounded_median(took) for name, took in times.items()},
        "diff": median(times["diff"]),  # not rounded: small trees take microseconds
        "parse_ratio": median_ratio(times["parse"], times["read"]),
        "diff_ratio": median_ratio(times["diff"], times["read"]),
        "apply_ratio": median_ratio(times["apply"], times["read"]),
        "rules_ratio": median_ratio(times["rules"], times["read"]),
        "differs": float(apply(changes, before) != after),
    }


def _changed(nodes: int) -> CampaignSpec:
    spec = tree(nodes // 2, nodes // 2, budget="60.00")
    [group] = spec.ad_groups
    ads = tuple(
        ad.model_copy(update={"name": f"{ad.name}, better"}) if at % 10 == 0 else ad
        for at, ad in enumerate(group.ads)
    )
    words = group.targeting.keywords
    keywords = tuple(
        word.model_copy(update={"text": f"{word.text} shop"}) if at % 10 == 0 else word
        for at, word in enumerate(words)
    )
    targeting = group.targeting.model_copy(update={"keywords": keywords})
    changed = group.model_copy(update={"ads": ads, "targeting": targeting})
    return parse_spec(serialise(spec.model_copy(update={"ad_groups": (changed,)})))


def _seconds(act: Callable[[], object]) -> float:
    """Of one run; short ones are run often enough to be measured."""
    once = measure_seconds(act)
    times = max(1, math.ceil(LEAST_SECONDS / max(once, 1e-6))) if once < LEAST_SECONDS else 1
    if times == 1:
        return once
    return measure_seconds(lambda: [act() for _ in range(times)]) / times
