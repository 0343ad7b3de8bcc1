"""A/A tests made of an account's own history: how often would the engine have been wrong?

Each A/A test takes some ads of one campaign over a period of days and assigns the ads' whole day
rows to the arms at random, again in every block of up to seven days. The arms are then
exchangeable whatever the ads' true rates are, so every winner and every loser is false by
construction, while the real noise of ads on days, and most of its drift from day to day, stays in
the rows. (Splitting one ad's clicks into two halves would not work: both halves share the day, so
only counting noise remains between them. Assigning each day separately would destroy the drift.)

The fitted rate difference between ads is removed first, by rescaling the exposure of each ad, not
its counts, so that counts keep their own variance. Otherwise that difference would count as noise.
Changes of an ad's rate over weeks are not removed, and count against the engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Unpack

import numpy as np
from scipy.special import ndtri

from optimization.stats.ab.daily_analyses import FirstVerdicts, analyze_every_day
from optimization.stats.ab.options import FineOptions, Options
from optimization.stats.ab.planning.aa_simulation import (
    count_stretches,
    prepare_campaign,
    simulate_aa,
)
from optimization.stats.common.json_form import JsonForm
from optimization.stats.common.metrics import FloatArray

TESTS = 1000
MIN_STRETCHES = 5
MIN_DECIDABLE = 100
WILSON_LEVEL = 0.95

Outcome = Literal["holds", "borderline", "fails", "cannot_tell"]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the tests, as a rate with its 95 % Wilson interval."""

    count: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SelfTestResult(JsonForm):
    """Results of many tests without any true difference.

    false_winners and false_losers count tests that ever named one, over all daily analyses, among
    the `decidable` ones, which had enough events to name one; both are None when the history is
    too short (`cannot_tell`). histories is the number of campaigns used, ad_days their ads' days,
    stretches how many separate tests of planned_days they are enough for: the interval covers the
    random assignment only, not the variation between histories. outcome: holds at or below alpha,
    borderline when alpha lies inside the interval, else fails.
    """

    outcome: Outcome
    tests: int
    decidable: int
    looks: int
    false_winners: Share | None
    false_losers: Share | None
    histories: int
    ad_days: int
    stretches: int
    autocorrelation: float | None
    seed: int
    alpha: float
    summary: str


def run_aa_tests(
    histories: Sequence[FloatArray],
    *,
    metric: str = "ctr",
    planned_days: int = 14,
    arms: int = 2,
    tests: int = TESTS,
    seed: int = 1,
    **options: Unpack[FineOptions],
) -> SelfTestResult:
    """Run A/A tests made of real history; the same seed gives the same result.

    Each history is one campaign's rows (ads, days, fields) in the order of FIELDS, days in order,
    zero where an ad has no row. Each test is analysed after every complete day, as in production.
    Raises ValueError for an invalid array or setting.
    """
    settings = Options(metric=metric, planned_days=planned_days, **options)
    _check("arms", arms, 2)
    _check("tests", tests, 1)
    rng = np.random.default_rng(seed)
    campaigns = [
        prepare_campaign(rng, rows, settings.primary, arms, planned_days) for rows in histories
    ]
    usable = [one for one in campaigns if one.groups]
    stretches = sum(count_stretches(one, arms, planned_days) for one in usable)
    verdicts = None
    if stretches >= MIN_STRETCHES:
        values = simulate_aa(rng, usable, arms, planned_days, tests)
        verdicts = analyze_every_day(values, metric=metric, planned_days=planned_days, **options)
    winners, losers = _shares(verdicts)
    outcome = _outcome(winners, losers, settings.alpha)
    correlations = [one.autocorrelation for one in usable]
    return SelfTestResult(
        outcome=outcome,
        tests=0 if verdicts is None else tests,
        decidable=0 if verdicts is None else int(verdicts.comparable.sum()),
        looks=max(0, planned_days - settings.min_days + 1),
        false_winners=winners,
        false_losers=losers,
        histories=len(usable),
        ad_days=sum(int(one.delivered.sum()) for one in usable),
        stretches=stretches,
        autocorrelation=float(np.mean(correlations)) if correlations else None,
        seed=seed,
        alpha=settings.alpha,
        summary=_summary(outcome, winners, losers, len(usable), planned_days, settings.alpha),
    )


def _check(name: str, value: int, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be a whole number, {least} or more, got {value!r}")


def _shares(verdicts: FirstVerdicts | None) -> tuple[Share | None, Share | None]:
    if verdicts is None or int(verdicts.comparable.sum()) < MIN_DECIDABLE:
        return None, None
    of = int(verdicts.comparable.sum())
    return (
        wilson_share(int((verdicts.winner >= 0).sum()), of),
        wilson_share(int(verdicts.losers.any(axis=1).sum()), of),
    )


def wilson_share(count: int, of: int) -> Share:
    """Share of `count` in `of` with its Wilson 95 % interval (Wilson 1927)."""
    if not 0 <= count <= of or of < 1:
        raise ValueError(f"count must lie between 0 and of, got {count!r} of {of!r}")
    z = float(ndtri((1 + WILSON_LEVEL) / 2))
    rate, shrink = count / of, 1 + z**2 / of
    centre = (rate + z**2 / (2 * of)) / shrink
    reach = z * float(np.sqrt(rate * (1 - rate) / of + z**2 / (4 * of**2))) / shrink
    low = 0.0 if count == 0 else centre - reach
    high = 1.0 if count == of else centre + reach
    return Share(count, rate, low, high)


def _outcome(winners: Share | None, losers: Share | None, alpha: float) -> Outcome:
    if winners is None or losers is None:
        return "cannot_tell"
    worst = max(winners, losers, key=lambda share: share.rate)
    if worst.rate <= alpha:
        return "holds"
    return "borderline" if worst.low <= alpha else "fails"


def _summary(
    outcome: Outcome,
    winners: Share | None,
    losers: Share | None,
    histories: int,
    days: int,
    alpha: float,
) -> str:
    if winners is None or losers is None:
        return (
            f"Too little history to tell: it takes campaigns with ads that ran side by side for "
            f"{days} days, enough for {MIN_STRETCHES} separate tests; {histories} can be used."
        )
    conclusions = {
        "holds": f"within the promised {alpha:.0%}",
        "borderline": f"slightly above the promised {alpha:.0%}, which may be chance",
        "fails": f"above the promised {alpha:.0%}: do not act on verdicts without a person",
    }
    return (
        f"With no true difference, a winner was named in {winners.rate:.1%} "
        f"({winners.low:.1%} to {winners.high:.1%}) and a loser in {losers.rate:.1%} of tests "
        f"made of {histories} campaigns: {conclusions[outcome]}."
    )
