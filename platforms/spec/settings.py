"""What a campaign as a whole is given: budget, bidding, conversion, days, declarations."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from platforms.spec.base import (
    Composed,
    Country,
    Day,
    Millionths,
    Node,
    RemoteId,
    SetOf,
    refuse,
)
from platforms.spec.money_field import MoneyField

Days = Annotated[int, Field(ge=1, le=365)]
WEEK = 7 * 24  # hours


class BudgetSpec(Node):
    """Where the budget is, and for which time. On ad groups each group has its own amount."""

    level: Literal["campaign", "ad_group"] = "campaign"
    period: Literal["daily", "flight"] = "daily"
    amount: MoneyField | None = None

    @model_validator(mode="after")
    def _check_home(self) -> Self:
        if (self.level == "campaign") != (self.amount is not None):
            says = "the amount stands where the budget's level says, and only there"
            refuse([(("amount",), says)])
        return self


class BiddingSpec(Node):
    strategy: Literal[
        "clicks",
        "impressions",
        "reach",
        "views",
        "conversions",
        "conversion_value",
        "leads",
        "installs",
        "manual",
    ] = "clicks"
    target_cost: MoneyField | None = None
    target_return: Millionths | None = None
    bid_cap: MoneyField | None = None

    @model_validator(mode="after")
    def _check_targets(self) -> Self:
        if self.target_cost is not None and self.target_return is not None:
            refuse([(("target_return",), "a target is either a cost or a return, not both")])
        return self


class ConversionSpec(Node):
    source: Literal["pixel", "conversion_action"]
    remote_id: RemoteId
    event: Annotated[str, Field(max_length=100, pattern=r"\S"), Composed]
    click_days: Days | None = None
    view_days: Days | None = None


class Hours(Node):
    """From one hour to another of a weekday, 1 for Monday."""

    weekday: Annotated[int, Field(ge=1, le=7)]
    first: Annotated[int, Field(ge=0, le=23)]
    end: Annotated[int, Field(ge=1, le=24)]

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.end <= self.first:
            refuse([(("end",), f"the hours end at {self.end}, not after their start")])
        return self


def _joined(hours: tuple[Hours, ...]) -> tuple[Hours, ...]:
    """Hours that adjoin or overlap are one; the whole week is no limit."""
    found: list[Hours] = []
    for one in sorted(hours, key=lambda hours: (hours.weekday, hours.first)):
        last = found[-1] if found else None
        if last is None or last.weekday != one.weekday or last.end < one.first:
            found.append(one)
        elif last.end < one.end:
            found[-1] = Hours(weekday=last.weekday, first=last.first, end=one.end)
    return () if sum(one.end - one.first for one in found) == WEEK else tuple(found)


class Schedule(Node):
    start: Day
    end: Day | None = None
    """The last day; None: until it is ended."""
    hours: Annotated[tuple[Hours, ...], AfterValidator(_joined)] = ()
    """None: always."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.end is not None and self.end < self.start:
            says = f"the last day, {self.end}, is before the first, {self.start}"
            refuse([(("end",), says)])
        return self


class Declarations(Node):
    political_ads: bool = False
    special_categories: SetOf[
        Literal["housing", "employment", "credit", "finance", "politics", "gambling"]
    ] = ()
    special_countries: SetOf[Country] = ()
    payer: Annotated[str, Field(max_length=512), Composed] = ""
    beneficiary: Annotated[str, Field(max_length=512), Composed] = ""
