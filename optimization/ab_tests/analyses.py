"""Analyses tests: reads their data, computes the results and stores them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from core.common import clock
from core.common.errors import InvalidMove
from optimization.ab_tests.analysis_io import Arms, analyse, hash_of
from optimization.ab_tests.arm_data import LAG_DAYS, arms_of
from optimization.ab_tests.goals.goal import BREAK_EVEN_ROAS, targets_of
from optimization.ab_tests.goals.order_values import carries_values
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
    at, arms = clock.market_now(), arms_of(chosen)
    settings = settings_of(chosen, arms)
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


def settings_of(tests: list[ABTest], arms: dict[int, Arms]) -> dict[int, OptionFields]:
    """Test id to the engine's options, as they are stored with an analysis."""
    noise: dict[tuple[int, str], KnownNoise] = {}
    found = {}
    for test in tests:
        advertiser = test.campaign.account.advertiser
        key = (advertiser.pk, test.metric)
        if key not in noise:
            noise[key] = known_noise(advertiser, test.metric)
        found[test.pk] = _settings(test, noise[key], arms[test.pk])
    return found


def _settings(test: ABTest, noise: KnownNoise, arms: Arms) -> OptionFields:
    account = test.campaign.account
    targets = targets_of(account.advertiser, account.currency)
    # Without values in the days judged there is no return to hold against a target.
    judges_return = carries_values(arms)
    is_floor = judges_return and targets.roas is None
    return {
        "metric": test.metric,
        "planned_days": test.planned_days,
        "guard_metrics": list(test.guard_metrics),
        "design": test.design,
        "target_roas": targets.roas if judges_return else None,
        "target_cpa": targets.cpa,
        "roas_floor": BREAK_EVEN_ROAS if is_floor else None,
        "s0": noise.s0,
        "v0": noise.v0,
        "lag0": noise.lag0,
        "lag_weight": noise.lag_weight,
        # Complete days alone are judged, so an analysis more often sees the same figures.
        "boundary": "daily" if noise.v0 > 0 else "any_time",
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
