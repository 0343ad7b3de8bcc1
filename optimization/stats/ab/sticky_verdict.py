"""A verdict once named stays named: the rule for keeping or withdrawing it at a later look.

The boundary promises an error rate for "ever named", so a later look that merely falls back
inside the boundary is no news and changes nothing. Only two things contradict a named winner:

- the newest look proves another arm better than it, at the same alpha, through the same boundary;
- the days that named it were restated, and with the present figures they no longer name it. Pass
  `restated`, the analysis of the same days as they stand now, to let this be checked.
"""

from dataclasses import dataclass, replace
from typing import Literal

from optimization.stats.ab.results import ABResult, ArmId, Status
from optimization.stats.common.json_form import JsonForm

Change = Literal["none", "named", "kept", "withdrawn"]


@dataclass(frozen=True, slots=True)
class StickyVerdict(JsonForm):
    """The verdict that stands after a look.

    status, winner_ids, losing_ids and confidence are those that hold; days is the number of
    complete days at the look that named the winner, e_value its evidence. `change` says what the
    newest look did to a winner, `reason` why, in a sentence.
    """

    status: Status
    winner_ids: tuple[ArmId, ...]
    losing_ids: tuple[ArmId, ...]
    confidence: float | None
    e_value: float | None
    days: int
    change: Change
    reason: str


def still_stands(named: ArmId, new: ABResult, restated: ABResult | None = None) -> bool:
    """Whether the earlier winner `named` holds after the look `new`."""
    return _contradiction(named, new, restated) is None


def update_verdict(
    previous: StickyVerdict | None, new: ABResult, restated: ABResult | None = None
) -> StickyVerdict:
    """The verdict after the look `new`, given the one that stood before (None: first look)."""
    if previous is None or not previous.winner_ids:
        return _taken(new, _still_losing(previous, restated))
    named = previous.winner_ids[0]
    why = _contradiction(named, new, restated)
    if why is None:
        return _kept(previous, new)
    losers = () if restated is not None else previous.losing_ids
    return replace(_taken(new, losers), change="withdrawn", reason=why)


def _still_losing(previous: StickyVerdict | None, restated: ABResult | None) -> tuple[ArmId, ...]:
    """Arms that were proven worse, but for those whose days were corrected and no longer say so."""
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


def _taken(new: ABResult, losers: tuple[ArmId, ...]) -> StickyVerdict:
    """The newest look as it is; arms that were proven worse before stay so."""
    kept = [arm_id for arm_id in losers if arm_id not in (*new.losing_ids, *new.winner_ids)]
    return StickyVerdict(
        status=new.status,
        winner_ids=new.winner_ids,
        losing_ids=(*new.losing_ids, *kept),
        confidence=new.confidence,
        e_value=new.e_value if new.winner_ids else None,
        days=new.boundary.elapsed_days if new.winner_ids else 0,
        change="named" if new.winner_ids else "none",
        reason=new.summary,
    )


def _after(days: int) -> str:
    """0 where the verdict was stored before its days were."""
    return f" after {days} days" if days else ""


def _kept(previous: StickyVerdict, new: ABResult) -> StickyVerdict:
    fresh = [arm_id for arm_id in new.losing_ids if arm_id not in previous.losing_ids]
    losing = [arm_id for arm_id in (*previous.losing_ids, *fresh) if arm_id not in new.winner_ids]
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
