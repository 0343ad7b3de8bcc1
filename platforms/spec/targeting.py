"""Who an ad group is shown to."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from platforms.spec.base import (
    Composed,
    Country,
    Language,
    Name,
    Node,
    RemoteId,
    SetOf,
    once_by,
    refuse,
)
from platforms.spec.money_field import MoneyField
from platforms.types import MAX_AGE, MIN_AGE

Words = Annotated[str, Field(max_length=500, pattern=r"\S"), Composed]
Age = Annotated[int, Field(ge=13, le=MAX_AGE)]
MatchType = Literal["exact", "phrase", "broad"]
Device = Literal["phone", "tablet", "computer", "television"]


class Place(Node):
    """A region or a city by the platform's id; a radius in metres around a city where given."""

    remote_id: RemoteId
    name: Name
    radius_metres: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class Point(Node):
    """A place by its coordinates, in millionths of a degree."""

    latitude: Annotated[int, Field(ge=-90_000_000, le=90_000_000)]
    longitude: Annotated[int, Field(ge=-180_000_000, le=180_000_000)]
    radius_metres: Annotated[int, Field(ge=1, le=1_000_000)]


Places = Annotated[tuple[Place, ...], once_by(lambda place: place.remote_id)]


class Locations(Node):
    countries: SetOf[Country] = ()
    regions: Places = ()
    cities: Places = ()
    points: Annotated[
        tuple[Point, ...], once_by(lambda point: (point.latitude, point.longitude))
    ] = ()
    excluded_countries: SetOf[Country] = ()
    excluded_places: Places = ()

    @model_validator(mode="after")
    def _check_either(self) -> Self:
        places = {place.remote_id for place in (*self.regions, *self.cities)}
        both = [
            ("excluded_countries", code)
            for code in self.excluded_countries
            if code in self.countries
        ] + [
            ("excluded_places", place.remote_id)
            for place in self.excluded_places
            if place.remote_id in places
        ]
        refuse(((field,), f"{name} is both included and excluded") for field, name in both)
        return self


class Keyword(Node):
    text: Words
    match: MatchType = "phrase"
    bid: MoneyField | None = None


class NegativeKeyword(Node):
    text: Words
    match: MatchType = "phrase"


class Audience(Node):
    """An audience or an interest of the platform, and what it is used for."""

    remote_id: RemoteId
    name: Name
    use: Literal["included", "excluded", "observed"] = "included"


def words_of(keyword: Keyword | NegativeKeyword) -> tuple[str, str]:
    """What tells a keyword from the others of its ad group."""
    return keyword.match, keyword.text


class Targeting(Node):
    locations: Locations = Locations()
    languages: SetOf[Language] = ()
    age_min: Age = MIN_AGE
    age_max: Age = MAX_AGE
    """65: without an upper limit. A platform whose last age group starts earlier (TikTok: 55 and
    older) cannot tell those ages apart."""
    gender: Literal["any", "female", "male"] = "any"
    audiences: Annotated[tuple[Audience, ...], once_by(lambda one: one.remote_id)] = ()
    devices: SetOf[Device] = ()
    """None: all of them."""
    keywords: Annotated[tuple[Keyword, ...], once_by(words_of)] = ()
    negative_keywords: Annotated[tuple[NegativeKeyword, ...], once_by(words_of)] = ()
    negative_lists: SetOf[RemoteId] = ()
    may_expand: bool = False
    """The platform may show the ads to others, too, where it expects results."""

    @model_validator(mode="after")
    def _check_ages(self) -> Self:
        if self.age_max < self.age_min:
            says = f"the last age, {self.age_max}, is below the first, {self.age_min}"
            refuse([(("age_max",), says)])
        return self
