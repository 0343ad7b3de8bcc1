"""Sentences for a marketer: the summary and the warnings of a result."""

import numpy as np

from optimization.stats.ab.decision_forecast import DecisionForecast, excluded_lead_text
from optimization.stats.ab.inference.core import TestStatistics
from optimization.stats.ab.inference.delivery import delivery_shares, favoured_arm
from optimization.stats.ab.input import ParsedTest
from optimization.stats.ab.options import USUAL_PLANNED_DAYS, Options
from optimization.stats.ab.results import Lead, SampleRatio
from optimization.stats.ab.verdicts.rules import Verdict
from optimization.stats.common.metrics import FIELDS

KEEP_CHANCE = 0.10


def summary_text(
    stats: TestStatistics,
    t: int,
    parsed: ParsedTest,
    verdict: Verdict,
    forecast: DecisionForecast,
    lead: Lead | None,
    options: Options,
) -> str:
    """The state of the test, with one figure for the lead."""
    label = options.primary.label
    if verdict.status == "insufficient_data" or verdict.leader is None:
        return _insufficient_data_text(stats, t, parsed, options)
    name = f"Arm {parsed.ids[verdict.leader]}"
    if verdict.status == "winner":
        ahead = ahead_text(lead)
        margin = f", {ahead}" if ahead else ""
        text = f"{name} has the best {label} as delivered{margin}; the difference is proven."
    elif verdict.status == "likely_leader":
        text = (
            f"{name} is likely to have the best {label} "
            f"({stats.prob_best[t, verdict.leader]:.0%}){_now_text(lead)}, but this is not proven "
            "yet."
        )
    elif verdict.status == "inconclusive":
        text = _inconclusive_text(stats, t, parsed, options, forecast, lead)
    else:
        text = (
            f"No arm is proven best on {label} yet{_leads_text(lead)}; "
            f"{_time_left_text(verdict, options)}"
        )
    return text + _losers_text(parsed, verdict)


def _insufficient_data_text(
    stats: TestStatistics, t: int, parsed: ParsedTest, options: Options
) -> str:
    if len(parsed.ids) == 1:
        return "Only one arm is running, so there is nothing to compare; add a second arm."
    ready = int(stats.has_enough_data[t].sum())
    return (
        f"Not enough data yet to compare {options.primary.label}: at least two arms need "
        f"{options.min_days} complete days and {options.events_needed:g} "
        f"{options.primary.events} each; {ready} of {len(parsed.ids)} have them."
    )


def _time_left_text(verdict: Verdict, options: Options) -> str:
    if verdict.days_left is None:
        return f"at the present difference {options.planned_days} days will not decide it."
    unit = "day" if verdict.days_left == 1 else "days"
    return f"at the present difference about {verdict.days_left} more {unit} are needed."


def lift_text(lift: float) -> str:
    """A lead in whole per cent, the same wherever it is shown."""
    return f"{lift:.0%}"


def _bound_text(bound: float) -> str:
    """Finer near zero, so that an interval without zero in it is not told with it."""
    return lift_text(bound) if abs(bound) >= 0.005 or not bound else f"{bound:.2%}"


def lead_range_text(lead: Lead) -> str:
    """The interval of a lead: "between 8% and 47%"; empty while it has no bounds."""
    if lead.low is None or lead.high is None:
        return ""
    return f"between {_bound_text(lead.low)} and {_bound_text(lead.high)}"


def lift_range_text(lead: Lead) -> str:
    """ "26% (8% to 47%)"; empty where no lead is measured."""
    if lead.lift is None:
        return ""
    if lead.low is None or lead.high is None:
        return lift_text(lead.lift)
    return f"{lift_text(lead.lift)} ({_bound_text(lead.low)} to {_bound_text(lead.high)})"


def ahead_text(lead: Lead | None) -> str:
    """ "26% ahead of arm 2 (between 8% and 47%)"; empty where no lead is measured."""
    if lead is None or lead.lift is None:
        return ""
    between = lead_range_text(lead) or "not measured well yet"
    shown = round(abs(lead.lift) * 100)
    where = "level with" if not shown else f"{shown}% {'ahead of' if lead.lift > 0 else 'behind'}"
    return f"{where} arm {lead.over_id} ({between})"


def _now_text(lead: Lead | None) -> str:
    ahead = ahead_text(lead)
    return f", now {ahead}" if ahead else ""


def _leads_text(lead: Lead | None) -> str:
    ahead = ahead_text(lead)
    return f": arm {lead.leader_id} is {ahead}" if lead is not None and ahead else ""


