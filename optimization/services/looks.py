"""Looking at tests: analyse, keep the look, let the verdict stand, compute an old look again."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from adsengine.common import clock
from campaigns.specs import content_hash
from optimization.models import ABTest, Look
from optimization.noise import KnownNoise, known_noise
from optimization.stats.ab_latch import Latched, latched
from optimization.stats.ab_test import analyze_many
from optimization.stats.results import ABResult
from optimization.test_data import MICROS, arms_of

Status = ABTest.Status
Arms = list[dict[str, Any]]
Settings = dict[str, Any]


def look(test: ABTest) -> Look:
    """Analyse the test as its data stand now, and keep the look; figures that cannot be used
    give a look that says why."""
    look_many([test])
    return test.looks.latest()


def look_many(tests: Iterable[ABTest]) -> list[Look]:
    """Analyse many tests in batches of equal settings. One bad test does not stop the others."""
    chosen = list(tests)
    at, arms, settings = clock.now(), arms_of(chosen), settings_of(chosen)
    groups: dict[str, list[ABTest]] = defaultdict(list)
    for test in chosen:
        groups[json.dumps(settings[test.pk], sort_keys=True)].append(test)
    results: dict[int, ABResult | str] = {}
    for key, members in groups.items():
        results |= _analyse([(test.pk, arms[test.pk]) for test in members], json.loads(key))
    looks = [
        _look_of(test, at, results[test.pk], settings[test.pk], arms[test.pk]) for test in chosen
    ]
    return _keep(chosen, looks, results)


def settings_of(tests: list[ABTest]) -> dict[int, Settings]:
    """Test id to the engine's options, as they are stored with a look."""
    noise: dict[tuple[int, str], KnownNoise] = {}
    found = {}
    for test in tests:
        advertiser = test.campaign.account.advertiser
        key = (advertiser.pk, test.metric)
        if key not in noise:
            noise[key] = known_noise(advertiser, test.metric)
        found[test.pk] = _settings(test, noise[key])
    return found


def _settings(test: ABTest, noise: KnownNoise) -> Settings:
    advertiser, currency = test.campaign.account.advertiser, test.campaign.account.currency
    cpa = advertiser.target_cpa_micros if currency == advertiser.currency else None
    roas = advertiser.target_roas
    return {
        "metric": test.metric,
        "planned_days": test.planned_days,
        "guard_metrics": list(test.guard_metrics),
        "design": test.design,
        "target_roas": None if roas is None else float(roas),
        "target_cpa": None if cpa is None else cpa / MICROS,
        "s0": noise.s0,
        "v0": noise.v0,
    }


def _analyse(tests: list[tuple[int, Arms]], options: Settings) -> dict[int, ABResult | str]:
    """Test id to its result, or to why its figures cannot be used."""
    try:
        found = analyze_many([arms for _, arms in tests], **options)
        return {pk: result for (pk, _), result in zip(tests, found)}
    except ValueError as err:
        if len(tests) == 1:
            return {tests[0][0]: str(err)}
    middle = len(tests) // 2
    return _analyse(tests[:middle], options) | _analyse(tests[middle:], options)


def _look_of(test: ABTest, at: Any, result: ABResult | str, settings: Settings, arms: Arms) -> Look:
    made = Look(test=test, at=at, settings=settings, input_hash=_hash(arms))
    if isinstance(result, str):
        unusable = {"status": Status.INSUFFICIENT, "arms": [], "pause_ids": [], "losing_ids": []}
        made.status, made.method_version = Status.INSUFFICIENT, ""
        made.result = {**unusable, "summary": result, "warnings": [result]}
        return made
    made.status, made.method_version = result.status, result.method_version
    made.result = _plain(asdict(result))
    return made


def _hash(arms: Arms) -> str:
    """Of what the verdict is made of: days that are not complete are shown, not judged."""
    judged = [
        {**arm, "daily": [row for row in arm["daily"] if row["complete"]]}
        if "daily" in arm
        else arm
        for arm in arms
    ]
    return content_hash({"arms": _plain(judged)})


def _plain(value: Any) -> Any:
    """As JSON keeps it: tuples as lists, days as text."""
    return json.loads(json.dumps(value, default=str))


# ---- the verdict stands ------------------------------------------------------------------


@transaction.atomic
def _keep(tests: list[ABTest], looks: list[Look], results: dict[int, ABResult | str]) -> list[Look]:
    """Store the looks and what they make of the verdicts."""
    Look.objects.bulk_create(looks, batch_size=500)
    corrected = _corrected(tests)
    for test, kept in zip(tests, looks):
        result = results[test.pk]
        if isinstance(result, ABResult):
            _take_verdict(test, kept, result, corrected.get(test.pk))
    changed = ["status", "winner", "winner_group", "verdict", "deciding", "decided_at"]
    ABTest.objects.bulk_update(tests, changed, batch_size=300)
    return looks


def _corrected(tests: list[ABTest]) -> dict[int, ABResult]:
    """For named winners whose deciding days read differently now: these days, analysed again."""
    found = {}
    for test in tests:
        deciding = test.deciding
        if deciding is None or test.status != Status.WINNER:
            continue
        arms = arms_of([test], at=deciding.at)[test.pk]
        if _hash(arms) != deciding.input_hash:
            again = _analyse([(test.pk, arms)], deciding.settings)[test.pk]
            if isinstance(again, ABResult):
                found[test.pk] = again
    return found


def _take_verdict(test: ABTest, kept: Look, result: ABResult, corrected: ABResult | None) -> None:
    """A winner once named stays named until new figures contradict it."""
    previous = as_latched(test.verdict)
    stands = latched(previous, result, corrected)
    test.verdict = _plain(asdict(stands))
    test.status = stands.status
    winner = int(stands.winner_ids[0]) if stands.winner_ids else None
    if winner != test.winner_subject_id or stands.change == "named":
        test.deciding = kept if winner else None
        test.decided_at = kept.at if winner else None
    test.winner_id = None if test.compares_groups else winner
    test.winner_group_id = winner if test.compares_groups else None


def as_latched(stored: dict[str, Any]) -> Latched | None:
    """The stored verdict; None before the first look."""
    if not stored:
        return None
    ids = {key: tuple(stored[key]) for key in ("winner_ids", "losing_ids")}
    return Latched(**{**stored, **ids})


# ---- computing an old look again ---------------------------------------------------------


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
    result = _analyse([(look.test_id, arms)], look.settings)[look.test_id]
    status = result.status if isinstance(result, ABResult) else Status.INSUFFICIENT.value
    named = ("winner_ids", "losing_ids", "pause_ids", "scale_ids")
    again = {} if isinstance(result, str) else _plain(asdict(result))
    same = all(again.get(key, []) == look.result.get(key, []) for key in named)
    return Replay(_hash(arms) == look.input_hash, status == look.status and same, status)
