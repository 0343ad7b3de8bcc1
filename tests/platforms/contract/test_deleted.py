"""All three clients still read the figures of what was deleted, and list it no more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from platforms.types import Level, MetricRow, RemoteRef
from tests.platforms.contract.side import Made, Side

pytestmark = pytest.mark.usefixtures("market_clock")


def figures(side: Side, level: Level, refs: list[RemoteRef]) -> list[MetricRow]:
    """Of the finished days, by entity and day."""
    last = side.sandbox.today(side.name) - timedelta(days=1)
    ids = {ref.remote_id for ref in refs}
    found = side.client.read_metrics(level, last - timedelta(days=3), last)
    own = [row for row in found if row.remote_id in ids]
    return sorted(own, key=lambda row: (row.remote_id, row.day))


@pytest.mark.parametrize("kind", ["ad", "ad_group", "campaign"])
def test_deleted_objects_keep_their_figures_and_leave_the_structure(
    side: Side, made: Made, kind: str
) -> None:
    spec, refs = made
    campaign, group, *ads = refs
    side.client.set_status(campaign, "active")
    side.sandbox.advance(days=5)
    by_ad, by_campaign = figures(side, "ad", ads), figures(side, "campaign", [campaign])
    assert {row.remote_id for row in by_ad} == {ad.remote_id for ad in ads}
    gone = {"ad": ads[0], "ad_group": group, "campaign": campaign}[kind]
    side.sandbox.delete(gone.kind, gone.remote_id)
    assert figures(side, "ad", ads) == by_ad
    assert figures(side, "campaign", [campaign]) == by_campaign
    left = side.campaigns_named(spec)
    groups = [each for found in left for each in found.ad_groups]
    assert len(left) == (kind != "campaign")
    assert len(groups) == (kind == "ad")
    assert [ad.remote_id for each in groups for ad in each.ads] == (
        [ads[1].remote_id] if kind == "ad" else []
    )
    assert side.client.find_by_reference(gone.kind, gone.reference, gone.parent_id) == []
