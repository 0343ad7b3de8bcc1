"""Analyses tests: reads their data, computes the results and stores them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from core.common import clock
from core.common.errors import InvalidMove
from core.common.money import MICROS
from optimization.ab_tests.analysis_io import Arms, analyse, hash_of
from optimization.ab_tests.arm_data import LAG_DAYS, arms_of
from optimization.ab_tests.noise import KnownNoise, known_noise
from optimization.ab_tests.verdicts import save_verdicts
from optimization.models import ABTest, Analysis
from optimization.stats.ab.options import OptionFields
from optimization.stats.ab.results import ABResult
from optimization.stored_results.analysis import StoredAnalysis

MONEY_LAG = max(LAG_DAYS.values())


def analyse_test(test: ABTest) -> Analysis:
    """Analyse a running test with its current data and store the analysis; for data that cannot be
    used the analysis says why. Raises InvalidMove when the test has ended."""
    if ABTest.objects.filter(pk=test.pk, state=ABTest.State.STOPPED).exists():
        raise InvalidMove("This test has ended already.", field="state")
    analyse_tests([test])
    return test.analyses.latest()


def analyse_tests(tests: Iterable[ABTest]) -> list[Analysis]:
    """Analyse many tests in batches of equal settings. One bad test does not stop the others."""
    chosen = list(tests)
    at, arms, settings = clock.market_now(), arms_of(chosen), settings_of(chosen)
    groups: dict[str, list[ABTest]] = defaultdict(list)
    for test in chosen:
        groups[json.dumps(settings[test.pk], sort_keys=True)].append(test)
    results: dict[int, ABResult | str] = {}
    for key, members in groups.items():
        results |= analyse([(test.pk, arms[test.pk]) for test in members], json.loads(key))
    analyses = [
        _analysis_of(test, at, results[test.pk], settings[test.pk], arms[test.pk])
        for test in chosen
    ]
    return save_verdicts(chosen, analyses, results, arms)


def settings_of(tests: list[ABTest]) -> dict[int, OptionFields]:
    """Test id to the engine's options, as they are stored with an analysis."""
    noise: dict[tuple[int, str], KnownNoise] = {}
    found = {}
    for test in tests:
        advertiser = test.campaign.account.advertiser
        key = (advertiser.pk, test.metric)
        if key not in noise:
            noise[key] = known_noise(advertiser, test.metric)
        found[test.pk] = _settings(test, noise[key])
    return found


def _settings(test: ABTest, noise: KnownNoise) -> OptionFields:
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
        "young_days": MONEY_LAG - LAG_DAYS[test.metric],
    }


def _analysis_of(
    test: ABTest, at: datetime, result: ABResult | str, settings: OptionFields, arms: Arms
) -> Analysis:
    stored = StoredAnalysis.of(result)
    made = Analysis(test=test, at=at, settings=settings, input_hash=hash_of(arms))
    made.status, made.result = stored.status, stored.to_json()
    made.method_version = "" if isinstance(result, str) else result.method_version
    made.stored_result = stored
    return made
