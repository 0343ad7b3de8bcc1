"""Places of the TikTok emulator: countries, and states of the USA."""

from __future__ import annotations

from sandbox.tiktok import errors
from sandbox.tiktok.params import Params

# GeoNames id, as TikTok uses it: name, country code, parent.
PLACES = {
    "6252001": ("United States of America", "US", "0"),
    "5332921": ("California", "US", "6252001"),
    "5128638": ("New York", "US", "6252001"),
    "4736286": ("Texas", "US", "6252001"),
    "4155751": ("Florida", "US", "6252001"),
    "6251999": ("Canada", "CA", "0"),
    "2635167": ("United Kingdom", "GB", "0"),
    "2921044": ("Germany", "DE", "0"),
    "3017382": ("France", "FR", "0"),
    "2510769": ("Spain", "ES", "0"),
    "3175395": ("Italy", "IT", "0"),
    "2750405": ("Netherlands", "NL", "0"),
    "2658434": ("Switzerland", "CH", "0"),
    "2782113": ("Austria", "AT", "0"),
    "2077456": ("Australia", "AU", "0"),
    "1861060": ("Japan", "JP", "0"),
    "3469034": ("Brazil", "BR", "0"),
    "3996063": ("Mexico", "MX", "0"),
    "1269750": ("India", "IN", "0"),
    "1643084": ("Indonesia", "ID", "0"),
}
_NO_TEENS = frozenset("US CA GB DE FR ES IT NL CH AT BR MX".split())


def region_rows() -> list[Params]:
    return [
        {
            "location_id": place_id,
            "name": name,
            "region_code": code,
            "parent_id": parent,
            "level": "COUNTRY" if parent == "0" else "PROVINCE",
            "area_type": "ADMIN",
            "next_level_ids": [n for n, place in PLACES.items() if place[2] == place_id],
        }
        for place_id, (name, code, parent) in PLACES.items()
    ]


def check_places(location_ids: list[str]) -> None:
    """Raises ApiError for unknown places and for a place inside another one."""
    if len(set(location_ids)) < len(location_ids):
        raise errors.invalid("location_ids: a location is listed twice.")
    for place_id in location_ids:
        if place_id not in PLACES:
            raise errors.invalid(f"location_ids: {place_id} is not a known location.")
        if PLACES[place_id][2] in location_ids:
            raise errors.invalid(f"location_ids: {place_id} lies inside {PLACES[place_id][2]}.")


def check_ages(age_groups: list[str], location_ids: list[str]) -> None:
    countries = {PLACES[place_id][1] for place_id in location_ids}
    if "AGE_13_17" in age_groups and countries & _NO_TEENS:
        raise errors.ApiError(
            errors.AGE_NOT_ALLOWED,
            f"Ages 13-17 cannot be targeted in {', '.join(sorted(countries & _NO_TEENS))}.",
        )
