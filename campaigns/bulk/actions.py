"""Actions on ticked rows: each reads a row's current value, computes the new one and calls the
service that requests it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from campaigns import services
from campaigns.models import AdGroup, Campaign, Wanted
from campaigns.presentation.formats import DASH
from campaigns.presentation.number_format import format_day
from campaigns.spend.group_budgets import in_steps
from core.common.errors import InvalidInput
from core.common.money import Money, read_number
from core.models import Actor

MOST_PERCENT = Decimal(1000)
_MICROS = re.compile(r"-?[0-9]{1,18}")


class Do(StrEnum):
    """What is done with the ticked rows, as forms send it."""

    PAUSE = "pause"
    RESUME = "resume"
    BUDGET = "budget"
    LABEL = "label"
    UNLABEL = "unlabel"


ACTIONS: dict[str, str] = {
    Do.PAUSE: "Pause",
    Do.RESUME: "Resume",
    Do.BUDGET: "Change daily budgets",
    Do.LABEL: "Add a label",
    Do.UNLABEL: "Remove a label",
}
ON_CAMPAIGNS: frozenset[str] = frozenset({Do.BUDGET, Do.LABEL, Do.UNLABEL})


class How(StrEnum):
    """How a budget is changed: to an amount, by an amount, or by a percentage."""

    SET = "set"
    AMOUNT = "amount"
    PERCENT = "percent"


class Action(Protocol):
    """Values are texts, so that a form can send back exactly what was shown."""

    @property
    def may_raise(self) -> bool:
        """Whether it can raise what is spent: what only lowers waits for nobody else's raise."""

    def current_value(self, item: Any) -> str: ...

    def new_value(self, item: Any) -> str:
        """Raises InvalidInput where a relative change has no current value."""

    def display(self, item: Any, value: str) -> str: ...

    def request(self, actor: Actor, item: Any, value: str, reason: str) -> None:
        """Raises AdsEngineError, and then nothing is changed."""


@dataclass(frozen=True)
class Switch:
    to: str

    @property
    def may_raise(self) -> bool:
        return self.to == Wanted.ACTIVE

    def current_value(self, item: Any) -> str:
        return str(item.wanted)

    def new_value(self, item: Any) -> str:
        return self.to

    def display(self, item: Any, value: str) -> str:
        return value

    def request(self, actor: Actor, item: Any, value: str, reason: str) -> None:
        if value != self.to:
            raise InvalidInput(f"{value!r} is not what was chosen.", field="change")
        if isinstance(item, Campaign):
            services.set_status(actor=actor, campaign=item, to=value, reason=reason)
        elif isinstance(item, AdGroup):
            services.set_ad_group_status(actor=actor, ad_group=item, to=value, reason=reason)
        else:
            services.set_ad_status(actor=actor, ad=item, to=value, reason=reason)


@dataclass(frozen=True)
class BudgetRule:
    """The value of an amount or a percentage is signed."""

    how: How
    value: Decimal

    def new(self, campaign: Campaign) -> Money:
        """Rounded down to what the platform counts, so that a percentage never gives more than it
        says."""
        currency = campaign.account.currency
        if self.how == How.SET:
            return Money.parse(self.value, currency, field="value")
        present = campaign.daily_budget
        if present is None:
            raise InvalidInput("It has no daily budget to start from.", field="value")
        if self.how == How.AMOUNT:
            step = Money.parse(self.value, currency, field="value")
            return Money(present.amount + step.amount, currency)
        part = Money(present.amount * (100 + self.value) / 100, currency)
        return in_steps(campaign.account, part)


@dataclass(frozen=True)
class Budget:
    rule: BudgetRule | None = None
    """None for changes that were shown already: the form sends their values."""

    @property
    def may_raise(self) -> bool:
        return True

    def current_value(self, item: Campaign) -> str:
        return "" if item.daily_budget_micros is None else str(item.daily_budget_micros)

    def new_value(self, item: Campaign) -> str:
        assert self.rule is not None
        return str(self.rule.new(item).micros)

    def display(self, item: Campaign, value: str) -> str:
        return str(item.account.money(_micros(value))) if value else DASH

    def request(self, actor: Actor, item: Campaign, value: str, reason: str) -> None:
        budget = item.account.money(_micros(value))
        services.set_daily_budget(actor=actor, campaign=item, budget=budget, reason=reason)


