"""All three clients bring the platform's own words on a disapproved ad."""

from __future__ import annotations

import pytest

from tests.platforms.contract.side import Made, Side

pytestmark = pytest.mark.usefixtures("market_clock")


def test_words_of_the_review_come_with_the_structure(side: Side, made: Made) -> None:
    spec, refs = made
    side.client.set_status(refs[0], "active")
    bad, good = refs[2:4]
    side.sandbox.rewrite_ad(bad.remote_id, "A miracle cure for feet.")
    side.sandbox.advance(days=1)
    [campaign] = side.campaigns_named(spec)
    ads = {ad.remote_id: ad for ad in campaign.ad_groups[0].ads}
    assert ads[bad.remote_id].status == "rejected"
    assert "miracle cure" in ads[bad.remote_id].review_words
    assert (ads[good.remote_id].status, ads[good.remote_id].review_words) == ("active", "")
