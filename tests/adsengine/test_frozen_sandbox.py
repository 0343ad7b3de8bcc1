"""With the sandbox frozen, pages answer, and the stop switch and a pause above all.

The limits are generous: they tell a page that waits for a vendor from one that does not.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from adsengine.management.story import PASSWORD, SLUG, USERNAME
from tests.adsengine.test_demo import demo, processes

pytestmark = [pytest.mark.stack, pytest.mark.slow]

ACT_WITHIN, READ_WITHIN = 10.0, 15.0  # beside other tests; alone it is below a second
PAGES = 10


class Browser:
    """One signed-in person."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(jar)
        self.page = self.get("/accounts/login/")
        self.post("/accounts/login/", username=USERNAME, password=PASSWORD)
        self.page = self.get("/")

    def get(self, path: str) -> str:
        with self._opener.open(self.url + path, timeout=120) as answer:
            self.page = answer.read().decode()
        return self.page

    def post(self, path: str, **fields: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        assert token, self.page[:500]
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
        request = urllib.request.Request(self.url + path, form, {"Referer": self.url + path})
        with self._opener.open(request, timeout=120) as answer:
            return str(answer.read().decode())


@dataclass
class Played:
    """A demo whose campaigns are live, and its sandbox's process."""

    folder: Path
    url: str
    sandbox: int

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "adsengine.sqlite3", timeout=20)) as database:
            return database.execute(query).fetchall()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        os.kill(self.sandbox, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.sandbox, signal.SIGCONT)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("frozen") / "local"
    with demo(folder, "--json") as process:
        assert process.stdout is not None
        access = json.loads(process.stdout.readline())
        [sandbox] = [
            number
            for number in processes(folder)
            if b"\0sandbox\0" in Path(f"/proc/{number}/cmdline").read_bytes()
        ]
        yield Played(folder, access["url"], sandbox)


def seconds(act: object) -> float:
    started = time.monotonic()
    act()  # type: ignore[operator]
    return time.monotonic() - started


def test_ten_pages_a_pause_and_the_stop_switch_answer_at_once(played: Played) -> None:
    live = "SELECT id FROM campaigns_campaign WHERE wanted = 'active' AND origin = 'ours'"
    (campaign,) = played.rows(live)[0]
    base = f"/a/{SLUG}"
    browsers = [Browser(played.url) for _ in range(PAGES + 2)]
    for browser in browsers:  # what is loaded once is loaded
        browser.get(f"{base}/campaigns/")
    readers, pauser, stopper = browsers[:PAGES], browsers[PAGES], browsers[PAGES + 1]
    paths = [f"{base}/", f"{base}/campaigns/"] * (PAGES // 2)
    with played.frozen():
        time.sleep(1.5)  # every reading of the clock is old
        with ThreadPoolExecutor(PAGES + 2) as pool:
            pages = [
                pool.submit(seconds, lambda b=browser, p=path: b.get(p))
                for browser, path in zip(readers, paths, strict=True)
            ]
            pause = pool.submit(
                seconds,
                lambda: pauser.post(f"{base}/campaigns/{campaign}/status/", to="paused"),
            )
            stop = pool.submit(seconds, lambda: stopper.post(f"{base}/stop/", reason="frozen"))
            taken = {"pause": pause.result(), "stop": stop.result()}
            reads = [page.result() for page in pages]
        wished = played.rows(f"SELECT wanted FROM campaigns_campaign WHERE id = {campaign}")
    assert max(taken.values()) < ACT_WITHIN, taken
    assert max(reads) < READ_WITHIN, reads
    assert wished == [("paused",)]
    assert played.rows("SELECT stop_reason FROM adsengine_advertiser") == [("frozen",)]
