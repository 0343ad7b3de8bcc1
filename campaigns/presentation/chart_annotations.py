"""A campaign's changes on its charts: a line on each day with changes, and a text for each in the
table below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from campaigns.models import Ad, AdGroup, Campaign
from campaigns.presentation.formats import DASH
from campaigns.publish_audit import without_sending
from core.common import dates
from core.common.charts import Chart
from core.common.dates import DayRange
from core.models import AuditEntry

Annotations = dict[date, list[str]]
MOST = 200
HEADING = "Changes"
_STYLE = {"color": "var(--chart-5)", "width": 1.5, "dash": "dot"}
# A series without points, so that the legend names the lines.
_LEGEND = {
    "type": "scatter",
    "mode": "lines",
    "name": HEADING,
    "x": [None],
    "y": [None],
    "line": _STYLE,
    "hoverinfo": "skip",
}


def history(campaign: Campaign) -> QuerySet[AuditEntry]:
    """Entries of the campaign, its ad groups and its ads, the newest first. Sending a
    change to the platform is no change of its own: the page lists those requests separately."""
    groups = AdGroup.objects.filter(campaign=campaign).values("pk")
    ads = Ad.objects.filter(ad_group__campaign=campaign).values("pk")
    mine = (
        Q(target_type="campaign", target_id=campaign.pk)
        | Q(target_type="adgroup", target_id__in=groups)
        | Q(target_type="ad", target_id__in=ads)
    )
    entries = AuditEntry.objects.filter(mine, advertiser=campaign.account.advertiser)
    entries = entries.select_related("budget_change__campaign__account")
    return without_sending(entries)


def annotations_of(campaign: Campaign, days: DayRange) -> Annotations:
    """What was changed on which day of the account's zone, the newest two hundred at most."""
    zone = dates.zone(campaign.account.time_zone)
    first = datetime.combine(days.first, time.min, zone)
    end = datetime.combine(days.last + timedelta(days=1), time.min, zone)
    entries = history(campaign).filter(market_at__gte=first, market_at__lt=end)
    found: Annotations = {}
    for entry in reversed(entries.order_by("-market_at", "-pk")[:MOST]):
        found.setdefault(entry.market_at.astimezone(zone).date(), []).append(entry_text(entry))
    return found


def entry_text(entry: AuditEntry) -> str:
    """ "Set daily budget: $20.00 → $25.00 (Anna)"."""
    of = "" if entry.target_type == "campaign" else f" of {entry.target_name}"
    parts = [
        f"{DASH if before is None else before} → {DASH if after is None else after}"
        for _, before, after in changes(entry)
    ]
    values = f": {', '.join(parts)}" if parts else ""
    action = entry.action[:1].upper() + entry.action[1:]
    return f"{action}{of}{values} ({entry.actor_name})"


def annotate(figure: Chart, days: Sequence[date], by_day: Annotations) -> Chart:
    """The figure with a line and a number on each day with changes, the rows of its table being
    the days."""
    if not by_day:
        return figure
    on = [day for day in days if day in by_day]
    layout: dict[str, Any] = figure.plotly["layout"] | {
        "shapes": [*figure.plotly["layout"].get("shapes", []), *map(_line, on)],
        "annotations": [_number(day, len(by_day[day])) for day in on],
        "margin": figure.plotly["layout"]["margin"] | {"t": 22},
    }
    rows = [
        [*row, "; ".join(by_day.get(day, [])) or DASH]
        for day, row in zip(days, figure.rows, strict=True)
    ]
    note = f"{figure.note} A dotted line is a day with changes.".strip()
    return replace(
        figure,
        plotly={"data": [*figure.plotly["data"], _LEGEND], "layout": layout},
        header=[*figure.header, HEADING],
        rows=rows,
        note=note,
    )


def _line(day: date) -> dict[str, Any]:
    at = day.isoformat()
    where = {"xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1}
    return {"type": "line", "line": _STYLE, **where}


def _number(day: date, count: int) -> dict[str, Any]:
    """How many changes the day had, at the upper end of its line."""
    return {
        "x": day.isoformat(),
        "y": 1,
        "xref": "x",
        "yref": "paper",
        "yanchor": "bottom",
        "text": str(count),
        "hovertext": f"{count} change{'s' if count != 1 else ''}: see the table below",
        "showarrow": False,
        "font": {"size": 10, "color": "var(--chart-5)"},
    }


def changes(entry: AuditEntry) -> list[tuple[str, Any, Any]]:
    """The fields that an entry of `history` changed: label, before, after. A budget change is read
    from its own row; an entry without one shows its stored values."""
    change = getattr(entry, "budget_change", None)
    if change is not None:
        return [("daily budget", change.old, change.new)]
    before, after = (x if isinstance(x, dict) else {} for x in (entry.before, entry.after))
    names = [name for name in after if name not in {"micros", "spec_hash"}]
    return [(_field_label(name), before.get(name), after[name]) for name in names]


def _field_label(name: str) -> str:
    return "Status" if name == "wanted" else name.replace("_", " ")
