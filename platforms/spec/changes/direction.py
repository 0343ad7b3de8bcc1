"""Whether a change lowers or raises what can be spent or who is shown the ads, from its values.

For the order and the class alone: what may be spent is computed by the gate. What is not known here
raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from core.common.money import Money
from platforms.spec.changes.nodes import NodeKind
from platforms.spec.targeting import Locations, Place

Direction = Literal["lowers", "neutral", "raises"]

# Names, and texts in ads: they change nothing of what can be spent.
_HARMLESS = frozenset(
    "name tracking headline headlines long_headlines body descriptions paths business_name "
    "call_to_action declarations.payer declarations.beneficiary".split()
)
# None is no limit.
_CEILINGS = frozenset(
    "budget.amount budget bidding.target_cost bidding.bid_cap schedule.end targeting.age_max "
    "part.spending_limit_micros part.frequency_impressions".split()
)
_FLOORS = frozenset(
    "schedule.start targeting.age_min bidding.target_return part.frequency_days".split()
)
# An ad group's or keyword's own bid: without it another one holds.
_BIDS = frozenset({"bid"})
# Allowed, or not.
_PERMISSIONS = frozenset(
    "targeting.may_expand part.search_partners part.display_network "
    "part.optimised_targeting".split()
)
# Empty is everything.
_SETS = frozenset(
    "schedule.hours languages targeting.languages targeting.devices placements".split()
)
_EXCLUDED_SETS = frozenset({"targeting.negative_lists"})


def direction_of(kind: NodeKind, paths: Iterable[str], old: Any, new: Any) -> Direction:
    """The joint effect of the fields that differ between two values of one node."""
    return joint(_of_field(kind, path, old, new) for path in paths)


def joint(found: Iterable[Direction]) -> Direction:
    """Lowers where nothing raises."""
    all_of = set(found)
    if "raises" in all_of:
        return "raises"
    return "lowers" if "lowers" in all_of else "neutral"


def _of_field(kind: NodeKind, path: str, old: Any, new: Any) -> Direction:
    if path in _HARMLESS:
        return "neutral"
    if path == "use":
        return _of_use(old.use, new.use)
    if path.startswith(("locations.", "targeting.locations.")):
        field = "locations" if kind == "campaign" else "targeting.locations"
        return _of_places(_at(old, field), _at(new, field))
    if path in {"budget.period", "budget.level"}:
        return _of_budget(old, new)
    before, after = _at(old, path), _at(new, path)
    if path == "schedule.hours":
        return _of_sets(_hours(before), _hours(after))
    compare = _comparison(path)
    return "raises" if compare is None else compare(before, after)


def _comparison(path: str) -> Callable[[Any, Any], Direction] | None:
    tables: list[tuple[frozenset[str], Callable[[Any, Any], Direction]]] = [
        (_CEILINGS, _of_ceiling),
        (_FLOORS, _of_floor),
        (_BIDS, lambda old, new: "raises" if None in (old, new) else _of_ceiling(old, new)),
        (_PERMISSIONS, lambda old, new: "lowers" if old and not new else "raises"),
        (_SETS, lambda old, new: _of_sets(set(old), set(new))),
        (_EXCLUDED_SETS, lambda old, new: "lowers" if set(old) <= set(new) else "raises"),
    ]
    return next((compare for paths, compare in tables if path in paths), None)


def _of_ceiling(old: Any, new: Any) -> Direction:
    if old is None or new is None:
        return "raises" if new is None else "lowers"
    if isinstance(old, Money) and old.currency != new.currency:
        return "raises"
    return "lowers" if new < old else "raises"


def _of_floor(old: Any, new: Any) -> Direction:
    if old is None or new is None:
        return "raises" if new is None else "lowers"
    return "lowers" if new > old else "raises"


def _of_sets(old: set[Any], new: set[Any]) -> Direction:
    if not new or (old and not new <= old):
        return "raises"
    return "lowers"


def _hours(hours: Any) -> set[tuple[int, int]]:
    return {(one.weekday, hour) for one in hours for hour in range(one.first, one.end)}


def _of_budget(old: Any, new: Any) -> Direction:
    """A daily amount is spent on each day, that of a flight on one of them or on all."""
    before, after = old.budget, new.budget
    if before.level != after.level:
        # A cap on the campaign is one limit more, beside those of the ad groups.
        return "lowers" if after.amount is not None and before.period == after.period else "raises"
    if (
        before.amount is None
        or after.amount is None
        or after.amount.currency != (before.amount.currency)
    ):
        return "raises"
    if after.period == "flight":
        return "raises" if before.amount < after.amount else "lowers"
    days = (new.schedule.end - new.schedule.start).days + 1 if new.schedule.end else None
    if days is None or after.amount.micros * days > before.amount.micros:
        return "raises"
    return "lowers"


def _of_use(old: str, new: str) -> Direction:
    """An audience that is observed changes nothing; one that is included may narrow a group or
    widen it, by what else is included."""
    return "lowers" if (old, new) == ("observed", "excluded") else "raises"


def _of_places(old: Locations, new: Locations) -> Direction:
    included = _covers(_included(old), _included(new), empty_is_all=True)
    excluded = _covers(_excluded(new), _excluded(old), empty_is_all=False)
    if not included or not excluded:
        return "raises"
    same = _included(old) == _included(new) and _excluded(old) == _excluded(new)
    return "neutral" if same else "lowers"


Areas = dict[tuple[str, Any], int | None]
"""Radius by place, without names."""


def _included(found: Locations) -> Areas:
    areas: Areas = {("country", code): None for code in found.countries}
    areas |= {("place", one.remote_id): one.radius_metres for one in found.regions + found.cities}
    points = {("point", (p.latitude, p.longitude)): p.radius_metres for p in found.points}
    return areas | points


def _excluded(found: Locations) -> Areas:
    areas: Areas = {("country", code): None for code in found.excluded_countries}
    places: Iterable[Place] = found.excluded_places
    return areas | {("place", one.remote_id): one.radius_metres for one in places}


def _covers(outer: Areas, inner: Areas, *, empty_is_all: bool) -> bool:
    if empty_is_all and not outer:
        return True
    if empty_is_all and not inner:
        return False
    return all(place in outer and _within(radius, outer[place]) for place, radius in inner.items())


def _within(inner: int | None, outer: int | None) -> bool:
    """A place without a radius is the place itself: how large it is, only the platform knows."""
    if inner is None or outer is None:
        return inner == outer
    return inner <= outer


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = getattr(value, step, None)
    return value