@dataclass(frozen=True)
class Rename:
    name: str

    @property
    def may_raise(self) -> bool:
        return False

    def current_value(self, item: Campaign) -> str:
        return item.name

    def new_value(self, item: Campaign) -> str:
        return self.name

    def display(self, item: Campaign, value: str) -> str:
        return value

    def request(self, actor: Actor, item: Campaign, value: str, reason: str) -> None:
        if not value:
            raise InvalidInput("A name has 1 to 200 characters.", field="name")
        services.update_campaign(actor=actor, campaign=item, name=value, reason=reason)


@dataclass(frozen=True)
class LastDay:
    day: str
    """As an ISO date."""

    @property
    def may_raise(self) -> bool:
        return True

    def current_value(self, item: Campaign) -> str:
        return item.end.isoformat() if item.end else ""

    def new_value(self, item: Campaign) -> str:
        return self.day

    def display(self, item: Campaign, value: str) -> str:
        return format_day(iso_day(value)) if value else DASH

    def request(self, actor: Actor, item: Campaign, value: str, reason: str) -> None:
        services.update_campaign(actor=actor, campaign=item, end=iso_day(value), reason=reason)


@dataclass(frozen=True)
class LabelChange:
    """The value is the label, or nothing."""

    name: str
    on: bool

    @property
    def may_raise(self) -> bool:
        return False

    def current_value(self, item: Campaign) -> str:
        has = any(label.name.casefold() == self.name.casefold() for label in item.labels.all())
        return self.name if has else ""

    def new_value(self, item: Campaign) -> str:
        return self.name if self.on else ""

    def display(self, item: Campaign, value: str) -> str:
        others = [n.name for n in item.labels.all() if n.name.casefold() != self.name.casefold()]
        return ", ".join([*others, *([value] if value else [])]) or DASH

    def request(self, actor: Actor, item: Campaign, value: str, reason: str) -> None:
        change = services.add_label if self.on else services.remove_label
        change(actor=actor, advertiser=item.account.advertiser, campaigns=[item], name=self.name)


def iso_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{text[:20]!r} is not a day. Write it as 2026-03-31.", field="value"
        ) from None


def _micros(value: str) -> int:
    if not _MICROS.fullmatch(value):
        raise InvalidInput(f"{value[:20]!r} is not a budget.", field="change")
    return int(value)


def read_action(name: str, given: Mapping[str, str], *, confirmed: bool = False) -> Action | None:
    """None while an input is missing (how much, which label).

    Raises InvalidInput on `do`, `value` or `label`. `confirmed`: of a POST.
    """
    if name in {Do.PAUSE, Do.RESUME}:
        return Switch(Wanted.PAUSED if name == Do.PAUSE else Wanted.ACTIVE)
    if name in {Do.LABEL, Do.UNLABEL}:
        text = " ".join(given.get("label", "").replace("\x00", "").split())[:60]
        return LabelChange(text, on=name == Do.LABEL) if text else None
    if name != Do.BUDGET:
        raise InvalidInput("Choose what to do with the ticked rows.", field="do")
    if confirmed:
        return Budget()
    return Budget(_rule(given)) if given.get("value", "").strip() else None


def _rule(given: Mapping[str, str]) -> BudgetRule:
    how, text = given.get("how") or How.SET, given["value"].strip()
    plain = text.replace("\N{MINUS SIGN}", "-").removesuffix("%").strip()
    value = read_number(plain)
    if value is None:
        raise InvalidInput(
            f"{text[:40]!r} is not a number. Write it like 1250.50, or 10 for a percentage.",
            field="value",
        )
    if how not in set(How):
        raise InvalidInput("Enter an amount or a percentage.", field="value")
    if how == How.PERCENT and not -100 < value <= MOST_PERCENT:
        raise InvalidInput(f"A percentage lies above -100 and up to {MOST_PERCENT}.", field="value")
    return BudgetRule(How(how), value)
