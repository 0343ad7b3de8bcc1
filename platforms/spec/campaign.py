"""A campaign tree as a value: campaign, ad groups, ads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from core.common.money import Money
from platforms.spec.ads import Ad
from platforms.spec.base import (
    Language,
    Location,
    Name,
    Node,
    Objective,
    Reference,
    SetOf,
    SpecStatus,
    refuse,
)
from platforms.spec.extensions import Extension, Price, Promotion
from platforms.spec.money_field import MoneyField
from platforms.spec.platform_parts import AdGroupPart, CampaignPart
from platforms.spec.settings import (
    BiddingSpec,
    BudgetSpec,
    ConversionSpec,
    Declarations,
    Hours,
    Schedule,
)
from platforms.spec.targeting import Locations, Targeting

__all__ = [
    "KINDS",
    "AdGroupSpec",
    "BiddingSpec",
    "BudgetSpec",
    "CampaignKind",
    "CampaignSpec",
    "ConversionSpec",
    "Declarations",
    "Hours",
    "Schedule",
]
CampaignKind = Literal["search", "display", "performance_max", "demand_gen", "shopping", "auction"]
KINDS: Mapping[str, frozenset[CampaignKind]] = {
    "google": frozenset({"search", "display", "performance_max", "demand_gen", "shopping"}),
    "meta": frozenset({"auction"}),
    "tiktok": frozenset({"auction"}),
}
"""By platform."""
Found = Iterator[tuple[Location, str]]


class AdGroupSpec(Node):
    reference: Reference
    name: Name
    status: SpecStatus = "active"
    budget: MoneyField | None = None
    bid: MoneyField | None = None
    targeting: Targeting = Targeting()
    placements: SetOf[Annotated[str, Field(pattern=r"^[a-z_.]{1,60}$")]] = ()
    """None: the platform chooses."""
    ads: tuple[Ad, ...] = ()
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
    ad_groups: tuple[AdGroupSpec, ...] = ()
    part: CampaignPart

    @property
    def platform(self) -> str:
        return self.part.platform

    @model_validator(mode="after")
    def _check_tree(self) -> Self:
        """What no node can see of itself; then ad groups and ads in the order of their references,
        so that a problem has its place in the order that was written."""
        refuse(problems_of_tree(self))
        groups = sorted((_with_sorted_ads(one) for one in self.ad_groups), key=_reference)
        object.__setattr__(self, "ad_groups", tuple(groups))  # frozen
        return self


def _reference(node: AdGroupSpec | Ad) -> str:
    return node.reference


def _with_sorted_ads(group: AdGroupSpec) -> AdGroupSpec:
    ads = tuple(sorted(group.ads, key=_reference))
    return group if ads == group.ads else group.model_copy(update={"ads": ads})


def problems_of_tree(spec: CampaignSpec) -> Found:
    yield from _references(spec)
    yield from _currencies(spec)
    yield from _budgets(spec)
    yield from _platforms(spec)
    yield from _asset_groups(spec)


def _groups(spec: CampaignSpec) -> Iterator[tuple[Location, AdGroupSpec]]:
    return ((("ad_groups", at), group) for at, group in enumerate(spec.ad_groups))


def _nodes(spec: CampaignSpec) -> Iterator[tuple[Location, AdGroupSpec | Ad]]:
    for place, group in _groups(spec):
        yield place, group
        yield from (((*place, "ads", at), ad) for at, ad in enumerate(group.ads))


def _references(spec: CampaignSpec) -> Found:
    seen = {spec.reference}
    for place, node in _nodes(spec):
        if node.reference in seen:
            yield (*place, "reference"), f"the reference {node.reference} is used twice"
        seen.add(node.reference)


def _currencies(spec: CampaignSpec) -> Found:
    """An account has one currency: another than that of most amounts is the wrong one."""
    found = list(_amounts(spec))
    usual = Counter(money.currency for _, _, money in found).most_common(1)
    for place, name, money in found:
        if money.currency != usual[0][0]:
            says = f"is in {money.currency}, other amounts of this campaign in {usual[0][0]}"
            yield place, f"{name} {says}" if name else says


def _budgets(spec: CampaignSpec) -> Found:
    level, on_groups = spec.budget.level, spec.budget.level == "ad_group"
    for place, group in _groups(spec):
        if on_groups != (group.budget is not None):
            says = "is missing" if on_groups else "is one too many"
            yield (*place, "budget"), f"{says}: the campaign's budget is on the {level}"
    if spec.budget.period == "flight" and spec.schedule.end is None:
        yield ("schedule", "end"), "is missing: a budget for the whole flight needs a last day"


def _platforms(spec: CampaignSpec) -> Found:
    if spec.kind not in KINDS[spec.platform]:
        known = ", ".join(sorted(KINDS[spec.platform]))
        yield ("kind",), f"{spec.kind} is not of {spec.platform}; its kinds: {known}"
    for place, node in _nodes(spec):
        if node.part is not None and node.part.platform != spec.platform:
            says = f"is of {node.part.platform}, its campaign of {spec.platform}"
            yield (*place, "part"), says


def _asset_groups(spec: CampaignSpec) -> Found:
    """A group of Performance Max is one asset group; nothing else has asset groups."""
    wanted = spec.kind == "performance_max"
    if wanted and not spec.ad_groups:
        yield ("ad_groups",), "performance_max needs at least one asset group"
    for place, group in _groups(spec):
        formats = [ad.format for ad in group.ads]
        if wanted and formats != ["asset_group"]:
            yield (*place, "ads"), "of performance_max is exactly one ad, of format asset_group"
        elif not wanted and "asset_group" in formats:
            yield (*place, "ads"), f"{spec.kind} has no asset groups, performance_max has"


def _amounts(spec: CampaignSpec) -> Iterator[tuple[Location, str, Money]]:
    """Every amount of the tree: where it is, and whose it is in a set, which has no order."""
    bidding = spec.bidding
    found: list[tuple[Location, str, Money | None]] = [
        (("budget", "amount"), "", spec.budget.amount),
        (("bidding", "target_cost"), "", bidding.target_cost),
        (("bidding", "bid_cap"), "", bidding.bid_cap),
    ]
    for extension in spec.extensions:
        if isinstance(extension, Price):
            found.append((("extensions",), repr(extension.header), extension.price))
        elif isinstance(extension, Promotion):
            found.append((("extensions",), repr(extension.text), extension.amount_off))
    for place, group in _groups(spec):
        found += [((*place, "budget"), "", group.budget), ((*place, "bid"), "", group.bid)]
        keywords: Location = (*place, "targeting", "keywords")
        found += [(keywords, repr(word.text), word.bid) for word in group.targeting.keywords]
    yield from ((place, name, money) for place, name, money in found if money is not None)
