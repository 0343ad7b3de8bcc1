"""Verdicts, limits and outcomes as a person reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from optimization.models import (
    ABTest,
    Analysis,
    BudgetProposal,
    Decision,
    Rebalance,
    RunOutcome,
    SelfTest,
)
from optimization.stats.budget.optimizer import Verb
from optimization.stats.budget.pacing import PaceStatus
from optimization.stats.budget.results import Binding

Status = ABTest.Status
STATUS: dict[str, tuple[str, str]] = {
    Status.INSUFFICIENT: ("Not enough data", "off"),
    Status.COLLECTING: ("Collecting", "wait"),
    Status.LEADER: ("Likely leader", "wait"),
    Status.WINNER: ("Winner", "good"),
    Status.INCONCLUSIVE: ("No winner", "off"),
}
ARM_STATUS: dict[str, tuple[str, str]] = {
    "insufficient_data": ("Little data", "off"),
    "collecting": ("Undecided", "off"),
    "likely_leader": ("Leads", "wait"),
    "winner": ("Winner", "good"),
    "loser": ("Proven worse", "bad"),
}
PAUSED_LOSER = ("Paused: lost", "off")
STANDS = ("Stands", "good")
REBALANCE: dict[str, str] = {
    Rebalance.State.PROPOSED: "wait",
    Rebalance.State.APPLYING: "wait",
    Rebalance.State.APPLIED: "good",
    Rebalance.State.DISMISSED: "off",
    Rebalance.State.EXPIRED: "off",
    Rebalance.State.SHADOW: "off",
}
CHANGE: dict[str, tuple[str, str]] = {
    BudgetProposal.State.PROPOSED: ("Waits", "wait"),
    BudgetProposal.State.ASKED: ("Sent", "good"),
    BudgetProposal.State.REFUSED: ("Refused", "bad"),
    BudgetProposal.State.KEPT: ("Kept", "off"),
    BudgetProposal.State.LEFT_OUT: ("Left out", "off"),
}
OUTCOMES: dict[str, str] = {
    "changed": "Changed",
    "unchanged": "Left alone",
    RunOutcome.State.FAILED: "Failed",
    RunOutcome.State.WAITING: "Waiting",
}
VERB: dict[str, str] = {
    Verb.INCREASE: "▲ more",
    Verb.DECREASE: "▼ less",
    Verb.PAUSE: "■ pause",
    Verb.KEEP: "keep",
}
PACE: dict[str, str] = {
    PaceStatus.NOT_STARTED: "off",
    PaceStatus.UNDER: "wait",
    PaceStatus.ON: "good",
    PaceStatus.OVER: "bad",
    PaceStatus.FINISHED: "off",
}
DECISION: dict[str, str] = {
    Decision.State.NOTED: "off",
    Decision.State.PROPOSED: "wait",
    Decision.State.DONE: "good",
    Decision.State.REFUSED: "bad",
    Decision.State.UNDONE: "off",
    Decision.State.DISMISSED: "off",
    Decision.State.EXPIRED: "off",
}
LIMITS: dict[str, str] = {
    Binding.MIN: "lowest allowed budget",
    Binding.SHARE: "largest share of the total",
    Binding.STEP_UP: "largest raise at a time",
    Binding.STEP_DOWN: "largest cut at a time",
    Binding.CAPACITY: "does not spend its budget",
    Binding.CAP: "its own ceiling",
    Binding.DEAD: "too small a change to make",
    Binding.NOISE: "too uncertain a gain",
    Binding.YOUNG: "too little history",
    Binding.FROZEN: "kept as it is",
}
DELIVERY = {
    "delivery": "ordinary delivery",
    "randomised_split": "randomised split",
}
SELF_TEST = {
    "holds": ("Holds", "good"),
    "borderline": ("Borderline", "wait"),
    "fails": ("Does not hold", "bad"),
    "cannot_tell": ("Cannot tell yet", "off"),
}
OLDER_SELF_TEST = "This result is stored in an older form. Run the self-test again."
_ARM = re.compile(r"\b([Aa])rm(s?)\b(?: '?(\d+)'?)?")
_TEST_STATUS = {code: word.lower() for code, (word, _) in STATUS.items()}


def with_arm_names(text: str, names: Mapping[int, str], what: str = "ad") -> str:
    """Replace arm ids in the engine's sentences by the names of the ads or ad groups."""

    def name(found: re.Match[str]) -> str:
        first, plural, pk = found.groups()
        known = names.get(int(pk)) if pk else None
        word = what.capitalize() if first == "A" else what
        return f"“{known}”" if known else f"{word}{plural}{f' {pk}' if pk else ''}"

    return _ARM.sub(name, text)


