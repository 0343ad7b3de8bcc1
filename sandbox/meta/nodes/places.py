"""Places that the Meta emulator's ad sets can be shown in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.meta import errors
from sandbox.meta.params import Params

# Which countries Meta serves is not in its reference: all of ISO 3166, and Kosovo, but those that
# embargoes close.
_COUNTRIES = frozenset(
    (
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN "
        "BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ "
        "DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL "
        "GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM "
        "JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME "
        "MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP "
        "NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD "
        "SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO "
        "TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
    ).split()
)
_CLOSED = frozenset("CU IR KP RU SY".split())
OPEN_COUNTRIES = _COUNTRIES - _CLOSED
# ISO 3166 codes of the European Economic Area; there beneficiary and payer are required.
_EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS"
    " IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()
)
_EEA_GROUPS = frozenset({"eea", "europe", "worldwide"})
_KINDS = ("countries", "regions", "cities", "zips", "custom_locations", "country_groups")


def check_places(targeting: Params) -> None:
    """Raises GraphError without a place, for an unknown one, and where one is inside another."""
    places = targeting.get("geo_locations") or {}
    if not any(places.get(kind) for kind in _KINDS):
        raise errors.invalid("", "targeting", subcode=1885364)
    countries = places.get("countries") or []
    for country in countries:
        if not isinstance(country, str) or country not in _COUNTRIES:
            raise errors.invalid(f"geo_locations: {country!r} is not an ISO country", "targeting")
        if country in _CLOSED:
            raise errors.invalid(f"geo_locations: ads are not shown in {country}", "targeting")
    if not set(_countries_of_parts(places)).isdisjoint(countries):
        raise errors.invalid("", "targeting", subcode=1487756)


def _countries_of_parts(places: Params) -> Iterator[Any]:
    for kind in ("regions", "cities", "zips", "custom_locations"):
        for place in places.get(kind) or []:
            if isinstance(place, dict):
                yield place.get("country")


def targets_eea(targeting: Params) -> bool:
    """Whether any place is, or may be, inside the European Economic Area."""
    places = targeting.get("geo_locations") or {}
    countries = {*(places.get("countries") or []), *_countries_of_parts(places)}
    return bool(_EEA & countries or _EEA_GROUPS & set(places.get("country_groups") or []))
