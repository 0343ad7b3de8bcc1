"""Rows that would count something twice: repeated keys, overlapping periods, campaign beside ads.

Two periods of a campaign's ads are equal or do not overlap; else its own sums would mix them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from campaigns.importing.parsing.advice import map_column, other_account
from campaigns.importing.parsing.layout import Layout
from campaigns.importing.staging import Staged
from campaigns.models import Campaign, DailyMetric, Level
from platforms.models import AdAccount

Span = tuple[int, int]
_DAY_BITS = 22  # the last day of the calendar is 3,652,059
_PERIODS_MEET = (
    "This period and the one of line {line} of the same campaign share days, which would count "
    "twice. Import either days or periods, not both."
)


@dataclass(frozen=True)
class Known:
    """What an import account already has, by the campaign's number in the file."""

    campaign_ids: Mapping[int, int] = field(default_factory=dict)
    spans: Mapping[int, set[Span]] = field(default_factory=dict)


def refuse_repeats(staged: Staged) -> None:
    """Refuses both of two rows with one key: one of them is wrong, or they are parts of a sum."""

    def key(row: int) -> int:
        days = staged.last[row] << _DAY_BITS | staged.first[row]
        return staged.entity[row] << 2 * _DAY_BITS | days

    previous = None
    for row in sorted(staged.rows, key=key):
        if previous is not None and key(previous) == key(row):
            for one, other in ((previous, row), (row, previous)):
                staged.refuse(one, "", _repeat(staged, other))
        previous = row


def refuse_crossing(staged: Staged, layout: Layout) -> None:
    """Rows of one campaign in the file whose periods share days without being the same."""
    column = layout.header("period" if "period" in layout.columns else "last")
    for by_span in _rows_by_span(staged, _with_periods(staged)).values():
        reach: Span | None = None
        for span in sorted(by_span):
            if reach is not None and span[0] <= reach[1]:
                for one, other in ((span, reach), (reach, span)):
                    line = staged.line[by_span[other][0]]
                    for row in by_span[one]:
                        staged.refuse(row, column, _PERIODS_MEET.format(line=line))
            reach = span if reach is None or span[1] > reach[1] else reach


def look_up(account: AdAccount | None, staged: Staged) -> Known:
    """The file's campaigns in this account, and the periods for which they have numbers."""
    span = staged.span()
    if account is None or span is None:
        return Known()
    names = Campaign.objects.filter(account=account, origin=Campaign.Origin.IMPORT)
    numbers = {
        pk: staged.campaigns[name]
        for name, pk in names.order_by("pk").values_list("name", "pk")
        if name in staged.campaigns
    }
    spans: dict[int, set[Span]] = defaultdict(set)
    for pk, first, last in _stored_rows(account, *span):
        if pk in numbers:
            spans[numbers[pk]].add(((first or last).toordinal(), last.toordinal()))
    return Known({number: pk for pk, number in numbers.items()}, spans)


def refuse_known_crossing(staged: Staged, layout: Layout, known: Known) -> None:
    """Rows whose period shares days with another period imported before."""
    periods = {n for n, spans in known.spans.items() if any(a != b for a, b in spans)}
    column = layout.header(next(f for f in ("date", "period", "last") if f in layout.columns))
    crossing = _rows_by_span(staged, (periods | _with_periods(staged)) & known.spans.keys())
    for campaign, by_span in crossing.items():
        for span, rows in by_span.items():
            other = _overlapping(span, known.spans[campaign])
            for row in rows if other else ():
                staged.refuse(row, column, _overlap_text(*(other or span)))


def refuse_campaign_beside_ads(staged: Staged, account: AdAccount | None, known: Known) -> None:
    """A file without ads must not contradict ads that were imported before."""
    span = staged.span()
    if staged.has_ads or account is None or span is None or not known.campaign_ids:
        return
    ads = DailyMetric.objects.filter(account=account, level=Level.AD, day__range=span)
    taken = {(pk, day.toordinal()) for pk, day in ads.values_list("campaign_id", "day").distinct()}
    for row in list(staged.rows) if taken else []:
        if (known.campaign_ids.get(staged.campaign(row)), staged.last[row]) in taken:
            staged.refuse(
                row,
                "",
                other_account(
                    "The ads of this campaign were imported for this day, and its numbers are "
                    "their sum. Import the ad report again, or this one into another account."
                ),
            )


def _repeat(staged: Staged, other: int) -> str:
    same = "campaign, ad group, ad and day" if staged.has_ads else "campaign and day"
    case = (
        "If two ads of an ad group have the same name, use the column with the ad's id."
        if staged.has_ads
        else "If the report is by ad, use the column with the ad."
    )
    problem = (
        f"Same {same} as line {staged.line[other]}. Remove one. If the report is broken down "
        f"further (age, device, hour), export it without. {case}"
    )
    return map_column(problem, "ad")


def _with_periods(staged: Staged) -> set[int]:
    return {staged.campaign(row) for row in staged.rows if staged.first[row] != staged.last[row]}


def _rows_by_span(staged: Staged, campaigns: Iterable[int]) -> dict[int, dict[Span, list[int]]]:
    found: dict[int, dict[Span, list[int]]] = {n: defaultdict(list) for n in campaigns}
    for row in staged.rows if found else ():
        if (by_span := found.get(staged.campaign(row))) is not None:
            by_span[staged.first[row], staged.last[row]].append(row)
    return found


def _stored_rows(
    account: AdAccount, first: date, last: date
) -> Iterable[tuple[int, date | None, date]]:
    meets = Q(day__lte=last) | Q(period_first__lte=last)
    rows = DailyMetric.objects.filter(meets, account=account, level=Level.CAMPAIGN, day__gte=first)
    return rows.values_list("campaign_id", "period_first", "day").iterator()


def _overlapping(span: Span, spans: set[Span]) -> Span | None:
    if span in spans:
        return None
    return next((s for s in spans if s[0] <= span[1] and span[0] <= s[1]), None)


def _overlap_text(first: int, last: int) -> str:
    return other_account(
        f"This campaign has numbers for {date.fromordinal(first)} to {date.fromordinal(last)} from "
        "an earlier import; these days would count twice. Import the same periods as before, or "
        "use another account."
    )
