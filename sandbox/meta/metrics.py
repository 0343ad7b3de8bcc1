"""Metrics of Meta's insights: all text; None for a metric without a value, which is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.market.market import DayRow
from sandbox.meta.params import Params

_PURCHASES = ("purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase")
_LEADS = ("lead", "offsite_conversion.fb_pixel_lead")


@dataclass
class MetaTotals:
    impressions: int = 0
    clicks: int = 0
    link_clicks: int = 0
    conversions: float = 0.0
    spend_micros: int = 0
    revenue_micros: int = 0

    def add(self, row: DayRow) -> None:
        self.impressions += row.impressions
        self.clicks += row.clicks
        # `clicks` also counts reactions and profile taps; about 9 of 10 lead to the site.
        self.link_clicks += row.clicks * 9 // 10
        self.conversions += row.conversions
        self.spend_micros += row.spend_micros
        self.revenue_micros += row.revenue_micros


def _ratio(top: float, bottom: float, digits: int = 6) -> str | None:
    return f"{top / bottom:.{digits}f}" if bottom else None


def _count(value: int) -> str | None:
    return str(value) if value else None


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _action_list(values: dict[str, float]) -> list[Params] | None:
    return [{"action_type": kind, "value": _number(v)} for kind, v in values.items() if v] or None


def _results(leads: bool, value: float) -> dict[str, float]:
    # The same results are listed under several types; their sum would count them twice. (insights)
    return dict.fromkeys(_LEADS if leads else _PURCHASES, value)


def _actions(total: MetaTotals, leads: bool) -> list[Params] | None:
    clicks = {"link_click": total.link_clicks, "landing_page_view": total.link_clicks * 8 // 10}
    return _action_list({**clicks, **_results(leads, total.conversions)})


def _action_values(total: MetaTotals, leads: bool) -> list[Params] | None:
    return None if leads else _action_list(_results(leads, total.revenue_micros / 1e6))


def _costs(total: MetaTotals, leads: bool) -> list[Params] | None:
    if not total.conversions:
        return None
    return _action_list(_results(leads, total.spend_micros / 1e6 / total.conversions))


def _roas(types: tuple[str, ...], total: MetaTotals, leads: bool) -> list[Params] | None:
    if leads or not total.spend_micros or not total.revenue_micros:
        return None
    value = f"{total.revenue_micros / total.spend_micros:.6f}"
    return [{"action_type": kind, "value": value} for kind in types]


def _reach(total: MetaTotals, leads: bool) -> str:
    # Fewer people than impressions, and not additive over days.
    return str(round(total.impressions**0.97))


METRICS: dict[str, Callable[[MetaTotals, bool], Any]] = {
    "impressions": lambda t, _: _count(t.impressions),
    "clicks": lambda t, _: _count(t.clicks),
    "inline_link_clicks": lambda t, _: _count(t.link_clicks),
    "spend": lambda t, _: f"{t.spend_micros / 1e6:.2f}" if t.spend_micros else None,
    "ctr": lambda t, _: _ratio(100 * t.clicks, t.impressions),
    "inline_link_click_ctr": lambda t, _: _ratio(100 * t.link_clicks, t.impressions),
    "cpc": lambda t, _: _ratio(t.spend_micros / 1e6, t.clicks),
    "cpm": lambda t, _: _ratio(t.spend_micros / 1e3, t.impressions),
    "cost_per_inline_link_click": lambda t, _: _ratio(t.spend_micros / 1e6, t.link_clicks),
    "reach": _reach,
    "frequency": lambda t, leads: _ratio(t.impressions, float(_reach(t, leads))),
    "actions": _actions,
    "action_values": _action_values,
    "cost_per_action_type": _costs,
    "purchase_roas": lambda t, leads: _roas(("omni_purchase",), t, leads),
    "website_purchase_roas": lambda t, leads: _roas(_PURCHASES[2:], t, leads),
}
