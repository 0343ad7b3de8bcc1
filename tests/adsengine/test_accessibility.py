"""Every page in a real browser: no serious accessibility finding, light and dark, and the time
until its largest part is there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from agents.services import plan_brief
from campaigns.models import Campaign
from campaigns.services import create_brief
from core.common import clock, dates
from core.models import Actor, Advertiser, Incident
from optimization import services
from optimization.models import PacingPlan
from platforms.models import AdAccount
from tests.campaigns.page_rows import deliver, make_account, make_ad, make_campaign
from tests.fixtures.people import People
from tests.fixtures.videos import video
from tests.fixtures.world import brief_wish, picture
from tests.journeys.steps import sign_in
from tests.optimization.live import WORKER, passed

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SERIOUS = {"serious", "critical"}
LARGEST_PAINT_MS, LAYOUT_SHIFT, LOADS = 2500, 0.1, 3
MEASURED = ("", "campaigns/", "analytics/", "optimisation/", "ab-tests/")
_WATCH = """
window.seen = {paint: 0, shift: 0};
new PerformanceObserver(list => {
  for (const e of list.getEntries()) window.seen.paint = e.startTime;
}).observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver(list => { for (const e of list.getEntries())
  if (!e.hadRecentInput) window.seen.shift += e.value; })
  .observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture
def world(advertiser: Advertiser, people: People) -> dict[str, int]:
    """Something on every page."""
    actor = Actor.person(people.admin)
    account = make_account(advertiser, "meta", synced_market_at=clock.market_now())
    AdAccount.objects.filter(pk=account.pk).update(synced_at=clock.real_now())
    campaign = make_campaign(account)
    yesterday = dates.today(account.time_zone) - timedelta(days=1)
    film = video(advertiser)
    for name, clicks in (("Blue", 80), ("Red", 40)):
        ad = make_ad(campaign, name)
        assert ad.creative is not None
        ad.creative.assets.add(film if name == "Blue" else picture(advertiser))
        for back in range(20):
            deliver(ad, yesterday - timedelta(days=back), clicks=clicks + back % 3)
    run = passed(advertiser)
    Incident.open(advertiser, "x:1", title="No figures", next_step="Sync the account.")
    PacingPlan.objects.create(
        advertiser=advertiser, name="Month", currency="USD", total_micros=10**9, created_by="x"
    )
    wish = brief_wish(advertiser, [account], image_ids=(film.pk, picture(advertiser).pk))
    brief = create_brief(actor=actor, advertiser=advertiser, content=wish)
    plan_brief(actor=actor, brief=brief)
    test = services.create_test(actor=WORKER, campaign=campaign, metric="cvr")
    return {"campaign": campaign.pk, "test": test.pk, "run": run.pk, "brief": brief.pk}


def addresses(ids: dict[str, int]) -> list[str]:
    return [
        *MEASURED,
        f"campaigns/{ids['campaign']}/",
        "campaigns/ad-groups/?status=active&cols=setup",
        "campaigns/ads/?search=nothing",
        f"campaigns/bulk/?do=budget&how=percent&value=10&campaigns={ids['campaign']}",
        f"campaigns/{ids['campaign']}/edit/daily_budget/?value=21",
        "creatives/",
        "creatives/pictures/",
        "briefs/",
        "briefs/new/",
        f"briefs/{ids['brief']}/",
        "ab-tests/new/",
        f"ab-tests/{ids['test']}/",
        "pacing/",
        "runs/",
        f"runs/{ids['run']}/",
        "runs/optimize/",
        "automation/",
        "connections/",
        "import/",
        "incidents/",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_finding_or_asks_another_origin(
    page: Any, live_server: Any, people: People, world: dict[str, int], scheme: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.emulate_media(color_scheme=scheme)
    sign_in(page, live_server.url, people.admin.username)
    found = {}
    for address in addresses(world):
        page.goto(f"{live_server.url}/a/acme/{address}")
        violations = Axe().run(page).response["violations"]
        bad = [(v["id"], v["nodes"][0]["html"][:120]) for v in violations if v["impact"] in SERIOUS]
        if bad:
            found[address] = bad
    assert found == {}
    ours = (live_server.url, "data:", "blob:")
    assert [url for url in asked if not url.startswith(ours)] == []
    assert Campaign.objects.exists()


def seen_on(page: Any, url: str) -> dict[str, float]:
    """Of the first load that is there soon, or of the last: another process may have the machine
    for a moment."""
    seen: dict[str, float] = {}
    for _ in range(LOADS):
        page.goto(url, wait_until="networkidle")
        seen = page.evaluate("window.seen")
        if seen["paint"] <= LARGEST_PAINT_MS:
            break
    return seen


def test_pages_are_there_soon_and_stay_where_they_are(
    page: Any, live_server: Any, people: People, world: dict[str, int]
) -> None:
    sign_in(page, live_server.url, people.viewer.username)
    page.add_init_script(_WATCH)
    for address in MEASURED:
        seen = seen_on(page, f"{live_server.url}/a/acme/{address}")
        assert 0 < seen["paint"] <= LARGEST_PAINT_MS, address
        assert seen["shift"] <= LAYOUT_SHIFT, address


def test_figures_are_readable_before_the_chart_and_it_is_drawn_when_scrolled_to(
    page: Any, live_server: Any, people: People, world: dict[str, int]
) -> None:
    sign_in(
        page, f"{live_server.url}/a/acme/campaigns/{world['campaign']}/", people.viewer.username
    )
    chart = page.locator(".chart").first
    assert page.locator(".numbers table td").first.text_content()
    chart.scroll_into_view_if_needed()
    page.wait_for_selector(".chart .main-svg")


_WIDEST = """
[...document.querySelectorAll("main *")]
  .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest(".scroll"))
  .slice(0, 3).map(e => e.outerHTML.slice(0, 90))
"""
WILD = (
    "<script>document.title='run'</script>",
    "\u202eحملة الأحذية\u202c 🥾🏔️ & \"quotes\" 'too'",
    "x" * 200,
    "<img src=x onerror=document.title='run'>" + "ü" * 150,
)


def test_names_of_any_kind_break_no_page_and_run_no_script(
    page: Any, live_server: Any, people: People, world: dict[str, int], advertiser: Advertiser
) -> None:
    account = Campaign.objects.get(pk=world["campaign"]).account
    yesterday = dates.today(account.time_zone) - timedelta(days=1)
    for name in WILD:
        campaign = make_campaign(account, name)
        for text in WILD[:2]:
            deliver(make_ad(campaign, text), yesterday, clicks=50)
    passed(advertiser, "wild")
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, live_server.url, people.admin.username)
    wide = {}
    for address in addresses(world):
        page.goto(f"{live_server.url}/a/acme/{address}")
        assert page.title() != "run", address
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if over > 0:
            wide[address] = page.evaluate(_WIDEST)
    assert wide == {}


def test_a_sketch_is_there_before_the_library_which_comes_by_itself(
    page: Any, live_server: Any, people: People, world: dict[str, int]
) -> None:
    sign_in(page, live_server.url, people.viewer.username)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/a/acme/campaigns/{world['campaign']}/")
    chart = page.locator(".chart").first
    height = chart.bounding_box()["height"]
    assert chart.locator(".sketch-line").count() >= 1
    assert [url for url in asked if "plotly" in url] == []
    page.wait_for_selector(".chart .main-svg")
    assert chart.locator(".sketch").count() == 0
    assert chart.bounding_box()["height"] == height