def _inconclusive_text(
    stats: TestStatistics,
    t: int,
    parsed: ParsedTest,
    options: Options,
    forecast: DecisionForecast,
    lead: Lead | None,
) -> str:
    candidates = [parsed.ids[k] for k in np.flatnonzero(stats.prob_best[t] > KEEP_CHANCE)]
    is_bounded = lead is not None and lead.high is not None  # then the interval says it
    ruled_out = "" if is_bounded else excluded_lead_text(forecast)
    return (
        f"After {stats.batch.elapsed[t]:g} days no arm is proven best on {options.primary.label}"
        f"{_leads_text(lead)}; keep {_join_arm_names(candidates)}{ruled_out}."
    )


def _losers_text(parsed: ParsedTest, verdict: Verdict) -> str:
    if not verdict.losers or verdict.status == "winner":
        return ""
    return f" Proven worse: {_join_arm_names([parsed.ids[k] for k in verdict.losers])}."


def _join_arm_names(ids: list[str | int]) -> str:
    return ", ".join(f"arm {arm_id}" for arm_id in ids) or "the arms you prefer"


def collect_warnings(
    stats: TestStatistics,
    t: int,
    parsed: ParsedTest,
    verdict: Verdict,
    srm: SampleRatio | None,
    options: Options,
) -> tuple[str, ...]:
    """Warnings that a reader should see before relying on the result."""
    found = list(parsed.warnings)
    found += _arm_warnings(stats, t, parsed, options)
    found += [
        f"Arm {parsed.ids[int(stats.leader[t])]!r} leads on {options.primary.label} but is "
        f"proven worse on {name}, so it is not named winner."
        for name in verdict.blocked_by
    ]
    found += _protected_warnings(parsed, verdict, options)
    if stats.fit.assumed[t] and stats.exposed[t].sum() > 1:
        found.append(
            "Day-to-day noise cannot be estimated from these numbers and was assumed; "
            "nothing is scaled, and no arm is paused for losing. Give daily rows."
        )
    if parsed.totals_only and options.days is None and None in parsed.arm_days:
        found.append(
            f"No number of days was given; the totals are assumed to cover the planned "
            f"{options.planned_days} days."
        )
    found += _delivery_warnings(stats, t, parsed, srm)
    if options.planned_days not in USUAL_PLANNED_DAYS:
        found.append(
            f"The plan of {options.planned_days} days is outside 7 to 42; error rates "
            "were checked only inside."
        )
    if verdict.status == "winner" and options.target_roas is None and options.target_cpa is None:
        found.append("No ROAS or CPA target is set, so the winner is not proposed for scaling.")
    return tuple(found)


def _protected_warnings(parsed: ParsedTest, verdict: Verdict, options: Options) -> list[str]:
    targets = " or ".join(name.upper() for name in options.target_metrics)
    return [
        f"Arm {parsed.ids[k]!r} is proven worse on {options.primary.label}, but better on "
        f"{targets}, the metric of the target, beyond noise: it is not paused."
        for k in verdict.protected
    ]


def _arm_warnings(stats: TestStatistics, t: int, parsed: ParsedTest, options: Options) -> list[str]:
    metric = options.primary
    found = []
    for k, arm_id in enumerate(parsed.ids):
        if not stats.exposed[t, k]:
            found.append(f"Arm {arm_id!r} has no {metric.exposure} and is left out.")
        if stats.has_unexposed_results[t, k]:
            found.append(
                f"Arm {arm_id!r} has {metric.numerator} without {metric.exposure}; "
                "these are left out of the comparison."
            )
    return found


def _delivery_warnings(
    stats: TestStatistics, t: int, parsed: ParsedTest, srm: SampleRatio | None
) -> list[str]:
    if srm is not None and srm.mismatch:
        ever = ", and this holds however often it is checked" if srm.proven else ""
        return [
            f"The audience was not split as planned (sample ratio mismatch{ever}); find the "
            "cause before using this result."
        ]
    impressions = stats.batch.values[t, FIELDS.index("impressions")].sum(axis=1)
    top = favoured_arm(impressions)
    if srm is not None or top is None:
        return []
    return [
        f"Arm {parsed.ids[top]!r} took {delivery_shares(impressions)[top]:.0%} of the impressions "
        f"(an even share is {1 / len(impressions):.0%}): the platform chose who saw which arm, so "
        "the comparison holds as delivered only, and the other arms are known less exactly."
    ]
