"""What would change a verdict: the lead or the days still needed, and which lead is ruled out."""

import math
from dataclasses import dataclass

import numpy as np

from optimization.stats.ab.inference.core import TestStatistics
from optimization.stats.ab.input import ParsedTest
from optimization.stats.ab.options import Options
from optimization.stats.ab.verdicts.rules import Verdict

MAX_REPORTED_LIFT = 10.0
MAX_LISTED_ARMS = 3


@dataclass(frozen=True, slots=True)
class DecisionForecast:
    """Leads as fractions (0.1 is 10 %), None where unbounded; `text` is one or two sentences."""

    lead_to_decide: float | None
    excluded_lift: float | None
    text: str


def forecast_decision(
    stats: TestStatistics, t: int, parsed: ParsedTest, verdict: Verdict, options: Options
) -> DecisionForecast:
    """The leader against the rival that is hardest to tell from it in this analysis."""
    k = verdict.hardest
    if k is None:
        return DecisionForecast(None, None, _missing_data_text(stats, t, parsed, options))
    estimate, half = (
        float(stats.comparison.log_ratio[t, k]),
        float(stats.comparison.half_width[t, k]),
    )
    overlaps = bool(stats.comparison.information[t, k] > 0)
    now = _bounded_lift(estimate) if overlaps else None
    to_decide = _bounded_lift(half)
    text = _decision_text(parsed, verdict, options, now, to_decide)
    return DecisionForecast(to_decide, _bounded_lift(max(estimate + half, 0.0)), text)


def _bounded_lift(log_ratio: float) -> float | None:
    """The lift as a fraction; None where it is too large to be meaningful."""
    if not math.isfinite(log_ratio) or log_ratio > math.log1p(MAX_REPORTED_LIFT):
        return None
    return math.expm1(log_ratio)


def _missing_data_text(stats: TestStatistics, t: int, parsed: ParsedTest, options: Options) -> str:
    if len(parsed.ids) == 1:
        return "A second arm would start the comparison."
    if stats.has_enough_data[t].sum() >= 2:
        return "A second arm that delivers would start the comparison."
    short = [k for k in range(len(parsed.ids)) if not stats.has_enough_data[t, k]]
    texts = [_shortfall_text(stats, t, k, parsed, options) for k in short[:MAX_LISTED_ARMS]]
    more = len(short) - len(texts)
    rest = f"; {more} more arms lack data too" if more > 0 else ""
    return "; ".join(texts) + rest + "."


def _shortfall_text(
    stats: TestStatistics, t: int, k: int, parsed: ParsedTest, options: Options
) -> str:
    days = math.ceil(max(0.0, options.min_days - float(stats.batch.arm_days[t, k])))
    events = math.ceil(max(0.0, options.events_needed - float(stats.events[t, k])))
    parts = [f"{days} more complete {'day' if days == 1 else 'days'}"] if days else []
    parts += [f"{events} more {options.primary.events}"] if events else []
    return f"Arm {parsed.ids[k]} needs {' and '.join(parts) or 'delivery'}"


def _decision_text(
    parsed: ParsedTest,
    verdict: Verdict,
    options: Options,
    now: float | None,
    to_decide: float | None,
) -> str:
    rival = f"arm {parsed.ids[verdict.hardest or 0]}"
    if verdict.status == "winner":
        return (
            "Only newer days that prove another arm better, or corrected figures of the days "
            "already counted, would change this."
        )
    if verdict.blocked_by:
        names = ", ".join(verdict.blocked_by)
        return f"The leader is named once it is no longer proven worse on {names}."
    current = "" if now is None else f" (now {now:.0%})"
    if to_decide is None:
        lead = f"The lead over {rival} is not measured well enough to decide at any size yet."
    else:
        lead = f"A lead of {math.ceil(to_decide * 100)}% over {rival} would decide now{current}."
    return f"{lead} {_time_text(verdict, options)}"


def _time_text(verdict: Verdict, options: Options) -> str:
    if verdict.status == "inconclusive":
        return (
            "The planned days are over, and later days decide only a large lead; plan a longer "
            "test or bolder differences."
        )
    if verdict.days_left is None:
        return f"The present lead will not decide within the planned {options.planned_days} days."
    unit = "day" if verdict.days_left == 1 else "days"
    return f"If the present lead stays, about {verdict.days_left} more {unit} decide."


def excluded_lead_text(forecast: DecisionForecast) -> str:
    """The part of a sentence that says which lead an undecided test has ruled out, if any."""
    if forecast.excluded_lift is None:
        return ""
    return f"; a lead above {np.ceil(forecast.excluded_lift * 100):.0f}% is ruled out"
