"""The main metrics in the order of the tables: what each is, and which way is good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from campaigns.presentation.number_format import Kind
from campaigns.selectors import MetricTotals


@dataclass(frozen=True)
class Measure:
    """`good` is the good direction: 1 up, -1 down, 0 neither."""

    key: str
    label: str
    kind: Kind
    good: int
    read: Callable[[MetricTotals], Any]

    def heading(self, currency: str) -> str:
        """With its unit, for files: numbers there carry none."""
        unit = {"money": currency, "percent": "%"}.get(self.kind)
        return f"{self.label} ({unit})" if unit else self.label


MEASURES = (
    Measure("spend", "Spend", "money", 0, lambda f: f.spend),
    Measure("impressions", "Impressions", "whole", 1, lambda f: f.impressions),
    Measure("clicks", "Clicks", "whole", 1, lambda f: f.clicks),
    Measure("ctr", "CTR", "percent", 1, lambda f: f.ctr),
    Measure("cpc", "CPC", "money", -1, lambda f: f.cpc),
    Measure("cpm", "CPM", "money", -1, lambda f: f.cpm),
    Measure("conversions", "Conversions", "count", 1, lambda f: f.conversions),
    Measure("cvr", "CVR", "percent", 1, lambda f: f.cvr),
    Measure("cpa", "CPA", "money", -1, lambda f: f.cpa),
    Measure("revenue", "Revenue", "money", 1, lambda f: f.revenue),
    Measure("roas", "ROAS", "times", 1, lambda f: f.roas),
)
BY_KEY = {measure.key: measure for measure in MEASURES}
