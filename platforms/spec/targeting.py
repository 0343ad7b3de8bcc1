"""Who an ad group is shown to."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from platforms.spec.base import Country, Language, Name, Node, RemoteId, SetOf
from platforms.spec.money_field import MoneyField
from platforms.types import MAX_AGE, MIN_AGE

Words = Annotated[str, Field(min_length=1, max_length=500)]
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


class Locations(Node):
    countries: SetOf[Country] = ()
    regions: SetOf[Place] = ()
    cities: SetOf[Place] = ()
    points: SetOf[Point] = ()
    excluded_countries: SetOf[Country] = ()
    excluded_places: SetOf[Place] = ()


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


class Targeting(Node):
    locations: Locations = Locations()
    languages: SetOf[Language] = ()
    age_min: Age = MIN_AGE
    age_max: Age = MAX_AGE
    gender: Literal["any", "female", "male"] = "any"
    audiences: SetOf[Audience] = ()
    devices: SetOf[Device] = ()
    """None: all of them."""
    keywords: SetOf[Keyword] = ()
    negative_keywords: SetOf[NegativeKeyword] = ()
    negative_lists: SetOf[RemoteId] = ()
    may_expand: bool = False
    """The platform may show the ads to others, too, where it expects results."""

    @model_validator(mode="after")
    def _check_ages(self) -> Self:
        if self.age_max < self.age_min:
            raise ValueError(f"the last age, {self.age_max}, is below the first, {self.age_min}")
        return self

    @model_validator(mode="after")
    def _check_once(self) -> Self:
        for name, found in (
            ("keyword", [(k.match, k.text) for k in self.keywords]),
            ("negative keyword", [(k.match, k.text) for k in self.negative_keywords]),
            ("audience", [(a.remote_id,) for a in self.audiences]),
        ):
            twice = next((one for one, count in Counter(found).items() if count > 1), None)
            if twice is not None:
                raise ValueError(f"the {name} {twice[-1]!r} is there twice")
        return self
