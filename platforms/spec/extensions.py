"""What stands beside an ad: links, calls, prices. Each is known by its content."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from platforms.spec.ads import Media, Text
from platforms.spec.base import Address, Country, Node
from platforms.spec.money_field import MoneyField


class Sitelink(Node):
    kind: Literal["sitelink"]
    text: Text
    landing_url: Address
    descriptions: Annotated[tuple[Text, ...], Field(max_length=2)] = ()


class Callout(Node):
    kind: Literal["callout"]
    text: Text


class StructuredSnippet(Node):
    kind: Literal["structured_snippet"]
    header: Text
    values: Annotated[tuple[Text, ...], Field(min_length=3, max_length=10)]


class Call(Node):
    kind: Literal["call"]
    country: Country
    number: Annotated[str, Field(pattern=r"^[+0-9() -]{3,30}$")]


class Price(Node):
    kind: Literal["price"]
    header: Text
    description: Text
    price: MoneyField
    landing_url: Address


class Promotion(Node):
    kind: Literal["promotion"]
    text: Text
    landing_url: Address
    percent_millionths: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    amount_off: MoneyField | None = None

    @model_validator(mode="after")
    def _check_value(self) -> Self:
        if (self.percent_millionths is None) == (self.amount_off is None):
            raise ValueError("a promotion takes off either a percentage or an amount; give one")
        return self


class ImageExtension(Node):
    kind: Literal["image"]
    image: Media


Extension = Annotated[
    Sitelink | Callout | StructuredSnippet | Call | Price | Promotion | ImageExtension,
    Field(discriminator="kind"),
]
EXTENSION_CLASSES: tuple[type[Node], ...] = get_args(get_args(Extension)[0])
