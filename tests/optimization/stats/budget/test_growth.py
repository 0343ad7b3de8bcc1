"""A campaign that grows fast and saturates is not mistaken for late reports or bad days."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from optimization.stats.budget.forecast import forecast

Build = Callable[..., dict[str, Any]]
DAYS, FIRST = 56, dt.date(2026, 1, 1)


def rows(spend: list[float], made: list[float]) -> dict[str, Any]:
    return {
        "date": [FIRST + dt.timedelta(days=d) for d in range(len(spend))],
        "budget": spend,
        "spend": spend,
        "impressions": [1000.0] * len(spend),
        "clicks": spend,
        "conversions": made,
        "revenue": [30 * one for one in made],
    }


@pytest.mark.parametrize("still", [4, 10, 20])
def test_forecast_of_a_giant_that_saturates(campaign: Build, still: int) -> None:
    """Conversions go with the root of spend, which rose tenfold by 19 % a day, `still` days ago."""
    steps = [min(max(d - (DAYS - still - 14), 0), 13) for d in range(DAYS)]
    spend = [100 * 1.19**step for step in steps]
    ripe = np.ones(DAYS)
    ripe[-13:] = [
        0.998,
        0.994,
        0.989,
        0.983,
        0.975,
        0.965,
        0.95,
        0.93,
        0.90,
        0.86,
        0.80,
        0.72,
        0.56,
    ]
    giant = (40 * np.sqrt(np.array(spend) / 100) * ripe).tolist()
    pool = [campaign("giant", current_budget=Decimal("960"), history=rows(spend, giant))]
    for i in range(4):
        pool.append(campaign(f"c{i}", history=rows([100.0] * DAYS, (10 * ripe).tolist())))
    found = forecast(pool, {"giant": Decimal(str(round(spend[-1], 2)))})
    assert found is not None
    truth = 30 * 40 * np.sqrt(spend[-1] / 100)
    assert found.campaigns["giant"].mean == pytest.approx(truth, rel=0.2)
    assert found.campaigns["c0"].mean == pytest.approx(300, rel=0.11)
