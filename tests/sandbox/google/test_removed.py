"""What the official client still sees of removed resources, and what it can do to them no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.google.client import ERRORS, codes

if TYPE_CHECKING:
    from tests.sandbox.google.client import GoogleSandbox

REMOVED = "operation_access_denied_error.OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE"
WEEK = "segments.date BETWEEN '2026-11-09' AND '2026-11-15'"
LEVELS = ("campaign", "ad_group", "ad_group_ad")


def first(google: GoogleSandbox, level: str) -> str:
    """The resource name of the first one that was made elsewhere."""
    [row] = google.search(f"SELECT {level}.resource_name FROM {level} LIMIT 1")
    return str(getattr(row, level).resource_name)


def figures(google: GoogleSandbox, level: str, name: str) -> list[tuple[str, int, int]]:
    rows = google.search(
        f"SELECT {level}.resource_name, segments.date, metrics.impressions, metrics.cost_micros "
        f"FROM {level} WHERE {WEEK} AND {level}.resource_name = '{name}' ORDER BY segments.date"
    )
    return [(r.segments.date, r.metrics.impressions, r.metrics.cost_micros) for r in rows]


@pytest.mark.parametrize("level", LEVELS)
def test_removed_resource_is_returned_with_its_figures_unless_filtered(
    google: GoogleSandbox, level: str
) -> None:
    name = first(google, level)
    before = figures(google, level, name)
    assert len(before) == 7
    google.mutate([google.removed(level, name)])
    query = f"SELECT {level}.status FROM {level} WHERE {level}.resource_name = '{name}'"
    [row] = google.search(query)
    assert getattr(row, level).status.name == "REMOVED"
    assert google.search(f"{query} AND {level}.status != 'REMOVED'") == []
    assert figures(google, level, name) == before


def test_children_of_a_removed_campaign_keep_their_own_status_and_figures(
    google: GoogleSandbox,
) -> None:
    campaign, ad = first(google, "campaign"), first(google, "ad_group_ad")
    before = figures(google, "ad_group_ad", ad)
    google.mutate([google.removed("campaign", campaign)])
    [row] = google.search(
        "SELECT ad_group_ad.status, campaign.status FROM ad_group_ad "
        f"WHERE ad_group_ad.resource_name = '{ad}'"
    )
    assert (row.ad_group_ad.status.name, row.campaign.status.name) == ("ENABLED", "REMOVED")
    assert figures(google, "ad_group_ad", ad) == before


def _changes(google: GoogleSandbox) -> dict[str, Any]:
    group, ad = first(google, "ad_group"), first(google, "ad_group_ad")
    [row] = google.search("SELECT ad_group_criterion.resource_name FROM ad_group_criterion LIMIT 1")
    keyword = row.ad_group_criterion.resource_name
    pause = {"status": "PAUSED"}
    return {
        "pause the ad group": google.updated("ad_group", group, ["status"], **pause),
        "pause the ad": google.updated("ad_group_ad", ad, ["status"], **pause),
        "pause the keyword": google.updated("ad_group_criterion", keyword, ["status"], **pause),
        "remove the ad": google.removed("ad_group_ad", ad),
        "add an ad": google.search_ad(group),
        "add a keyword": google.keyword(group, "boots"),
    }


@pytest.mark.parametrize("change", ["pause the ad group", "pause the ad", "remove the ad"])
def test_nothing_below_a_removed_campaign_changes(google: GoogleSandbox, change: str) -> None:
    operation = _changes(google)[change]
    google.mutate([google.removed("campaign", first(google, "campaign"))])
    before = [ad.status for ad in google.world.ads.values()]
    with pytest.raises(ERRORS) as caught:
        google.mutate([operation])
    assert codes(caught.value.failure) == [REMOVED]
    assert [ad.status for ad in google.world.ads.values()] == before


@pytest.mark.parametrize("level", ["campaign", "ad_group"])
@pytest.mark.parametrize("change", ["pause the keyword", "add an ad", "add a keyword"])
def test_nothing_is_added_or_changed_below_what_is_removed(
    google: GoogleSandbox, level: str, change: str
) -> None:
    operation = _changes(google)[change]
    google.mutate([google.removed(level, first(google, level))])
    before = len(google.world.ads)
    with pytest.raises(ERRORS) as caught:
        google.mutate([operation])
    assert codes(caught.value.failure) == [REMOVED]
    assert len(google.world.ads) == before


def test_removed_campaign_is_not_switched_on_and_not_removed_again(google: GoogleSandbox) -> None:
    name = first(google, "campaign")
    google.mutate([google.removed("campaign", name)])
    again = google.updated("campaign", name, ["status"], status="ENABLED")
    for operation in (again, google.removed("campaign", name)):
        with pytest.raises(ERRORS) as caught:
            google.mutate([operation])
        assert codes(caught.value.failure) == [REMOVED]
    assert google.world.campaigns[name.rpartition("/")[2]].status == "removed"
