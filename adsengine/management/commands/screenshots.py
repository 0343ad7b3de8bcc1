"""`manage.py screenshots`: every page of a running AdsEngine, wide and phone, light and dark."""

from __future__ import annotations

import shutil
from argparse import ArgumentParser
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.urls import Resolver404, resolve

WIDTHS = {"wide": (1440, 900), "phone": (390, 844)}
CHART_MS = 20_000
SCHEMES = ("light", "dark")
LAUNCH = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic"]
FILES = {"analytics_csv", "campaigns_csv", "ad_groups_csv", "ads_csv"}
SKIPPED = {"logout", "asset", "schema", "export", "jsi18n", *FILES}


class Command(BaseCommand):
    help = "Follow the links to one page of every kind and save a screenshot of each."
    requires_system_checks: list[Any] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default="http://127.0.0.1:8000")
        parser.add_argument("--user", required=True)
        parser.add_argument("--password", required=True)
        parser.add_argument("--into", type=Path, default=Path("screenshots"))
        parser.add_argument("--only", action="append", default=[], help="a page's route name")
        parser.add_argument("--admin", action="store_true", help="the admin's pages too")

    def handle(self, *args: Any, **options: Any) -> None:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        if path is None:
            raise CommandError("Chromium was not found. On Debian: apt-get install chromium")
        from playwright.sync_api import sync_playwright

        options["into"].mkdir(parents=True, exist_ok=True)
        with sync_playwright() as player:
            browser = player.chromium.launch(executable_path=path, args=LAUNCH)
            state = _sign_in(browser, options)
            pages = _find_pages(browser, state, options)
            for width in WIDTHS:
                for scheme in SCHEMES:
                    self._picture(browser, state, pages, width, scheme, options["into"])
            browser.close()
        self.stdout.write(f"{len(pages)} pages, {4 * len(pages)} pictures in {options['into']}")

    def _picture(
        self, browser: Any, state: Any, pages: dict[str, str], width: str, scheme: str, into: Path
    ) -> None:
        context = _context(browser, state, width, scheme)
        page = context.new_page()
        for name, address in pages.items():
            page.goto(address, wait_until="networkidle")
            _draw_charts(page)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                self.stderr.write(f"{name} ({width}): {wide} px wider than the screen")
            page.screenshot(path=into / f"{name}-{width}-{scheme}.png", full_page=True)
        context.close()


def _draw_charts(page: Any) -> None:
    """A chart is drawn when it scrolls into view after a first mouse movement."""
    charts = page.locator(".chart[data-figure]")
    for number in range(charts.count()):
        chart = charts.nth(number)
        chart.scroll_into_view_if_needed()
        page.mouse.move(10, 10 + number)
        chart.locator(".main-svg").first.wait_for(timeout=CHART_MS)
    page.evaluate("scrollTo(0, 0)")


def _context(browser: Any, state: Any, width: str, scheme: str) -> Any:
    across, down = WIDTHS[width]
    return browser.new_context(
        storage_state=state,
        viewport={"width": across, "height": down},
        color_scheme=scheme,
        reduced_motion="reduce",
    )


def _sign_in(browser: Any, options: dict[str, Any]) -> Any:
    context = browser.new_context()
    page = context.new_page()
    page.goto(options["address"])
    page.get_by_label("Username").fill(options["user"])
    page.get_by_label("Password").fill(options["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state("networkidle")
    state = context.storage_state()
    context.close()
    return state


def _find_pages(browser: Any, state: Any, options: dict[str, Any]) -> dict[str, str]:
    """Route name to the first address with that route that the links lead to."""
    context = _context(browser, state, "wide", "light")
    page, found = context.new_page(), {}
    starts = [options["address"], *([options["address"] + "/admin/"] if options["admin"] else [])]
    queue = deque(starts)
    while queue:
        address = queue.popleft()
        name = _route_name(address, options)
        if name is None or name in found:
            continue
        answer = page.goto(address)
        if answer is None or answer.status != 200 or "html" not in answer.headers["content-type"]:
            continue
        found[name] = page.url
        hrefs = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        queue.extend(urljoin(page.url, href) for href in hrefs)
    context.close()
    only = options["only"]
    return {name: address for name, address in found.items() if not only or name in only}


def _route_name(address: str, options: dict[str, Any]) -> str | None:
    """The route's name; None for other sites, for files and for pages that are not asked for."""
    parts = urlsplit(address)
    if f"{parts.scheme}://{parts.netloc}" != options["address"] or "export" in parts.query:
        return None
    try:
        match = resolve(parts.path or "/")
    except Resolver404:
        return None
    is_admin = "admin" in match.app_names
    if match.url_name in SKIPPED or (is_admin and not options["admin"]):
        return None
    return f"{'admin-' if is_admin else ''}{match.url_name}"
