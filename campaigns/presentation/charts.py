"""What the pages draw: cards with their change, trends, pacing."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from campaigns import selectors
from campaigns.presentation.formats import count, money, percent, times
from campaigns.selectors import MetricTotals
from core.common import dates
from core.common.charts import Chart, Series, time_chart
from core.common.dates import DayRange
from core.common.money import Money
from core.models import Advertiser

Days = Sequence[tuple[date, MetricTotals]]


@dataclass(frozen=True)
class Kpi:
    """One card. `change` is a share of the previous value: 0.12 is +12 %; None: no comparison."""

    name: str
    value: str
    before: str
    change: Decimal | None
    tone: str
    spark: list[float | None]
    target: str = ""
    off_target: str = ""
    """How far the value is from the target, in words; "" without either."""
    target_tone: str = "neutral"

    @property
    def metric(self) -> str:
        """Its key among the measures of analytics."""
        return self.name.lower()

    @property
    def arrow(self) -> str:
        if self.change is None or not round(self.change, 3):
            return ""
        return "▲" if self.change > 0 else "▼"

    @property
    def change_shown(self) -> str:
        return "" if self.change is None else f"{abs(self.change):.1%}"

    @property
    def in_words(self) -> str:
        """For a reader who sees neither colour nor arrow."""
        if self.change is None:
            return "no value to compare with"
        way = "up" if self.change > 0 else "down" if self.change < 0 else "unchanged"
        judged = {"good": ", better", "bad": ", worse"}.get(self.tone, "")
        return f"{way}{judged}, from {self.before}"


# Name, how to read it, how to print it, the good direction (0: neither).
_CARDS: list[tuple[str, Callable[[MetricTotals], Any], Callable[[Any], str], int]] = [
    ("Spend", lambda f: f.spend, money, 0),
    ("Revenue", lambda f: f.revenue, money, 1),
    ("ROAS", lambda f: f.roas, times, 1),
    ("Conversions", lambda f: f.conversions, count, 1),
    ("CPA", lambda f: f.cpa, money, -1),
    ("CTR", lambda f: f.ctr, percent, 1),
]


def kpis(
    now: MetricTotals,
    before: MetricTotals | None,
    by_day: Days,
    advertiser: Advertiser | None = None,
) -> list[Kpi]:
    """`before` is None where nothing is compared."""
    earlier = before or MetricTotals(now.currency)
    targets = _targets(advertiser, now.currency) if advertiser else {}
    cards = []
    for name, read, show, good in _CARDS:
        change = change_of(read(now), read(earlier))
        target = targets.get(name)
        off = change_of(read(now), target)
        cards.append(
            Kpi(
                name,
                show(read(now)),
                show(read(earlier)) if before else "",
                change,
                tone_of(change, good),
                [number(read(f)) for _, f in by_day],
                "" if target is None else show(target),
                _off_target(off),
                tone_of(off, good),
            )
        )
    return cards


def _targets(advertiser: Advertiser, currency: str) -> dict[str, Any]:
    """The name of a card to the value it should have."""
    found: dict[str, Any] = {}
    if advertiser.target_roas is not None:
        found["ROAS"] = advertiser.target_roas
    if advertiser.target_cpa_micros is not None and advertiser.currency == currency:
        found["CPA"] = Money.from_micros(advertiser.target_cpa_micros, currency)
    return found


def _off_target(off: Decimal | None) -> str:
    if off is None:
        return ""
    if not round(off, 3):
        return "at target"
    return f"{abs(off):.1%} {'above' if off > 0 else 'below'} target"


def number(value: Any) -> float | None:
    """For a chart's axis; the printed form is made of the exact value."""
    if value is None:
        return None
    return float(value.amount if isinstance(value, Money) else value)


def change_of(now: Any, before: Any) -> Decimal | None:
    """The change as a share of the previous value; None where that is nothing."""
    if now is None or before is None:
        return None
    new, old = (
        value.amount if isinstance(value, Money) else Decimal(value) for value in (now, before)
    )
    return (new - old) / old if old else None


