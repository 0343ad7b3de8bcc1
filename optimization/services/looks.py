"""Looking at tests: analyse, keep the look, let the verdict stand, compute an old look again."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import fields
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any

import numpy as np
from django.db import transaction

from adsengine.common import clock
from optimization.models import ABTest, Look
from optimization.noise import KnownNoise, known_noise
from optimization.stats.ab_latch import Latched, latched
from optimization.stats.ab_rows import ArmDays
from optimization.stats.ab_test import analyze_many
from optimization.stats.metrics import FIELDS
from optimization.stats.results import ABResult
from optimization.test_data import MICROS, arms_of, known_day

Status = ABTest.Status
Arms = list[dict[str, Any]]
Settings = dict[str, Any]
_measures = itemgetter(*FIELDS)
_SCALARS = frozenset({str, int, float, bool, type(None)})


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
        results |= analyse([(test.pk, arms[test.pk]) for test in members], json.loads(key))
    looks = [
        _look_of(test, at, results[test.pk], settings[test.pk], arms[test.pk]) for test in chosen
    ]
    return _keep(chosen, looks, results, arms)


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


def analyse(tests: list[tuple[int, Arms]], options: Settings) -> dict[int, ABResult | str]:
    """Test id to its result, or to why its figures cannot be used."""
    try:
        found = analyze_many([arms for _, arms in tests], **options)
        return {pk: result for (pk, _), result in zip(tests, found)}
    except ValueError as err:
        if len(tests) == 1:
            return {tests[0][0]: str(err)}
    middle = len(tests) // 2
    return analyse(tests[:middle], options) | analyse(tests[middle:], options)


def _look_of(test: ABTest, at: Any, result: ABResult | str, settings: Settings, arms: Arms) -> Look:
    made = Look(test=test, at=at, settings=settings, input_hash=hash_of(arms))
    if isinstance(result, str):
        unusable = {"status": Status.INSUFFICIENT, "arms": [], "pause_ids": [], "losing_ids": []}
        made.status, made.method_version = Status.INSUFFICIENT, ""
        made.result = {**unusable, "summary": result, "warnings": [result]}
        return made
    made.status, made.method_version = result.status, result.method_version
    made.result = plain(result)
    return made


def hash_of(arms: Arms, before: date = date.max) -> str:
    """Of what the verdict is made of: days that are not complete are shown, not judged, nor are
    those from `before` on."""
    digest = hashlib.sha256()
    for arm in arms:
        digest.update(repr(arm["id"]).encode())
        if "daily" not in arm:
            digest.update(repr((arm["days"], *_measures(arm))).encode())
            continue
        one: ArmDays = arm["daily"]
        judged = [at for at, day in enumerate(one.days) if one.complete[at] and day < before]
        digest.update(repr([one.days[at].toordinal() for at in judged]).encode())
        digest.update(np.ascontiguousarray(one.values[judged], dtype="<f8").tobytes())
    return digest.hexdigest()


@lru_cache
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))  # type: ignore[arg-type]


def plain(value: Any) -> Any:
    """As JSON keeps it: dataclasses as objects, tuples as lists."""
    if value.__class__ in _SCALARS:
        return value
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return {
        name: found if (found := getattr(value, name)).__class__ in _SCALARS else plain(found)
        for name in _names(value.__class__)
    }


# ---- the verdict stands ------------------------------------------------------------------


@transaction.atomic
def _keep(
    tests: list[ABTest],
    looks: list[Look],
    results: dict[int, ABResult | str],
    arms: dict[int, Arms],
) -> list[Look]:
    """Store the looks and what they make of the verdicts."""
    Look.objects.bulk_create(looks, batch_size=500)
    corrected = _corrected(tests, arms)
    changed = []
    for test, kept in zip(tests, looks):
        result, before = results[test.pk], _standing(test)
        if isinstance(result, ABResult):
            _take_verdict(test, kept, result, corrected.get(test.pk))
        if _standing(test) != before:
            changed.append(test)
    # An insert that meets the rows: in one statement, whatever their number.
    ABTest.objects.bulk_create(
        changed,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["status", "winner", "winner_group", "verdict", "deciding", "decided_at"],
    )
    return looks


def _standing(test: ABTest) -> tuple[Any, ...]:
    """What a reader sees of the verdict; the words of an open one stand with its look."""
    winner = test.winner_id or test.winner_group_id
    verdict = test.verdict if winner else {**test.verdict, "reason": ""}
    return test.status, winner, verdict, test.deciding_id


def _corrected(tests: list[ABTest], arms: dict[int, Arms]) -> dict[int, ABResult]:
    """For named winners whose deciding days read differently now: these days, analysed again."""
    found = {}
    for test in tests:
        deciding = test.deciding
        if deciding is None or test.status != Status.WINNER:
            continue
        before = known_day(test, deciding.at)
        if hash_of(arms[test.pk], before) != deciding.input_hash:
            again = analyse([(test.pk, _until(arms[test.pk], before))], deciding.settings)[test.pk]
            if isinstance(again, ABResult):
                found[test.pk] = again
    return found


def _until(arms: Arms, before: date) -> Arms:
    """The arms without the days from `before` on."""
    return [
        {**arm, "daily": _first(arm["daily"], before)} if "daily" in arm else arm for arm in arms
    ]


def _first(one: ArmDays, before: date) -> ArmDays:
    end = sum(1 for day in one.days if day < before)  # they are in order
    return ArmDays(one.days[:end], one.complete[:end], one.values[:end])


def _take_verdict(test: ABTest, kept: Look, result: ABResult, corrected: ABResult | None) -> None:
    """A winner once named stays named until new figures contradict it."""
    previous = as_latched(test.verdict)
    stands = latched(previous, result, corrected)
    test.verdict = plain(stands)
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
