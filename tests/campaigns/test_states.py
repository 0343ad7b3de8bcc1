"""Empty, filtered away, could not load, old, half of the platforms down: five different states,
each with what to do, on overview, campaigns, creatives and analytics."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns.models import DailyMetric
from campaigns.sync.freshness import cause_of, freshness
from core.common import clock, dates
from core.models import Advertiser
from platforms.models import AdAccount
from tests.campaigns.page_rows import deliver, make_account, make_ad, make_campaign
from tests.fixtures.people import People

PAGES = ("", "campaigns/", "creatives/", "analytics/")
every_page = pytest.mark.parametrize("path", PAGES)
TOKEN, FAILED = {"state": "needs_token"}, {"sync_error": "Meta is not available at the moment."}
OLD, NEW = timedelta(hours=9), timedelta(minutes=5)

EMPTY = {
    "": "Spend and results of all platforms will be here",
    "campaigns/": "Your campaigns on all platforms will be here",
    "creatives/": "Every ad with its picture or video, texts and results will be here",
    "analytics/": "Every figure of every platform, side by side, will be here",
}
FILTERED = {
    "": "?platform=tiktok",
    "campaigns/": "?search=nothing",
    "creatives/": "?search=nothing",
    "analytics/": "?platform=tiktok",
}
NOTHING_FITS = {
    "": "No figures fit this filter",
    "campaigns/": "No campaign fits this filter",
    "creatives/": "No ad fits this filter",
    "analytics/": "No figures fit this filter",
}


@pytest.fixture
def seen(client: Client, people: People) -> Any:
    """seen(path): the page as a viewer reads it."""
    client.force_login(people.viewer)

    def read(path: str) -> str:
        answer = client.get(f"/a/acme/{path}")
        assert answer.status_code == 200
        main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split()).replace(" .", ".")

    return read


def account_read(
    advertiser: Advertiser, platform: str, before: timedelta | None, **more: Any
) -> AdAccount:
    """An account with a campaign that delivered yesterday, last read `before` now."""
    synced = clock.real_now() - before if before is not None else None
    account = make_account(advertiser, platform, synced_at=synced, **more)
    if synced is not None:
        yesterday = dates.today(advertiser.time_zone) - timedelta(days=1)
        campaign = make_campaign(account, f"Boots on {platform}")
        deliver(campaign, yesterday)
        deliver(make_ad(campaign), yesterday)
    return account


@every_page
def test_an_empty_account_says_what_will_be_here_and_the_next_step(
    seen: Any, advertiser: Advertiser, path: str
) -> None:
    advertiser.setup_dismissed_at = clock.real_now()
    advertiser.save()
    page = seen(path)
    assert EMPTY[path] in page
    assert "Connect an account" in page
    assert "could not be loaded" not in page
    assert "fits this filter" not in page


@every_page
def test_nothing_fits_a_filter_and_it_can_be_taken_off(
    seen: Any, advertiser: Advertiser, path: str
) -> None:
    account_read(advertiser, "meta", NEW)
    account_read(advertiser, "tiktok", NEW)
    DailyMetric.objects.filter(account__platform="tiktok").delete()
    page = seen(path + FILTERED[path])
    assert NOTHING_FITS[path] in page
    assert "Show all" in page
    assert "Connect an account" not in page
    assert "There are no figures for these days" not in page
    assert "up to date" not in page


@every_page
@pytest.mark.parametrize(
    ("broken", "why", "remedy"),
    [
        (TOKEN, "Its token no longer works.", "An admin can paste a new one under Connections"),
        (FAILED, "Meta is not available at the moment.", "It is retried automatically every hour"),
    ],
)
def test_what_could_not_be_loaded_says_why_and_what_helps(
    seen: Any, advertiser: Advertiser, path: str, broken: dict[str, Any], why: str, remedy: str
) -> None:
    account_read(advertiser, "meta", None, **broken)
    page = seen(path)
    assert page.count("The figures could not be loaded") == 1
    assert f"Meta: Shop 1 : not synced yet. {why} {remedy}" in page
    assert "takes a few minutes" not in page
    assert "$0.00" not in page  # which would be a figure
    assert EMPTY[path] not in page


@every_page
def test_old_figures_say_since_when_and_what_helps(
    seen: Any, advertiser: Advertiser, path: str
) -> None:
    account_read(advertiser, "meta", OLD)
    page = seen(path)
    assert "The figures are not up to date." in page
    assert "Meta: Shop 1 : last synced 9 h ago, on " in page
    assert "the workers may be stopped. Sync it now" in page
    assert "Boots on meta" in page or path == "creatives/"


@every_page
def test_half_of_the_platforms_down_shows_the_others_and_names_the_old(
    seen: Any, advertiser: Advertiser, path: str
) -> None:
    account_read(advertiser, "google", NEW)
    account_read(advertiser, "meta", timedelta(days=2), **TOKEN)
    account_read(advertiser, "tiktok", OLD, sync_error="TikTok does not answer.")
    page = seen(path)
    says = "The figures of 2 of 3 accounts are not up to date; those of the others are."
    assert page.count(says) == 1
    assert "Meta: Shop 2 : last synced 2 days ago" in page
    assert "Its token no longer works." in page
    assert "TikTok: Shop 3 : last synced 9 h ago" in page
    assert "TikTok does not answer. It is retried automatically every hour" in page
    assert "Google Ads: Shop 1 : last synced" not in page
    if path != "creatives/":
        assert "$300.00" in page  # the figures of all three are shown
    if path == "":
        assert page.count("Not up to date") == 2  # by the two platforms' own figures
    only = seen(f"{path}?platform=google")
    assert "up to date" not in only


@every_page
def test_up_to_date_figures_say_nothing(seen: Any, advertiser: Advertiser, path: str) -> None:
    account_read(advertiser, "meta", NEW)
    account_read(advertiser, "import", None)
    account_read(advertiser, "google", None, state="disconnected")
    page = seen(path)
    assert "up to date" not in page
    assert "could not be loaded" not in page


@every_page
def test_a_first_reading_on_its_way_is_no_failure(
    seen: Any, advertiser: Advertiser, path: str
) -> None:
    account_read(advertiser, "meta", None)
    page = seen(path)
    assert "No figures have been loaded from the platform yet." in page
    assert "The first sync takes a few minutes" in page
    assert "could not be loaded" not in page


def test_an_admin_is_led_to_the_new_token(admin: Client, advertiser: Advertiser) -> None:
    account = account_read(advertiser, "meta", OLD, **TOKEN)
    page = admin.get("/a/acme/").content.decode()
    assert f'<a href="/a/acme/connections/#account-{account.pk}">Paste a new one</a>' in page


def test_a_campaign_tells_of_its_own_account_only(seen: Any, advertiser: Advertiser) -> None:
    account_read(advertiser, "google", NEW)
    meta = account_read(advertiser, "meta", OLD, **TOKEN)
    google, other = (a.campaigns.get().pk for a in (AdAccount.objects.get(platform="google"), meta))
    assert "up to date" not in seen(f"campaigns/{google}/")
    assert "Its token no longer works." in seen(f"campaigns/{other}/")


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        ({"state": "needs_token", "sync_error": "x"}, "token"),
        ({"sync_error": "x", "synced_at": NEW}, "failed"),
        ({"synced_at": NEW}, ""),
        ({"synced_at": OLD}, "silent"),
        ({}, "first"),
        ({"created_at": OLD}, "silent"),
    ],
)
def test_the_cause_of_old_figures(
    advertiser: Advertiser, values: dict[str, Any], cause: str
) -> None:
    given = {n: clock.real_now() - v if isinstance(v, timedelta) else v for n, v in values.items()}
    account = make_account(advertiser)
    AdAccount.objects.filter(pk=account.pk).update(**given)
    account.refresh_from_db()
    assert cause_of(account) == cause


def test_nothing_is_late_without_accounts() -> None:
    found = freshness([])
    assert (found.late, found.could_not_load) == ([], False)