def tone_of(change: Decimal | None, good: int) -> str:
    if change is None or not good or not round(change, 3):
        return "neutral"
    return "good" if (change > 0) == (good > 0) else "bad"


def roas_chart(now: Days, before: Days, called: str | None = None) -> Chart:
    """The trend and, dotted, the days that it is compared with, in their order."""
    earlier = [figures.roas for _, figures in before][: len(now)]
    earlier += [None] * (len(now) - len(earlier))
    dotted = [_series(called or "Other days", earlier, times, "chart-4", "dotted")]
    return time_chart(
        "roas",
        "ROAS trend",
        [day for day, _ in now],
        [
            _series("ROAS", [f.roas for _, f in now], times, "chart-1"),
            *(dotted if before else []),
        ],
        note="Revenue divided by spend, each day. A gap is a day without spend.",
    )


def spend_chart(now: Days) -> Chart:
    return time_chart(
        "spend",
        "Spend against revenue",
        [day for day, _ in now],
        [
            _series("Spend", [f.spend for _, f in now], money, "chart-3", "bar"),
            _series("Revenue", [f.revenue for _, f in now], money, "chart-2"),
        ],
    )


def _series(
    name: str, values: list[Any], show: Callable[[Any], str], colour: str, kind: Any = "line"
) -> Series:
    return Series(name, [number(v) for v in values], [show(v) for v in values], colour, kind)


@dataclass(frozen=True)
class Pacing:
    """This month's spend against the monthly budget, spread evenly over its days."""

    spent: Money
    budget: Money
    expected: Money
    days_left: int
    before_today: Money
    """Spent on the days that are over, as `expected` is of these."""

    @property
    def used(self) -> Decimal:
        return self.spent.amount / self.budget.amount

    @property
    def due(self) -> Decimal:
        return self.expected.amount / self.budget.amount

    @property
    def bar(self) -> str:
        """Length of what is spent, in hundredths of the bar."""
        return f"{min(self.used, Decimal(1)) * 100:.2f}"

    @property
    def mark(self) -> str:
        """Where the plan is today, in hundredths of the bar."""
        return f"{min(self.due, Decimal('0.994')) * 100:.2f}"

    @property
    def state(self) -> tuple[str, str]:
        """In words and as a tone; within a tenth of the plan is on track."""
        if not self.expected.amount:
            return "Month begins", "off"
        share = self.spent.amount / self.expected.amount
        if self.is_over:
            return "Over plan", "bad"
        return ("Under plan", "wait") if share < Decimal("0.9") else ("On track", "good")

    @property
    def is_over(self) -> bool:
        """More than a tenth above the plan of the days that are over; on the first day there is
        none yet, and what today has spent so far says nothing of it."""
        return 0 < self.expected.amount * Decimal("1.1") < self.before_today.amount

    @property
    def needed(self) -> Money | None:
        """A day from today on, to spend exactly the budget."""
        left = self.budget.amount - self.spent.amount
        if left <= 0 or not self.days_left:
            return None
        return Money(left / self.days_left, self.budget.currency)


def pacing(advertiser: Advertiser, currency: str) -> Pacing | None:
    """None without a monthly budget, or where figures are in another currency than it is."""
    budget = advertiser.monthly_budget
    if budget is None or not budget.amount or currency != advertiser.currency:
        return None
    today = dates.today(advertiser.time_zone)
    first = today.replace(day=1)
    length = monthrange(today.year, today.month)[1]
    done = (today - first).days
    spent = selectors.totals(advertiser, DayRange(first, today), currency=currency).spend
    so_far = selectors.totals(advertiser, DayRange(today, today), currency=currency).spend
    expected = Money(budget.amount * done / length, currency)
    before = Money(spent.amount - so_far.amount, currency)
    return Pacing(spent, budget, expected, length - done, before)
