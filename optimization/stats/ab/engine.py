"""A/B/n tests of creatives; the verdicts stay valid however often they are checked."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Unpack

from optimization.stats.ab.decision_forecast import forecast_decision
from optimization.stats.ab.inference.core import TestStatistics, make_batch, test_statistics
from optimization.stats.ab.inference.delivery import delivery_skew, sample_ratio, sample_ratio_daily
from optimization.stats.ab.input import InvalidArms, ParsedTest, parse_test
from optimization.stats.ab.options import FineOptions, OptionFields, Options
from optimization.stats.ab.report import (
    build_arms,
    build_boundary,
    build_dispersion,
    build_lead,
    build_pairs,
    to_e_value,
)
from optimization.stats.ab.results import ABResult, ConfidenceBasis, Rule, SampleRatio
from optimization.stats.ab.sentences import collect_warnings, summary_text
from optimization.stats.ab.verdicts.rules import Verdict, Verdicts, decide, extract_verdict
from optimization.stats.common.metrics import FIELDS

__all__ = ["InvalidArms", "analyze", "analyze_many"]

Arms = Sequence[Mapping[str, Any]]


def analyze(
    arms: Arms, *, metric: str = "ctr", planned_days: int = 14, **options: Unpack[FineOptions]
) -> ABResult:
    """The state of one test; `Options` lists all settings and their defaults.

    Each arm is a mapping with `id` and either `daily` (rows of date, impressions, clicks,
    conversions, spend, revenue and optionally complete) or the same measures as totals, with
    `days` if known; measures that no arm has count as 0. Raises InvalidArms for invalid data,
    ValueError for an invalid setting. Unusual but possible data (no delivery, one arm, no events)
    gets a result, not an error.
    """
    return analyze_many([arms], metric=metric, planned_days=planned_days, **options)[0]


def analyze_many(tests: Iterable[Arms], **options: Unpack[OptionFields]) -> list[ABResult]:
    """Analyse many tests with the same settings; results in the order given.

    Tests of one shape (arms, days) share one pass over arrays (tests, arms, days).
    """
    settings = Options(**options)
    parsed = [_parse(position, arms) for position, arms in enumerate(tests)]
    groups: dict[tuple[bool, tuple[int, ...]], list[int]] = {}
    for position, test in enumerate(parsed):
        groups.setdefault((test.totals_only, test.values.shape), []).append(position)
    results: dict[int, ABResult] = {}
    for positions in groups.values():
        members = [parsed[position] for position in positions]
        stats = test_statistics(make_batch(members, settings), settings)
        verdicts = decide(stats, settings)
        for t, position in enumerate(positions):
            results[position] = _result(stats, verdicts, t, parsed[position], settings)
    return [results[position] for position in range(len(parsed))]


def _parse(position: int, arms: Arms) -> ParsedTest:
    try:
        return parse_test(arms)
    except InvalidArms as error:
        if position == 0:
            raise
        raise InvalidArms(f"{error} (test number {position + 1})") from error


def _result(
    stats: TestStatistics, verdicts: Verdicts, t: int, parsed: ParsedTest, options: Options
) -> ABResult:
    verdict = extract_verdict(stats, verdicts, t)
    impressions = stats.batch.values[t, FIELDS.index("impressions")].sum(axis=1)
    forecast = forecast_decision(stats, t, parsed, verdict, options)
    srm = _sample_ratio(stats, t, options)
    ids, pairs = parsed.ids, build_pairs(stats, t, parsed, verdict)
    lead = build_lead(pairs, None if verdict.runner_up is None else ids[verdict.runner_up])
    won = verdict.status == "winner" and verdict.leader is not None
    trusted = srm is None or not (srm.mismatch or srm.proven)
    return ABResult(
        status=verdict.status,
        winner_ids=(ids[int(stats.leader[t])],) if won else (),
        losing_ids=tuple(ids[k] for k in verdict.losers),
        pause_ids=tuple(ids[k] for k in verdict.pause if trusted),
        scale_ids=tuple(ids[k] for k in verdict.scale if trusted),
        confidence=1.0 - verdict.p_winner if won else None,
        summary=summary_text(stats, t, parsed, verdict, forecast, lead, options),
        warnings=collect_warnings(stats, t, parsed, verdict, srm, options),
        arms=build_arms(stats, t, parsed, verdict, options),
        pairs=pairs,
        dispersion=build_dispersion(stats, t),
        boundary=build_boundary(stats, t, options),
        srm=srm,
        delivery_skew=delivery_skew(impressions),
        days_to_decision_estimate=verdict.days_left,
        confidence_basis=_confidence_basis(stats, t),
        metric=options.primary.name,
        alpha=options.alpha,
        applies=_rules_that_apply(verdict),
        p_sequential=verdict.p_winner if verdict.leader is not None else None,
        e_value=to_e_value(verdict.log_e) if verdict.leader is not None else None,
        lead_to_decide=forecast.lead_to_decide,
        excluded_lift=forecast.excluded_lift,
        what_would_change=forecast.text,
        lead=lead,
        protected_ids=tuple(ids[k] for k in verdict.protected),
    )


def _rules_that_apply(verdict: Verdict) -> tuple[Rule, ...]:
    rules: dict[Rule, tuple[int, ...]] = {
        "loser": verdict.losers,
        "pause": verdict.pause,
        "scale": verdict.scale,
    }
    return (verdict.status, *(rule for rule, arms in rules.items() if arms))


def _sample_ratio(stats: TestStatistics, t: int, options: Options) -> SampleRatio | None:
    if options.design != "randomised_split":
        return None
    daily = stats.batch.values[t, FIELDS.index("impressions")]
    return sample_ratio(daily.sum(axis=1)) if stats.batch.totals_only else sample_ratio_daily(daily)


def _confidence_basis(stats: TestStatistics, t: int) -> ConfidenceBasis:
    return "assumed_dispersion" if stats.fit.assumed[t] else "estimated_dispersion"
