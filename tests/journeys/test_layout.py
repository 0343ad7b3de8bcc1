"""What stays in view, and where things stand, from a phone to a very wide screen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.common import dates
from core.models import Advertiser
from tests.campaigns.page_rows import deliver, make_account, make_campaign
from tests.fixtures.browser import every_browser
from tests.fixtures.people import People
from tests.journeys.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "Boots " + "x" * 500
SCROLL = """([left, top]) => {
  const list = document.querySelector(".scroll:has(> .table.list)");
  list.scrollIntoView({ block: "end" });
  list.scrollTo(left, top);
  return [list.scrollLeft, list.scrollTop];
}"""


@pytest.fixture
def filled(page: Any, live_server: Any, people: People, advertiser: Advertiser) -> Any:
    yesterday = dates.today(advertiser.time_zone) - timedelta(days=1)
    account = make_account(advertiser)
    for number, name in enumerate((LONG, *(f"Hats {number:02}" for number in range(20)))):
        deliver(make_campaign(account, name), yesterday, spend=90 - number)
    sign_in(page, live_server.url, people.approver.username)
    return page


def box(part: Any) -> dict[str, float]:
    found: dict[str, float] = part.bounding_box()
    return found


def open_list(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.get_by_role("link", name="All 21 campaigns").click()
    page.get_by_role("heading", name="Campaigns", level=1).wait_for()


@every_browser
def test_a_phone_keeps_names_heads_and_sums_in_view(filled: Any) -> None:
    page = filled
    open_list(page, 360)
    assert page.evaluate(SCROLL, [300, 500]) == [300, 500]
    around = box(page.locator(".scroll").last)
    name = box(page.get_by_role("rowheader", name="Hats 10"))
    assert abs(name["x"] - around["x"]) < 2
    assert 120 <= name["width"] <= 0.42 * 360
    assert page.locator("tbody tr").first.bounding_box()["height"] < 110
    for edge, part in (("top", "thead"), ("bottom", "tfoot")):
        shown = box(page.locator(f"{part} :is(th, td)").nth(5))
        gap = shown["y"] - around["y"]
        if edge == "bottom":
            gap = around["y"] + around["height"] - shown["y"] - shown["height"]
        assert abs(gap) < 18, part  # where a bar to scroll by takes its room
        assert 0 < shown["y"] < 740, part
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize(("width", "most"), [(1280, 0.4), (390, 0.65)])
def test_a_long_name_leaves_room_for_the_figures_of_the_overview(
    filled: Any, width: int, most: float
) -> None:
    page = filled
    page.set_viewport_size({"width": width, "height": 800})
    name = page.locator("section[aria-labelledby=top-title] tbody th").first
    assert name.get_by_role("link").get_attribute("title") == LONG
    assert box(name)["width"] <= most * width
    assert box(name)["height"] < 110


@pytest.mark.parametrize("width", [1440, 2560, 3840])
def test_the_page_and_its_bar_stand_in_the_middle(filled: Any, width: int) -> None:
    page = filled
    page.set_viewport_size({"width": width, "height": 900})
    column, main = box(page.locator(".column")), box(page.locator("main"))
    left = main["x"] - column["x"]
    right = column["x"] + column["width"] - main["x"] - main["width"]
    assert abs(left - right) < 2
    stop, tools = box(page.locator(".bar-end")), box(page.locator(".head"))
    assert abs(stop["x"] + stop["width"] - tools["x"] - tools["width"]) < 2


def test_a_range_of_days_is_not_broken_over_lines(filled: Any) -> None:
    page = filled
    page.set_viewport_size({"width": 1440, "height": 900})
    ranges = page.locator(".scope-line .nowrap")
    lines = "parts => parts.map(part => part.getClientRects().length)"
    assert ranges.evaluate_all(lines) == [1, 1]


def test_what_needs_attention_is_no_taller_than_its_words(filled: Any) -> None:
    page = filled
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate(
        "document.querySelector('[aria-labelledby=activity-title]').append("
        "...Array.from({length: 40}, () => document.createElement('br')))"
    )
    attention = box(page.locator("[aria-labelledby=attention-title]"))
    activity = box(page.locator("[aria-labelledby=activity-title]"))
    assert attention["y"] == activity["y"]
    assert attention["height"] < activity["height"] / 2
