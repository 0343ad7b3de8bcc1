"""A Google campaign's criteria in the plan language: places of the campaign; keywords, ages and
genders of its ad groups.

Source: Google Ads API v26, criteria. Ages and genders are narrowed by exclusion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from core.common.money import Money
from platforms.google.enums import enum_name
from platforms.google.mapping import AGE_RANGES
from platforms.google.spec_queries import CampaignRows
from platforms.spec.remote import NodeReading, NotSayable
from platforms.spec.targeting import Keyword, Locations, NegativeKeyword, Place, Targeting
from platforms.types import MAX_AGE

_MATCHES: dict[str, Any] = {"EXACT": "exact", "PHRASE": "phrase", "BROAD": "broad"}
_LEFT: dict[str, Any] = {"MALE": "female", "FEMALE": "male"}  # excluded: who is left
_REGIONS = ("Region", "State", "Province", "Prefecture", "Canton", "Department", "Territory")


def locations(rows: CampaignRows, nodes: NodeReading) -> Locations:
    places = {row.geo_target_constant.resource_name: row.geo_target_constant for row in rows.places}
    found: dict[str, list[Any]] = {
        name: [] for name in ("countries", "regions", "cities", "excluded_countries")
    }
    found["excluded_places"] = []
    for row in rows.criteria:
        criterion = row.campaign_criterion
        constant = places.get(criterion.location.geo_target_constant)
        if constant is None:
            nodes.note("locations", enum_name(criterion, "type_"), criterion.criterion_id)
            continue
        nodes.note("locations", "bid_modifier", criterion.bid_modifier % 1)
        home, place = _place(constant, negative=criterion.negative)
        if home:
            found[home].append(place)
        else:
            nodes.note("locations", constant.target_type, constant.name)
    return nodes.build(Locations, **{name: tuple(items) for name, items in found.items()})


def _place(constant: Any, *, negative: bool) -> tuple[str, Any]:
    """(field of Locations, its item); an empty field where the plan language has none."""
    if constant.target_type == "Country":
        return ("excluded_countries" if negative else "countries"), constant.country_code
    is_city, is_region = constant.target_type == "City", constant.target_type in _REGIONS
    if not is_city and not is_region:
        return "", None
    remote_id = constant.resource_name.rpartition("/")[2]
    home = "excluded_places" if negative else "cities" if is_city else "regions"
    return home, Place(remote_id=remote_id, name=constant.name)


class _Found:
    def __init__(self) -> None:
        self.keywords: list[Keyword] = []
        self.negative: list[NegativeKeyword] = []
        self.excluded_ages: set[str] = set()
        self.excluded_genders: set[str] = set()


def targeting(criteria: Iterable[Any], nodes: NodeReading, path: str, currency: str) -> Targeting:
    """Of one ad group. Raises NotSayable where its ages are no range."""
    found = _Found()
    for criterion in criteria:
        kind = enum_name(criterion, "type_")
        read = _READERS.get(kind)
        if read is None or not read(found, criterion, currency):
            nodes.note(f"{path}.targeting", kind, criterion.criterion_id)
    age_min, age_max = _ages(found.excluded_ages)
    if len(found.excluded_genders) > 1:
        raise NotSayable("excludes both genders")
    return nodes.build(
        Targeting,
        age_min=age_min,
        age_max=age_max,
        gender=next((_LEFT[one] for one in found.excluded_genders), "any"),
        keywords=tuple(found.keywords),
        negative_keywords=tuple(found.negative),
    )


def _ages(excluded: set[str]) -> tuple[int, int]:
    included = [age for age, name in AGE_RANGES.items() if name not in excluded]
    if not included:
        raise NotSayable("excludes all ages")
    bounds = list(AGE_RANGES)
    first, last = bounds.index(included[0]), bounds.index(included[-1])
    if bounds[first : last + 1] != included:
        raise NotSayable("has ages that are no range")
    return included[0], bounds[last + 1] - 1 if last + 1 < len(bounds) else MAX_AGE


def _keyword(found: _Found, criterion: Any, currency: str) -> bool:
    match = _MATCHES.get(enum_name(criterion.keyword, "match_type"))
    if match is None or (enum_name(criterion, "status") == "PAUSED" and not criterion.negative):
        return False  # the plan language has no paused keyword
    text = criterion.keyword.text
    if criterion.negative:
        found.negative.append(NegativeKeyword(text=text, match=match))
        return True
    bid = criterion.cpc_bid_micros
    money = Money.from_micros(bid, currency) if bid else None
    found.keywords.append(Keyword(text=text, match=match, bid=money))
    return True


def _age(found: _Found, criterion: Any, currency: str) -> bool:
    return _excluded(found.excluded_ages, criterion, enum_name(criterion.age_range, "type_"))


def _gender(found: _Found, criterion: Any, currency: str) -> bool:
    name = enum_name(criterion.gender, "type_")
    return name in _LEFT and _excluded(found.excluded_genders, criterion, name)


def _excluded(into: set[str], criterion: Any, name: str) -> bool:
    """Google lists what is included, too, as it is by default."""
    if criterion.negative:
        into.add(name)
    return criterion.negative or not criterion.bid_modifier % 1


_READERS: dict[str, Callable[[_Found, Any, str], bool]] = {
    "KEYWORD": _keyword,
    "AGE_RANGE": _age,
    "GENDER": _gender,
}
