"""A campaign tree as a value: campaign, ad groups, ads."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal, Protocol, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from core.common.money import Money
from platforms.spec.ads import Ad
from platforms.spec.base import (
    Country,
    Language,
    Millionths,
    Name,
    Node,
    Objective,
    Reference,
    RemoteId,
    SetOf,
    SpecStatus,
)
from platforms.spec.extensions import Extension, Price, Promotion
from platforms.spec.money_field import MoneyField
from platforms.spec.platform_parts import AdGroupPart, CampaignPart
from platforms.spec.targeting import Locations, Targeting

CampaignKind = Literal["search", "display", "performance_max", "demand_gen", "shopping", "auction"]
Days = Annotated[int, Field(ge=1, le=365)]


class _Referred(Protocol):
    @property
    def reference(self) -> str: ...


ReferredT = TypeVar("ReferredT", bound=_Referred)


class BudgetSpec(Node):
    """Where the budget is, and for which time. On ad groups each group has its own amount."""

    level: Literal["campaign", "ad_group"] = "campaign"
    period: Literal["daily", "flight"] = "daily"
    amount: MoneyField | None = None

    @model_validator(mode="after")
    def _check_home(self) -> Self:
        if (self.level == "campaign") != (self.amount is not None):
            raise ValueError("the amount stands where the budget's level says, and only there")
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


class ConversionSpec(Node):
    source: Literal["pixel", "conversion_action"]
    remote_id: RemoteId
    event: Annotated[str, Field(min_length=1, max_length=100)]
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
            raise ValueError(f"the hours end at {self.end}, not after their start")
        return self


class Schedule(Node):
    start: dt.date
    end: dt.date | None = None
    """The last day; None: until it is ended."""
    hours: SetOf[Hours] = ()
    """None: always."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"the last day, {self.end}, is before the first, {self.start}")
        return self


class Declarations(Node):
    political_ads: bool = False
    special_categories: SetOf[
        Literal["housing", "employment", "credit", "finance", "politics", "gambling"]
    ] = ()
    special_countries: SetOf[Country] = ()
    payer: Annotated[str, Field(max_length=512)] = ""
    beneficiary: Annotated[str, Field(max_length=512)] = ""


def _by_reference(nodes: tuple[ReferredT, ...]) -> tuple[ReferredT, ...]:
    return tuple(sorted(nodes, key=lambda node: node.reference))


class AdGroupSpec(Node):
    reference: Reference
    name: Name
    status: SpecStatus = "active"
    budget: MoneyField | None = None
    bid: MoneyField | None = None
    targeting: Targeting = Targeting()
    placements: SetOf[Annotated[str, Field(pattern=r"^[a-z_.]{1,60}$")]] = ()
    """None: the platform chooses."""
    ads: Annotated[tuple[Ad, ...], AfterValidator(_by_reference)] = ()
    part: AdGroupPart | None = None


class CampaignSpec(Node):
    reference: Reference
    name: Name
    status: SpecStatus = "active"
    objective: Objective
    kind: CampaignKind
    budget: BudgetSpec
    bidding: BiddingSpec = BiddingSpec()
    conversion: ConversionSpec | None = None
    schedule: Schedule
    locations: Locations = Locations()
    """Only where the platform keeps places on the campaign."""
    languages: SetOf[Language] = ()
    declarations: Declarations = Declarations()
    extensions: SetOf[Extension] = ()
    ad_groups: Annotated[tuple[AdGroupSpec, ...], AfterValidator(_by_reference)] = ()
    part: CampaignPart

    @property
    def platform(self) -> str:
        return self.part.platform

    @model_validator(mode="after")
    def _check_references(self) -> Self:
        found = Counter(_references(self))
        twice = next((reference for reference, count in found.items() if count > 1), None)
        if twice is not None:
            raise ValueError(f"the reference {twice} is used twice")
        return self

    @model_validator(mode="after")
    def _check_currencies(self) -> Self:
        found = sorted({money.currency for money in amounts_of(self)})
        if len(found) > 1:
            raise ValueError(f"amounts in several currencies: {', '.join(found)}")
        return self

    @model_validator(mode="after")
    def _check_group_budgets(self) -> Self:
        on_groups = self.budget.level == "ad_group"
        for group in self.ad_groups:
            if on_groups != (group.budget is not None):
                raise ValueError(
                    f"the ad group {group.reference} {'needs' if on_groups else 'has'} a budget of "
                    f"its own, and the campaign's budget is on the {self.budget.level}"
                )
        return self

    @model_validator(mode="after")
    def _check_platform(self) -> Self:
        for group in self.ad_groups:
            for node in (group, *group.ads):
                if node.part is not None and node.part.platform != self.platform:
                    raise ValueError(
                        f"{node.reference} is of {node.part.platform}, its campaign of "
                        f"{self.platform}"
                    )
        return self


def _references(spec: CampaignSpec) -> Iterator[str]:
    yield spec.reference
    for group in spec.ad_groups:
        yield group.reference
        yield from (ad.reference for ad in group.ads)


def amounts_of(spec: CampaignSpec) -> Iterator[Money]:
    """Every amount of the tree."""
    bidding = spec.bidding
    found: list[Money | None] = [spec.budget.amount, bidding.target_cost, bidding.bid_cap]
    for extension in spec.extensions:
        if isinstance(extension, Price):
            found.append(extension.price)
        elif isinstance(extension, Promotion):
            found.append(extension.amount_off)
    for group in spec.ad_groups:
        found += [group.budget, group.bid]
        found += [keyword.bid for keyword in group.targeting.keywords]
    yield from (money for money in found if money is not None)
