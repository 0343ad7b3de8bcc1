"""A platform that spends all it may: the worst one that keeps the vendors' own rules."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from campaigns.spend.max_spend import ONE, OVERSPEND
from core.common.money import Money
from platforms.errors import Rejected
from platforms.interface import ClientConfig
from platforms.types import CampaignChange, RemoteCampaign, RemoteRef


@dataclass
class Vendor:
    """One campaign. `by_factor`: the allowance of a month or week is counted in daily budgets, as
    the emulators do; else in money, at the present budget."""

    platform: str
    name: str
    micros: int
    start: date
    end: date | None
    status: str = "active"
    by_factor: bool = True
    spent: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    factors: dict[date, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    highest: int = 0
    was_on: bool = True
    refuses: bool = False
    """The next write is refused."""
    config: ClientConfig = field(default_factory=lambda: ClientConfig("1", "USD", "UTC", {}))

    def spend_day(self, day: date, part: int) -> None:
        """So many per cent of the most that this day allows."""
        budget = max(self.highest, self.micros)
        runs = self.start <= day and (self.end is None or day <= self.end)
        if runs and self.was_on and budget:
            self.spent[day] = self._most(day, budget) * part // 100
            self.factors[day] = Fraction(self.spent[day], budget)
        self.highest, self.was_on = self.micros, self.status == "active"

    def _most(self, day: date, budget: int) -> int:
        rule = OVERSPEND[self.platform]
        first, last = rule.period_of(day)
        period = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        if self.by_factor:
            used = sum((self.factors[d] for d in period if d in self.factors), Fraction())
            left = int((Fraction(rule.period, ONE) - used) * budget)
        else:
            left = rule.period * self.micros // ONE - sum(self.spent.get(d, 0) for d in period)
        return max(min(rule.day * budget // ONE, left), 0)

    # What a client does.

    def _asked(self) -> None:
        self.config.before_write()
        if self.refuses:
            self.refuses = False
            raise Rejected("Not now.", platform=self.platform)

    def raised_outside(self, micros: int) -> None:
        self.micros = micros
        self.highest = max(self.highest, micros)

    def set_daily_budget(self, ref: RemoteRef, budget: Money) -> None:
        self._asked()
        self.micros = budget.micros
        self.highest = max(self.highest, self.micros)

    def set_status(self, ref: RemoteRef, status: str) -> None:
        self._asked()
        self.status = status
        self.was_on = self.was_on or status == "active"

    def update_campaign(self, ref: RemoteRef, change: CampaignChange) -> None:
        self._asked()
        self.name = change.name or self.name
        self.start, self.end = change.start or self.start, change.end or self.end

    def read_campaign(self, remote_id: str) -> RemoteCampaign:
        return RemoteCampaign(
            remote_id=remote_id,
            name=self.name,
            status=self.status,  # type: ignore[arg-type]
            objective="traffic",
            daily_budget=Money.from_micros(self.micros, "USD"),
            budget_on="campaign",
            start=self.start,
            end=self.end,
        )

    def close(self) -> None:
        pass

    def __call__(self, config: ClientConfig) -> Vendor:
        self.config = config
        return self
