"""A/B/n tests of creatives with verdicts that stay true however often someone looks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Unpack

from optimization.stats.ab.decision_forecast import forecast_decision
from optimization.stats.ab.inference.core import TestStatistics, make_batch, test_statistics
from optimization.stats.ab.inference.delivery import delivery_skew, sample_ratio, sample_ratio_daily
from optimization.stats.ab.input import InvalidArms, ParsedTest, parse_test
from optimization.stats.ab.options import FineOptions, OptionFields, Options
from optimization.stats.ab.report import arms_of, boundary_of, dispersion_of, e_value_of, pairs_of
from optimization.stats.ab.results import ABResult, ConfidenceBasis, Rule, SampleRatio
from optimization.stats.ab.sentences import summary, warnings
from optimization.stats.ab.verdict import Verdict, Verdicts, decide, verdict_of
from optimization.stats.common.metrics import FIELDS

__all__ = ["InvalidArms", "analyze", "analyze_many"]

Arms = Sequence[Mapping[str, Any]]


def analyze(
    arms: Arms, *, metric: str = "ctr", planned_days: int = 14, **options: Unpack[FineOptions]
) -> ABResult:
    """The state of one test; `Options` lists all settings and their defaults.

    Each arm is a mapping with `id` and either `daily` (rows of date, impressions, clicks,
    conversions, spend, revenue and optionally complete) or the same measures as totals, with
    `days` if known; measures that no arm has count as 0. Raises InvalidArms for data that cannot
    be meant, ValueError for a setting.
    Awkward but possible data (no delivery, one arm, no events) is answered, never raised.
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
        fig = test_statistics(make_batch(members, settings), settings)
        found = decide(fig, settings)
        for t, position in enumerate(positions):
            results[position] = _result(fig, found, t, parsed[position], settings)
    return [results[position] for position in range(len(parsed))]


def _parse(position: int, arms: Arms) -> ParsedTest:
    try:
        return parse_test(arms)
    except InvalidArms as error:
        if position == 0:
            raise
        raise InvalidArms(f"{error} (test number {position + 1})") from error


def _result(
    fig: TestStatistics, found: Verdicts, t: int, parsed: ParsedTest, options: Options
) -> ABResult:
    verdict = verdict_of(fig, found, t)
    impressions = fig.batch.values[t, FIELDS.index("impressions")].sum(axis=1)
    ahead = forecast_decision(fig, t, parsed, verdict, options)
    srm = _sample_ratio(fig, t, options)
    ids = parsed.ids
    won = verdict.status == "winner" and verdict.leader is not None
    trusted = srm is None or not (srm.mismatch or srm.proven)
    return ABResult(
        status=verdict.status,
        winner_ids=(ids[int(fig.leader[t])],) if won else (),
        losing_ids=tuple(ids[k] for k in verdict.losers),
        pause_ids=tuple(ids[k] for k in verdict.pause if trusted),
        scale_ids=tuple(ids[k] for k in verdict.scale if trusted),
        confidence=1.0 - verdict.p_winner if won else None,
        summary=summary(fig, t, parsed, verdict, ahead, options),
        warnings=warnings(fig, t, parsed, verdict, srm, options),
        arms=arms_of(fig, t, parsed, verdict, options),
        pairs=pairs_of(fig, t, parsed, verdict),
        dispersion=dispersion_of(fig, t),
        boundary=boundary_of(fig, t, options),
        srm=srm,
        delivery_skew=delivery_skew(impressions),
        days_to_decision_estimate=verdict.days_left,
        confidence_basis=_basis(fig, t),
        metric=options.primary.name,
        alpha=options.alpha,
        applies=_applies(verdict),
        p_sequential=verdict.p_winner if verdict.leader is not None else None,
        e_value=e_value_of(verdict.log_e) if verdict.leader is not None else None,
        lead_to_decide=ahead.lead_to_decide,
        excluded_lift=ahead.excluded_lift,
        what_would_change=ahead.text,
    )


def _applies(verdict: Verdict) -> tuple[Rule, ...]:
    rules: dict[Rule, tuple[int, ...]] = {
        "loser": verdict.losers,
        "pause": verdict.pause,
        "scale": verdict.scale,
    }
    return (verdict.status, *(rule for rule, arms in rules.items() if arms))


def _sample_ratio(fig: TestStatistics, t: int, options: Options) -> SampleRatio | None:
    if options.design != "randomised_split":
        return None
    daily = fig.batch.values[t, FIELDS.index("impressions")]
    return sample_ratio(daily.sum(axis=1)) if fig.batch.totals_only else sample_ratio_daily(daily)


def _basis(fig: TestStatistics, t: int) -> ConfidenceBasis:
    return "assumed_dispersion" if fig.fit.assumed[t] else "estimated_dispersion"
