"""What may follow an analysis, in one place for the page, the API, the admin and the worker."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.models import Campaign
from core.common.errors import AdsEngineError, InvalidMove
from core.models import Actor
from optimization.ab_tests.analyses import analyse_test
from optimization.ab_tests.endings import end_if_over_now
from optimization.ab_tests.pauses import apply_pause, propose_pauses, undo_pause
from optimization.ab_tests.scaling import apply_scale, propose_scaling, undo_scale
from optimization.decisions import OPEN, refuse
from optimization.models import ABTest, Analysis, Decision


def propose_actions(
    test: ABTest, latest: Analysis, known: list[Decision] | None = None
) -> list[Decision]:
    """The pauses, and the raise, that the newest analysis supports and nobody decided yet. Nothing
    for a campaign that cannot be changed from here. `known` are the test's decisions so far,
    where the caller has read them."""
    campaign = test.campaign
    if not campaign.managed or campaign.origin == Campaign.Origin.IMPORT:
        return []
    known = list(test.decisions.all()) if known is None else known
    pauses = propose_pauses(test, latest, known=known)
    return pauses + propose_scaling(test, latest, known=[*known, *pauses])


def analyse_and_propose(test: ABTest) -> tuple[Analysis, list[Decision]]:
    """What a person's "Analyse now" does on the page, in the API and in the admin: an analysis, and
    the proposals that it supports. In mode act the next run applies them. Raises InvalidMove when
    the test has ended."""
    latest = analyse_test(test)
    return latest, propose_actions(latest.test, latest) if latest.is_usable else []


@dataclass(frozen=True)
class PausedLosers:
    """What was paused, what was refused and why, and why the test has ended with it (empty while it
    goes on)."""

    paused: tuple[Decision, ...]
    refused: tuple[tuple[Decision, AdsEngineError], ...]
    why_ended: str

    @property
    def ended(self) -> bool:
        return bool(self.why_ended)


def pause_losers(*, actor: Actor, test: ABTest) -> PausedLosers:
    """Apply all pauses that the test proposes; what is refused stays open with its reason. Raises
    InvalidMove where none waits, and what refused them where none could be applied."""
    waiting = [one for one in test.decisions.order_by("pk") if one.is_pause and one.state in OPEN]
    if not waiting:
        raise InvalidMove("No ad of this test waits to be paused.", field="state")
    paused, refused = [], []
    for decision in waiting:
        try:
            paused.append(apply_pause(actor=actor, decision=decision))
        except AdsEngineError as err:
            refuse(decision, err)
            refused.append((decision, err))
    if not paused:
        raise refused[0][1]
    why = end_if_over_now(actor=actor, test=test)
    return PausedLosers(tuple(paused), tuple(refused), why)


def apply_decision(*, actor: Actor, decision: Decision) -> Decision:
    """Raises InvalidMove, GuardrailExceeded, NotAllowed; then nothing has changed. A test that is
    over with it ends."""
    if decision.is_pause:
        made = apply_pause(actor=actor, decision=decision)
        if made.test is not None:
            end_if_over_now(actor=actor, test=made.test)
        return made
    if decision.action == Decision.Action.SCALE:
        return apply_scale(actor=actor, decision=decision)
    raise InvalidMove("Budget moves are applied with their rebalance.", field="action")


def undo_decision(*, actor: Actor, decision: Decision) -> Decision:
    """Raises InvalidMove, GuardrailExceeded, NotAllowed; then nothing has changed."""
    if decision.is_pause:
        return undo_pause(actor=actor, decision=decision)
    if decision.action == Decision.Action.SCALE:
        return undo_scale(actor=actor, decision=decision)
    raise InvalidMove("Budget moves are undone with their rebalance.", field="action")
