"""Builders of arms and campaigns, given to tests as fixtures."""

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

FIRST_DAY = dt.date(2026, 1, 1)


def build_arm(arm_id: str | int, clicks: Sequence[int], **other: Any) -> dict[str, Any]:
    """An arm with one row a day; other measures are one number for every day."""
    usual = {"impressions": 10_000, "conversions": 0, "spend": 0, "revenue": 0} | other
    rows = [
        {"date": FIRST_DAY + dt.timedelta(days=d), "clicks": count, **usual}
        for d, count in enumerate(clicks)
    ]
    return {"id": arm_id, "daily": rows}


def build_campaign(campaign_id: str, **fields: Any) -> dict[str, Any]:
    usual = {
        "platform": "google",
        "status": "active",
        "min_budget": Decimal(5),
        "current_budget": Decimal(100),
        "history": None,
    }
    return {"id": campaign_id, **usual, **fields}


def build_history(days: int, spend: float, conversions: float, revenue: float) -> dict[str, Any]:
    return {
        "date": [FIRST_DAY + dt.timedelta(days=d) for d in range(days)],
        "budget": [spend] * days,
        "spend": [spend] * days,
        "impressions": [1000] * days,
        "clicks": [50] * days,
        "conversions": [conversions] * days,
        "revenue": [revenue] * days,
    }


@pytest.fixture
def arm() -> Callable[..., dict[str, Any]]:
    return build_arm


@pytest.fixture
def campaign() -> Callable[..., dict[str, Any]]:
    return build_campaign


@pytest.fixture
def history() -> Callable[..., dict[str, Any]]:
    return build_history
