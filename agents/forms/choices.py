"""Choices of the brief's form: only what the advertiser's accounts support."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from campaigns.models.brief import CALLS_TO_ACTION, GENDERS, OBJECTIVES
from campaigns.selectors import accounts_of
from core.models import Advertiser
from platforms.models import AdAccount
from platforms.registry import capabilities_of, launch_platforms
from platforms.rules.capabilities import Capabilities

OLDEST = 65
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class TextLimit:
    """One platform's limits for a list of texts."""

    platform: str
    fewest: int
    most: int
    length: int
    wide: bool
    """Wide characters count twice."""


def launch_accounts(advertiser: Advertiser) -> tuple[list[AdAccount], list[AdAccount]]:
    """The accounts that a brief can use, and those that need a new token."""
    accounts = [a for a in accounts_of(advertiser) if a.platform in launch_platforms()]
    usable = [a for a in accounts if a.state == AdAccount.State.CONNECTED]
    return usable, [a for a in accounts if a.state == AdAccount.State.NEEDS_TOKEN]


def objective_choices(accounts: Sequence[AdAccount]) -> Choices:
    known = set[str]().union(*(can.objectives for can in _capabilities(accounts)))
    return [(code, label) for code, label in OBJECTIVES if code in known]


def currency_choices(advertiser: Advertiser, accounts: Sequence[AdAccount]) -> Choices:
    """The accounts' currencies, the advertiser's own first."""
    used = {account.currency for account in accounts} or {advertiser.currency}
    ordered = sorted(used, key=lambda code: (code != advertiser.currency, code))
    return [(code, code) for code in ordered]


def age_choices(accounts: Sequence[AdAccount]) -> tuple[Choices, Choices]:
    """First and last ages at which every platform has a bracket; 65 means and older."""
    starts = _common(accounts, lambda can: set(can.age_bounds))
    ends = _common(accounts, lambda can: {b - 1 for b in can.age_bounds} | {OLDEST})
    first = [(str(age), str(age)) for age in sorted(starts)]
    least = min(starts, default=0)
    last = [(str(age), f"{age}+" if age == OLDEST else str(age)) for age in sorted(ends)]
    return first, [(age, label) for age, label in last if int(age) > least]


def gender_choices() -> Choices:
    return [(code, label.capitalize()) for code, label in GENDERS]


def action_choices() -> Choices:
    return list(CALLS_TO_ACTION)


def text_limits(accounts: Sequence[AdAccount]) -> dict[str, list[TextLimit]]:
    """Field to each platform's limits, for hints and live counts."""
    found: dict[str, list[TextLimit]] = {"headlines": [], "descriptions": [], "keywords": []}
    names = {a.platform: a.get_platform_display() for a in accounts}
    for can in _capabilities(accounts):
        name = names[can.platform]
        if can.headlines[1]:
            found["headlines"].append(_limit(name, can, can.headlines, can.headline_length))
        found["descriptions"].append(_limit(name, can, can.descriptions, can.description_length))
        if can.keywords:
            found["keywords"].append(TextLimit(name, 1, 0, can.keyword_length, False))
    return found


def _limit(name: str, can: Capabilities, count: tuple[int, int], length: int) -> TextLimit:
    return TextLimit(name, *count, length, can.wide_texts)


def _capabilities(accounts: Sequence[AdAccount]) -> list[Capabilities]:
    return [capabilities_of(name) for name in dict.fromkeys(a.platform for a in accounts)]


def _common(accounts: Sequence[AdAccount], read: Callable[[Capabilities], set[int]]) -> set[int]:
    sets = [read(can) for can in _capabilities(accounts)]
    return reduce(lambda a, b: a & b, sets) if sets else set()
