"""Keeps a named winner over later analyses, and withdraws it when new data contradicts it.

The boundary guarantees the error rate of "ever named", so a later analysis that falls back inside
the boundary changes nothing. Only two things contradict a named winner:

- the newest analysis proves another arm better, at the same alpha, through the same boundary;
- the days that named it were corrected, and the corrected numbers no longer name it. Pass
  `restated`, the analysis of the same days with the current numbers, to check this.
"""

from dataclasses import dataclass, replace
from typing import Literal

from optimization.stats.ab.results import ABResult, ArmId, Status
from optimization.stats.common.json_form import JsonForm

VerdictChange = Literal["none", "named", "kept", "withdrawn"]


@dataclass(frozen=True, slots=True)
class StickyVerdict(JsonForm):
    """The valid verdict after an analysis.

    status, winner_ids, losing_ids and confidence are the valid ones; days is the number of
    complete days in the analysis that named the winner, e_value its evidence. `change` says what
    the newest analysis did to a winner, `reason` why, in a sentence.
    """

    status: Status
    winner_ids: tuple[ArmId, ...]
    losing_ids: tuple[ArmId, ...]
    confidence: float | None
    e_value: float | None
    days: int
    change: VerdictChange
    reason: str


def is_winner_still_valid(named: ArmId, new: ABResult, restated: ABResult | None = None) -> bool:
    """Whether the earlier winner `named` is still valid after the analysis `new`."""
    return _contradiction(named, new, restated) is None


def update_verdict(
    previous: StickyVerdict | None, new: ABResult, restated: ABResult | None = None
) -> StickyVerdict:
    """The verdict after the analysis `new`, given the one before it (None: first analysis)."""
    if previous is None or not previous.winner_ids:
        return _from_result(new, _still_losing(previous, restated))
    named = previous.winner_ids[0]
    why = _contradiction(named, new, restated)
    if why is None:
        return _keep_winner(previous, new)
    losers = () if restated is not None else previous.losing_ids
    return replace(_from_result(new, losers), change="withdrawn", reason=why)


def _still_losing(previous: StickyVerdict | None, restated: ABResult | None) -> tuple[ArmId, ...]:
    """Arms proven worse before, without those that corrected days no longer prove worse."""
    if previous is None:
        return ()
    if restated is None:
        return previous.losing_ids
    return tuple(arm for arm in previous.losing_ids if arm in restated.losing_ids)


def _contradiction(named: ArmId, new: ABResult, restated: ABResult | None) -> str | None:
    if restated is not None and named not in restated.winner_ids:
        return f"The figures that named arm {named} were corrected and no longer name it."
    rivals = () if new.status == "insufficient_data" else new.pairs
    for pair in rivals:
        if pair.other_id == named and pair.p_sequential <= new.alpha:
            return f"Newer days prove arm {pair.leader_id} better than arm {named}."
    return None


def _from_result(new: ABResult, losers: tuple[ArmId, ...]) -> StickyVerdict:
    """The newest result as it is; arms proven worse before are still listed."""
    earlier = [arm_id for arm_id in losers if arm_id not in (*new.losing_ids, *new.winner_ids)]
    return StickyVerdict(
        status=new.status,
        winner_ids=new.winner_ids,
        losing_ids=(*new.losing_ids, *earlier),
        confidence=new.confidence,
        e_value=new.e_value if new.winner_ids else None,
        days=new.boundary.elapsed_days if new.winner_ids else 0,
        change="named" if new.winner_ids else "none",
        reason=new.summary,
    )


def _after(days: int) -> str:
    """0 where the verdict was stored before its days were."""
    return f" after {days} days" if days else ""


def _keep_winner(previous: StickyVerdict, new: ABResult) -> StickyVerdict:
    added = [arm_id for arm_id in new.losing_ids if arm_id not in previous.losing_ids]
    losing = [arm_id for arm_id in (*previous.losing_ids, *added) if arm_id not in new.winner_ids]
    named = previous.winner_ids[0]
    return StickyVerdict(
        status="winner",
        winner_ids=previous.winner_ids,
        losing_ids=tuple(losing),
        confidence=previous.confidence,
        e_value=previous.e_value,
        days=previous.days,
        change="kept",
        reason=f"Arm {named} was named winner{_after(previous.days)}; nothing since "
        "contradicts it.",
    )
