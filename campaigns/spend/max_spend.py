"""The two figures of what a campaign may spend: a day, and from now to its end.

Every rule about money goes by these two: the gate, caps, pools, plans and pages. Days are those of
the account, amounts are integer micros of its currency. No database is read here.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from platforms.models import Platform

ONE = 1000
"""Multiples of a daily budget are counted in thousandths, so that all sums are of integers."""
DAY = timedelta(days=1)
Period = tuple[date, date]


@dataclass(frozen=True)
class Overspend:
    """How far above the daily budget a platform may go, in thousandths: `day` on one day, and
    `period` over one calendar month or week. `in_words` says so."""

    day: int
    period: int
    period_of: Callable[[date], Period]
    in_words: str


@dataclass(frozen=True)
class Budget:
    """One budget of a campaign, its own or that of one of its ad groups, with its days.

    A budget a day, or, where `total_micros` is set, one over the whole flight. No `first` is a
    start in the past, no `last` is no end.
    """

    daily_micros: int
    first: date | None = None
    last: date | None = None
    total_micros: int | None = None


@dataclass(frozen=True)
class SpendSoFar:
    """What is known of the spend until now, in the account's days."""

    today: date
    reported_to: date | None = None
    """The last day that is fully reported; None where nothing was ever read."""
    days: Mapping[date, int] = field(default_factory=dict)
    """Spend by day as reported, that of today so far included."""
    budgets: Mapping[date, int] = field(default_factory=dict)
    """The highest daily budget that was in force on a day, where it was not the present one."""

    def open_from(self, first: date | None) -> date:
        """The first day of a flight whose spend is not fully reported."""
        unread = self.today if self.reported_to is None else self.reported_to + DAY
        if self.reported_to is None and first is not None:
            return first
        return max(first or unread, min(unread, self.today))

    def spent_since(self, day: date) -> int:
        """Reported spend of the fully reported days from `day` on."""
        closed = self.today if self.reported_to is None else self.reported_to + DAY
        return sum(micros for at, micros in self.days.items() if day <= at < closed)


@dataclass(frozen=True)
class SpendFigures:
    """`per_day` without over-delivery, `can_spend` from now to the end with it. Without an end it
    is counted to the end of the next calendar month."""

    per_day: int
    can_spend: int
    has_end: bool = True
    by_total: bool = False
    """Of budgets over the flight alone."""

    def most(self, other: SpendFigures) -> SpendFigures:
        """The larger of each figure; no end is later than any end."""
        return SpendFigures(
            max(self.per_day, other.per_day),
            max(self.can_spend, other.can_spend),
            self.has_end and other.has_end,
            self.by_total and other.by_total,
        )

    def lifts(self, before: SpendFigures) -> bool:
        """Whether going from `before` to this raises what may be spent."""
        if self.by_total and before.by_total:  # for flight budgets only the total decides
            return self.can_spend > before.can_spend
        if self.per_day > before.per_day:
            return True
        if self.has_end == before.has_end:
            return self.can_spend > before.can_spend
        return before.has_end and self.per_day > 0  # no end is later than any end


NOTHING = SpendFigures(0, 0)


def figures(platform: str, budgets: Iterable[Budget], so_far: SpendSoFar) -> SpendFigures:
    """Both figures of everything that these budgets let a platform spend."""
    found = list(budgets)
    parts = [_share_of(so_far, budget, found) for budget in found]
    per_day = sum(_per_day(b, part) for b, part in zip(found, parts, strict=True))
    most = sum(_can_spend(platform, b, part) for b, part in zip(found, parts, strict=True))
    return SpendFigures(
        per_day,
        most,
        all(budget.last is not None for budget in found),
        bool(found) and all(budget.total_micros is not None for budget in found),
    )


def max_spend(platform: str, daily_micros: int, first: date, last: date) -> int:
    """The most that a flight of this daily budget may cost, before any of it was spent."""
    nothing_spent = SpendSoFar(today=first)
    return figures(platform, [Budget(daily_micros, first, last)], nothing_spent).can_spend


def horizon(today: date) -> date:
    """The last day of the next calendar month: how far a campaign without an end is counted."""
    return _month(_month(today)[1] + DAY)[1]


def highest_by_day(
    steps: Iterable[tuple[date, int, int]], first: date, last: date
) -> dict[date, int]:
    """(day, old, new) of each change to the highest budget in force on each day of a range."""
    changes = sorted(steps, key=lambda step: step[0])
    found: dict[date, int] = {}
    day, budget, at = first, changes[0][1], 0
    while day <= last:
        highest = budget
        while at < len(changes) and changes[at][0] <= day:
            budget = changes[at][2]
            highest = max(highest, budget) if changes[at][0] == day else budget
            at += 1
        found[day] = highest
        day += DAY
    return found


