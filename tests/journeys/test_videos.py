"""A marketer's way with a video, in a real browser: uploaded, seen, played, and put in a brief."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from agents.models import Strategy
from campaigns.models import Asset, Brief
from tests.fixtures.people import People
from tests.fixtures.videos import film
from tests.fixtures.world import Sandbox
from tests.journeys.briefs import write_brief
from tests.journeys.steps import sign_in, work_between_polls

pytestmark = [
    pytest.mark.usefixtures("media"),
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def walk(tmp_path: Path) -> str:
    path = tmp_path / "walk.mp4"
    path.write_bytes(film())
    return str(path)


def test_a_video_is_uploaded_seen_and_played(
    page: Any, live_server: Any, people: People, pictures: list[str], walk: str
) -> None:
    sign_in(page, live_server.url, people.editor.username)
    page.get_by_role("link", name="Creatives").first.click()
    page.get_by_role("link", name="Pictures and videos").click()
    page.get_by_label("Pictures and videos for later briefs").set_input_files([walk, pictures[0]])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("1 picture and 1 video saved.")).to_be_visible()
    card = page.locator(".creative", has_text="walk.mp4")
    expect(card).to_contain_text("Video, 0:06, 540×960, not used yet")
    expect(card.locator(".video-tag")).to_have_text("Video, 0:06")

    player, asset = card.locator("video"), Asset.objects.get(kind="video")
    assert player.evaluate("v => [v.paused, v.readyState, v.currentTime]") == [True, 0, 0]
    loaded = page.evaluate(
        "url => fetch(url).then(a => a.headers.get('content-type'))", asset.still_url
    )
    assert loaded == "image/jpeg"
    player.evaluate("v => { v.muted = true; return v.play(); }")
    page.wait_for_function("v => v.currentTime > 0.2", arg=player.element_handle())
    assert player.evaluate("v => [v.videoWidth, v.videoHeight]") == [540, 960]
    assert player.evaluate("v => v.duration") == pytest.approx(6, abs=0.1)
    player.evaluate("v => { v.currentTime = 4.5; }")
    page.wait_for_function("v => !v.seeking && v.currentTime >= 4.5", arg=player.element_handle())


@pytest.mark.usefixtures("accounts")
def test_a_brief_with_a_video_goes_live(
    page: Any, live_server: Any, sandbox: Sandbox, people: People, pictures: list[str], walk: str
) -> None:
    sign_in(page, live_server.url, people.admin.username)
    write_brief(page, [pictures[0], walk])
    expect(page.locator("#pictures input:checked")).to_have_count(2)
    expect(page.locator("#ad-previews .video-tag").first).to_have_text("Video, 0:06")
    page.get_by_role("button", name="Save and plan").click()

    expect(page.get_by_role("heading", name="Boots", level=1)).to_be_visible()
    cards = page.locator("article.plan")
    google, tiktok = cards.nth(0), cards.nth(2)
    expect(google).to_contain_text("The chosen video is left out here: a search ad shows texts")
    expect(tiktok.locator(".mockup-tall img")).to_have_count(2)
    expect(tiktok.locator(".mockup-tall .video-tag")).to_have_text("Video, 0:06")

    work_between_polls(page, re.compile("/progress/"))  # the platforms check the plans
    page.get_by_text("Approve all 3").click()
    page.get_by_role("button", name="Approve all and launch").click()
    expect(google).to_contain_text("A worker takes it up in a moment.")
    work_between_polls(page, re.compile("/progress/"))
    for card in (google, cards.nth(1), tiktok):
        expect(card).to_contain_text("The campaign is live.", timeout=20_000)
    states = Strategy.objects.filter(brief=Brief.objects.get()).values_list("state", flat=True)
    assert set(states) == {Strategy.State.LIVE}
    for platform in ("meta", "tiktok"):
        assert len(sandbox.world.list_objects(platform, "videos")) == 1

    page.goto(f"{live_server.url}/a/acme/creatives/")
    expect(page.locator(".creative .video-tag")).to_have_count(2)
