"""All three clients read figures alike."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from platforms.types import Level, MetricRow
from tests.platforms.contract.side import Made, Side

pytestmark = pytest.mark.usefixtures("market_clock")


def rows_of(side: Side, level: Level, ids: set[str], days: int) -> list[MetricRow]:
    last = side.sandbox.today(side.name) - timedelta(days=1)
    found = side.client.read_metrics(level, last - timedelta(days=days - 1), last)
    return [row for row in found if row.remote_id in ids]


def test_metrics_add_up_and_are_restated(side: Side) -> None:
    # Three, so that some conversions come late whatever quality the market draws for these ids.
    trees = [side.create(side.spec(amount="2000.00")) for _ in range(3)]
    for refs in trees:
        side.client.set_status(refs[0], "active")
    ids = {refs[0].remote_id for refs in trees}
    side.sandbox.advance(days=8)
    campaigns = rows_of(side, "campaign", ids, days=7)
    ads = rows_of(side, "ad", {ref.remote_id for refs in trees for ref in refs[2:]}, days=7)
    assert {row.remote_id for row in campaigns} == ids
    assert len({(row.remote_id, row.day) for row in campaigns}) == len(campaigns) >= 15
    assert sum(row.impressions for row in campaigns) > 0
    assert sum(row.clicks for row in campaigns) > 0
    assert {row.spend.currency for row in campaigns} == {"USD"}
    assert by_day(ads) == by_day(campaigns)
    first_seen = {(row.remote_id, row.day): row.conversions for row in campaigns}
    side.sandbox.advance(days=10)
    later = rows_of(side, "campaign", ids, days=17)
    again = {(row.remote_id, row.day): row.conversions for row in later}
    assert first_seen.keys() <= again.keys()
    assert all(again[key] >= seen for key, seen in first_seen.items())
    assert sum(again[key] for key in first_seen) > sum(first_seen.values())


def by_day(rows: list[MetricRow]) -> dict[date, list[Decimal]]:
    """Day to impressions, clicks and spend."""
    sums: defaultdict[date, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for row in rows:
        values = (Decimal(row.impressions), Decimal(row.clicks), row.spend.amount)
        sums[row.day] = [a + b for a, b in zip(sums[row.day], values, strict=True)]
    return dict(sums)


def test_archived_campaign_keeps_its_figures(side: Side, made: Made) -> None:
    _, refs = made
    side.client.set_status(refs[0], "active")
    side.sandbox.advance(days=4)
    side.client.set_status(refs[0], "archived")
    for level, ids in (
        ("campaign", {refs[0].remote_id}),
        ("ad", {ref.remote_id for ref in refs[2:]}),
    ):
        rows = rows_of(side, level, ids, days=3)  # type: ignore[arg-type]
        assert sum(row.spend.amount for row in rows) > 0


def test_days_without_delivery_have_no_row(side: Side, made: Made) -> None:
    _, refs = made
    side.sandbox.advance(days=2)
    assert rows_of(side, "campaign", {refs[0].remote_id}, days=2) == []