def _share_of(so_far: SpendSoFar, budget: Budget, all_of_them: list[Budget]) -> SpendSoFar:
    """Spend is reported for the campaign: several budgets share it in proportion, rounded down,
    so that no more is taken off than was spent."""
    if len(all_of_them) < 2:
        return so_far
    sizes = [b.total_micros or b.daily_micros for b in all_of_them]
    mine, whole = budget.total_micros or budget.daily_micros, sum(sizes)
    days = {day: micros * mine // whole if whole else 0 for day, micros in so_far.days.items()}
    return SpendSoFar(so_far.today, so_far.reported_to, days)


def _per_day(budget: Budget, so_far: SpendSoFar) -> int:
    if budget.last is not None and budget.last < so_far.today:
        return 0
    if budget.total_micros is None:
        return budget.daily_micros
    first = max(so_far.today, budget.first or so_far.today)
    days = ((budget.last or horizon(so_far.today)) - first).days + 1
    return _divide_up(_left_of_total(budget, so_far), max(days, 1))


def _can_spend(platform: str, budget: Budget, so_far: SpendSoFar) -> int:
    last = budget.last or horizon(so_far.today)
    first = so_far.open_from(budget.first)
    if first > last:
        return 0
    if budget.total_micros is not None:
        return _left_of_total(budget, so_far)
    rule, most, day = OVERSPEND[platform], 0, first
    while day <= last:
        period = rule.period_of(day)
        most += _of_period(rule, budget, so_far, period, (day, min(period[1], last)))
        day = period[1] + DAY
    return _divide_up(most, ONE)


def _of_period(
    rule: Overspend, budget: Budget, so_far: SpendSoFar, period: Period, open_days: Period
) -> int:
    """Thousandths of micros that the open days of one period can still cost."""
    daily, (first, last) = budget.daily_micros, open_days
    known = _known_days(so_far, first, last)
    days = sum(_ceiling(rule, budget, so_far, day) for day in known)
    days += ((last - first).days + 1 - len(known)) * rule.day * daily
    left = _allowance_left(rule, daily, so_far, (period[0], first - DAY), known)
    reported = sum(so_far.days.get(day, 0) * ONE for day in known)  # it is gone already
    return min(days, max(left, reported))


def _known_days(so_far: SpendSoFar, first: date, last: date) -> list[date]:
    """Open days up to today: something of them may be reported, or another budget was in force."""
    end = min(last, so_far.today)
    return [first + DAY * n for n in range((end - first).days + 1)]


def _ceiling(rule: Overspend, budget: Budget, so_far: SpendSoFar, day: date) -> int:
    """A day that is not fully reported counts at its daily maximum, never below its spend so far.
    The highest budget of the day decides: Meta says so of today, and of the others nothing less
    is promised."""
    highest = max(budget.daily_micros, so_far.budgets.get(day, 0))
    return max(rule.day * highest, so_far.days.get(day, 0) * ONE)


def _allowance_left(
    rule: Overspend, daily: int, so_far: SpendSoFar, closed: Period, known: list[date]
) -> int:
    """What the reported days of the running period leave of its allowance for the open ones.

    Their spend is taken off. Where another budget was in force on them, it is counted in daily
    budgets as well, and the larger rest holds: a platform that spent 9 of its 30.4 daily budgets
    still has 21.4 of the new ones, however small these are. Open days on which a higher budget was
    in force may have used their part of it at that budget.
    """
    spent = used = counted = 0
    for day, micros in so_far.days.items():
        if closed[0] <= day <= closed[1]:
            then = so_far.budgets.get(day) or daily or 1
            spent += micros * ONE
            used += micros * ONE * daily // then
            counted += micros * ONE // then
    higher = [b for b in (so_far.budgets.get(day, 0) for day in known) if b > daily]
    at_higher = min(len(higher) * rule.day, max(rule.period - counted, 0))
    more = at_higher * (max(higher, default=daily) - daily)
    return max(rule.period * daily - min(spent, used), 0) + more


def _left_of_total(budget: Budget, so_far: SpendSoFar) -> int:
    spent = so_far.spent_since(budget.first or date.min)
    return max((budget.total_micros or 0) - spent, 0)


def _divide_up(value: int, by: int) -> int:
    return -(-value // by)


def _month(day: date) -> Period:
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def _week(day: date) -> Period:
    """From Sunday to Saturday."""
    sunday = day - DAY * ((day.weekday() + 1) % 7)
    return sunday, sunday + DAY * 6


OVERSPEND: dict[str, Overspend] = {
    Platform.GOOGLE: Overspend(
        2 * ONE,
        30_400,
        _month,
        "Google may spend up to twice the daily budget on a day, and at most 30.4 daily "
        "budgets in a calendar month.",
    ),
    Platform.META: Overspend(
        1_750,
        7 * ONE,
        _week,
        "Meta may spend up to 75 % more than the daily budget on a day, and at most 7 daily "
        "budgets in a week from Sunday to Saturday.",
    ),
    Platform.TIKTOK: Overspend(
        1_250,
        7 * ONE,
        _week,
        "TikTok may spend up to 25 % more than the daily budget on a day, and at most 7 "
        "daily budgets in a week.",
    ),
}
