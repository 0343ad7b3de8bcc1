"""Pairs the lowered budgets with the raised ones, and tells each pair in plain money."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimization.stats.budget.response.effect import Z_80
from optimization.stats.budget.results import CampaignAllocation, CampaignId, Interval, Move
from optimization.stats.common.metrics import FloatArray
from optimization.stats.common.minor_units import digits_of, from_minor, to_minor_floor


@dataclass(slots=True)
class _Side:
    """What is left of one campaign's change, in minor units; `row` is None for the total."""

    row: CampaignAllocation | None
    whole: int
    left: int
    mean: float
    sd: float


def pair_moves(
    rows: Sequence[CampaignAllocation], mean: FloatArray | None, sd: FloatArray | None, digits: int
) -> tuple[Move, ...]:
    """Moves whose sums are each campaign's change, exactly.

    Money goes from the lowest return to the highest; ties go by position. What the total adds or
    takes away comes last. `mean` and `sd` (rows,) are those of the effect, None without curves.
    """
    sides = [
        _side(row, digits, *((0.0, 0.0) if mean is None or sd is None else (mean[i], sd[i])))
        for i, row in enumerate(rows)
        if row.amount != row.current
    ]
    cuts = sorted((s for s in sides if _is_cut(s)), key=lambda s: _return(s.row))
    raises = sorted((s for s in sides if not _is_cut(s)), key=lambda s: -_return(s.row))
    net = sum(s.whole for s in raises) - sum(s.whole for s in cuts)
    if net:
        (cuts if net > 0 else raises).append(_Side(None, abs(net), abs(net), 0.0, 0.0))
    moves: list[Move] = []
    i = j = 0
    while i < len(cuts) and j < len(raises):
        units = min(cuts[i].left, raises[j].left)
        moves.append(_move(cuts[i], raises[j], units, digits, known=mean is not None))
        cuts[i].left -= units
        raises[j].left -= units
        i += cuts[i].left == 0
        j += raises[j].left == 0
    return tuple(moves)


def _side(row: CampaignAllocation, digits: int, mean: float, sd: float) -> _Side:
    units = abs(to_minor_floor(row.amount, digits) - to_minor_floor(row.current, digits))
    return _Side(row, units, units, float(mean), float(sd))


def _is_cut(side: _Side) -> bool:
    return side.row is not None and side.row.amount < side.row.current


def _return(row: CampaignAllocation | None) -> float:
    return 0.0 if row is None or row.marginal_before is None else row.marginal_before


def _move(cut: _Side, rise: _Side, units: int, digits: int, *, known: bool) -> Move:
    parts = [(side, units / side.whole) for side in (cut, rise)]
    mean = sum(part * side.mean for side, part in parts)
    margin = Z_80 * math.hypot(*(part * side.sd for side, part in parts))
    source, target = cut.row, rise.row
    return Move(
        from_id=None if source is None else source.id,
        to_id=None if target is None else target.id,
        amount=from_minor(units, digits),
        return_from=None if source is None else source.marginal_before,
        return_to=None if target is None else target.marginal_before,
        return_from_after=None if source is None else source.marginal_after,
        return_to_after=None if target is None else target.marginal_after,
        gain=Interval(mean - margin, mean, mean + margin) if known else None,
    )


def move_sentence(
    move: Move,
    names: Mapping[CampaignId, str],
    currency: str,
    *,
    unit: str = "",
    applied: bool = True,
    minor_digits: Mapping[str, int] | None = None,
) -> str:
    """The move in one line: "Took 9.50 a day from A (its next 1.00 brings 1.31) to B (1.62)."

    Money has the digits of `currency`; a campaign without a name is called by its id. `unit` is
    the plan's `return_unit`, named where it is no money. With `applied` False the move is told as
    a proposal.
    """
    digits = digits_of(currency, minor_digits)
    amount = format(move.amount, f",.{digits}f")
    before, what = f"its next {format(1, f'.{digits}f')} brings ", _other_unit(unit, currency)
    unspent = " (which it does not spend)"
    paid = unspent if move.return_from == 0 else _bracket(move.return_from, before, what)
    source = f"{_name(move.from_id, names)}{paid}"
    target = _name(move.to_id, names)
    if move.to_id is None:
        return f"{'Took' if applied else 'Take'} {amount} a day from {source}: the total is lower."
    if move.from_id is None:
        brings = _bracket(move.return_to, before, what)
        verb = "Added" if applied else "Add"
        return f"{verb} {amount} a day to {target}{brings}: the total is higher."
    verb = "Took" if applied else "Take"
    return f"{verb} {amount} a day from {source} to {target}{_bracket(move.return_to)}."


def move_lines(
    moves: Sequence[Move],
    gain: Interval | None,
    names: Mapping[CampaignId, str],
    currency: str,
    *,
    unit: str = "",
    applied: bool = True,
    minor_digits: Mapping[str, int] | None = None,
) -> tuple[str, ...]:
    """A rebalance in plain money: one line for each move, and what all of them are likely to
    bring: in the same line where there is one move, else in the last."""
    lines = [
        move_sentence(move, names, currency, unit=unit, applied=applied, minor_digits=minor_digits)
        for move in moves
    ]
    if not lines or gain is None:
        return tuple(lines)
    likely = gain_sentence(gain, currency, unit=unit, minor_digits=minor_digits)
    if len(lines) == 1:
        return (f"{lines[0]} {likely}",)
    return (*lines, f"In all: {likely[0].lower()}{likely[1:]}")


def gain_sentence(
    gain: Interval,
    currency: str,
    *,
    unit: str = "",
    minor_digits: Mapping[str, int] | None = None,
) -> str:
    """ "Likely +2.90 a day (between +0.40 and +5.60)." `unit` is named where it is no money."""
    digits = digits_of(currency, minor_digits)
    low, mean, high = (format(value, f"+,.{digits}f") for value in (gain.low, gain.mean, gain.high))
    return f"Likely {mean}{_other_unit(unit, currency)} a day (between {low} and {high})."


def _other_unit(unit: str, currency: str) -> str:
    return f" {unit}" if unit and unit != currency else ""


def _name(campaign_id: CampaignId | None, names: Mapping[CampaignId, str]) -> str:
    return "" if campaign_id is None else names.get(campaign_id, str(campaign_id))


def _bracket(value: float | None, before: str = "", after: str = "") -> str:
    return "" if value is None else f" ({before}{value:.2f}{after})"