def status_words(status: str) -> tuple[str, str]:
    """A status and its tone; one that an earlier version stored is shown as it is."""
    return STATUS.get(status, (status.replace("_", " ").capitalize(), "off"))


def leader_of(test: ABTest, analysis: Analysis | None) -> int | None:
    """The winner, else the arm with the best chance once there are enough data to say so."""
    if test.winner_subject_id is not None:
        return test.winner_subject_id
    if analysis is None or analysis.status == Status.INSUFFICIENT.value:
        return None
    result = analysis.stored_result.result
    if result is not None and result.lead is not None:
        return int(result.lead.leader_id)
    chances = analysis.stored_result.chances
    ranked = [(chances.get(pk, 0.0), pk) for pk in analysis.stored_result.arm_ids]
    return max(ranked)[1] if ranked else None


def next_step(test: ABTest, analysis: Analysis | None) -> str:
    """What somebody should do about it, in a few words. Reads `waiting` where it is annotated."""
    if test.state == ABTest.State.STOPPED and not getattr(test, "waiting", 0):
        return "Ended"
    waiting = getattr(test, "waiting", 0)
    if waiting:
        return f"Decide on {waiting} proposal{'' if waiting == 1 else 's'}"
    if analysis is None:
        return "Analyse it for the first time"
    if test.status == Status.WINNER:
        return "Keep the winner; the test ends by itself"
    if test.status == Status.INCONCLUSIVE:
        return "Keep the likely ones; the test ends by itself"
    return _outlook(analysis)


def decision_message(decision: Decision, act: str) -> str:
    """The message after a person decided on a proposal."""
    what = decision.target if decision.is_pause else decision.campaign
    if act == "dismiss":
        return "Dismissed: this test does not propose it again."
    if decision.is_pause:
        return f"{what} is being {'paused' if act == 'apply' else 'switched on again'}."
    budget = decision.new_budget if act == "apply" else decision.old_budget
    return f"The budget of {what} is being set to {budget} a day."


def _outlook(analysis: Analysis) -> str:
    result = analysis.stored_result.result
    days = result.days_to_decision_estimate if result else None
    if days is None:
        return "Wait for more days"
    return f"About {days} more day{'' if days == 1 else 's'}"


def outcome_label(row: RunOutcome) -> tuple[str, str]:
    """An outcome in one or two words, and its tone."""
    if row.state == RunOutcome.State.FAILED:
        return "Failed", "bad"
    if row.state == RunOutcome.State.WAITING:
        return "Waiting", "wait"
    if row.changed:
        return "Changed", "good"
    if row.changed is None and row.state == RunOutcome.State.DONE:
        return "Done", "good"  # a row of an earlier version
    return "Left alone", "off"


def outcome_text(state: str, text: str) -> str:
    """A worker's outcome, "collecting, 1 pauses proposed", as a sentence."""
    head, comma, rest = text.partition(", ")
    if state == RunOutcome.State.DONE and head in _TEST_STATUS:
        return f"its test was analysed: {_TEST_STATUS[head]}{comma}{rest}"
    return text


def self_test_says(test: SelfTest) -> str:
    """Nothing while it waits."""
    if test.state == SelfTest.State.WAITING:
        return ""
    return test.measured.summary if test.measured else OLDER_SELF_TEST


def self_test_word(test: SelfTest) -> tuple[str, str]:
    """Whether the promised error rate holds, as a word and its tone."""
    return SELF_TEST[test.measured.outcome if test.measured else "cannot_tell"]
