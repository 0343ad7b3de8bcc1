"""Set-up columns, what an imported report cannot fill, rows on a page and their density."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from campaigns.models import Creative
from core.models import Advertiser
from tests.campaigns.lists.pages import LIST, lines_of, names
from tests.campaigns.page_rows import make_account, make_ad, make_campaign
from tests.fixtures.clients import text

pytestmark = pytest.mark.usefixtures("noon")
TAGGED = "https://shop.example/boots?utm_source=meta&utm_campaign=spring&size=9"


def cells(response: Any, key: str) -> dict[str, str]:
    table = response.context["table"]
    return {r.item.name: c.shown for r in table.rows for c in r.cells if c.column.key == key}


def test_url_tags_are_read_from_the_ads_landing_pages(
    viewer: Client, advertiser: Advertiser
) -> None:
    account = make_account(advertiser)
    pages = {
        "All": [TAGGED, TAGGED],
        "Some": [TAGGED, "https://shop.example/?utm_source="],
        "None": ["https://shop.example/?size=9"],
        "Unknown": [""],
    }
    for name, urls in pages.items():
        campaign = make_campaign(account, name)
        for number, url in enumerate(urls):
            ad = make_ad(campaign, f"{name} {number}")
            Creative.objects.filter(ads=ad).update(landing_url=url)
    seen = viewer.get(f"{LIST}?cols=setup")
    assert cells(seen, "tracking") == {
        "All": "utm_source, utm_campaign",
        "Some": "1 of 2 ads tagged",
        "None": "No URL tags",
        "Unknown": "–",
    }
    ads = cells(viewer.get(f"{LIST}ads/?cols=setup"), "tracking")
    assert ads["Some 0"] == "utm_source, utm_campaign"
    assert ads["Some 1"] == "No URL tags"
    rows = lines_of(viewer.get("/a/acme/campaigns.csv?cols=tracking"))
    filed = {line["Campaign"]: line["URL tags"] for line in rows}
    assert filed["Some"] == "1 of 2 ads tagged"


def test_columns_that_an_imported_report_cannot_fill_are_left_out(
    viewer: Client, advertiser: Advertiser
) -> None:
    make_campaign(make_account(advertiser, "meta"), "Boots")
    report = make_account(advertiser, "import")
    make_campaign(report, "From a file", origin="import", managed=False, daily_budget_micros=None)
    everything = [c.key for c in viewer.get(LIST).context["table"].columns]
    assert "budget" in everything
    for path in (f"{LIST}?platform=import", f"{LIST}?platform=import&cols=setup"):
        keys = {c.key for c in viewer.get(path).context["table"].columns}
        assert not keys & {"budget", "objective", "tracking", "start", "end", "remote_id"}
        assert keys
    assert "Columns: Set-up" in text(viewer.get(f"{LIST}?platform=import&cols=setup"))
    filed = lines_of(viewer.get("/a/acme/campaigns.csv?platform=import"))
    assert "Daily budget (USD)" not in filed[0]


def test_rows_on_a_page_and_their_density_stand_in_the_address(
    viewer: Client, advertiser: Advertiser
) -> None:
    account = make_account(advertiser)
    for number in range(30):
        make_campaign(account, f"Boots {number}")
    seen = viewer.get(f"{LIST}?rows=25&dense=1")
    assert len(names(seen)) == 25
    assert 'class="table list pinned dense"' in text(seen)
    assert "1–25 of 30" in text(seen)
    assert "rows=25" in seen.context["tabs"][2].url
    for odd in ("0", "1000", "x", "-5"):
        assert len(names(viewer.get(f"{LIST}?rows={odd}"))) == 30
    assert "dense" not in text(viewer.get(LIST)).partition("<table")[2].partition(">")[0]
