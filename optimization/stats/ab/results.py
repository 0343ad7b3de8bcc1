"""Frozen answers of the A/B engine: what a page, a worker or an API may read."""

from dataclasses import dataclass
from typing import Literal

from optimization.stats.common.json_form import JsonForm

METHOD_VERSION = "ab-4"

ArmId = str | int
Status = Literal["insufficient_data", "collecting", "likely_leader", "winner", "inconclusive"]
ArmStatus = Literal["insufficient_data", "collecting", "likely_leader", "winner", "loser"]
Rule = Literal[
    "insufficient_data",
    "collecting",
    "likely_leader",
    "winner",
    "inconclusive",
    "loser",
    "pause",
    "scale",
]
ConfidenceBasis = Literal["estimated_dispersion", "assumed_dispersion"]


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One arm over the days that the decision used.

    `rate` and its sequential interval are in the metric's own unit (CPA in money, the others as
    ratios); None when the denominator is zero or the bound does not exist. `expected_loss` is the
    expected relative shortfall against the best arm (0.01 is 1 %). `delivery_share` is the arm's
    part of all impressions, 0 to 1; None in analyses stored before it was measured.
    """

    id: ArmId
    status: ArmStatus
    rate: float | None
    ci_low: float | None
    ci_high: float | None
    prob_best: float | None
    expected_loss: float | None
    events: float
    days: int
    impressions: float
    clicks: float
    conversions: float
    spend: float
    revenue: float
    delivery_share: float | None = None


@dataclass(frozen=True, slots=True)
class PairFigures:
    """The leader against one other arm; positive means that the leader is better.

    `log_ratio` is the log of the day-stratified (Mantel-Haenszel) ratio of the rates, `lift` the
    same as a fraction. `ci` holds the sequential bounds of `lift`; None while they are unbounded.
    `df` is None when the noise was assumed rather than estimated.
    """

    leader_id: ArmId
    other_id: ArmId
    log_ratio: float | None
    lift: float | None
    ci: tuple[float, float] | None
    z: float
    df: float | None
    e_value: float
    p_sequential: float


@dataclass(frozen=True, slots=True)
class Lead:
    """The leader against the runner-up: of the arms with enough data the one with the next best
    estimate. `lift` is the day-stratified lead as a fraction (0.1 is 10 %; negative where the
    estimate is behind), low and high its sequential bounds; None while there is no such bound.
    """

    leader_id: ArmId
    over_id: ArmId
    lift: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Dispersion:
    """Noise of an arm on a day beyond counting noise.

    `sigma_armday` is a coefficient of variation, `phi` the Pearson statistic over its degrees of
    freedom, `autocorrelation` the day-to-day correlation that widened the variances.
    """

    sigma_armday: float
    df: float | None
    phi: float | None
    autocorrelation: float


@dataclass(frozen=True, slots=True)
class Boundary:
    """The planned part of the sequential boundary at this look.

    `fraction` is elapsed over planned days; `z_required` is None where that part is closed (too
    early, or past the planned end), so that only the e-value can decide.
    """

    fraction: float
    constant: float
    planned_days: int
    elapsed_days: int
    z_required: float | None


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Sample ratio mismatch check against an even split.

    chi_square and p_value are those of this look alone. e_value is the largest evidence at any
    complete day so far; above 1000 the mismatch is `proven`, whatever the number of looks, and
    stays so. None for totals.
    """

    chi_square: float
    p_value: float
    mismatch: bool
    e_value: float | None = None
    proven: bool = False


@dataclass(frozen=True, slots=True)
class ABResult(JsonForm):
    """The state of one test at one look. `confidence` is None unless there is a winner.

    `applies` lists every rule of the engine that holds: the status, and loser, pause, scale.
    p_sequential and e_value are those of the claim "the leader is the best arm". `lead` is the one
    figure for how far it is ahead. lead_to_decide is the lead over the arm that is hardest to tell
    from it that would name a winner at this look, excluded_lift the smallest lead that is ruled
    out (0.1 is 10 %); None while there is no such bound. `protected_ids` are losers on the metric
    that are better on the target's, beyond noise: they are not paused.
    """

    status: Status
    winner_ids: tuple[ArmId, ...]
    losing_ids: tuple[ArmId, ...]
    pause_ids: tuple[ArmId, ...]
    scale_ids: tuple[ArmId, ...]
    confidence: float | None
    summary: str
    warnings: tuple[str, ...]
    arms: tuple[ArmFigures, ...]
    pairs: tuple[PairFigures, ...]
    dispersion: Dispersion | None
    boundary: Boundary
    srm: SampleRatio | None
    delivery_skew: float | None
    days_to_decision_estimate: int | None
    confidence_basis: ConfidenceBasis
    metric: str
    method_version: str = METHOD_VERSION
    alpha: float = 0.05
    applies: tuple[Rule, ...] = ()
    p_sequential: float | None = None
    e_value: float | None = None
    lead_to_decide: float | None = None
    excluded_lift: float | None = None
    what_would_change: str = ""
    lead: Lead | None = None
    protected_ids: tuple[ArmId, ...] = ()

    def pair_with(self, arm: ArmId) -> PairFigures | None:
        """The leader against that arm; None for the leader itself, and without a comparison."""
        return next((pair for pair in self.pairs if pair.other_id == arm), None)
