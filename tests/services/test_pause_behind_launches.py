"""A real pause on Google reaches the platform while real launches hang on Meta and TikTok."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.services.stage import ROOT, Stage, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.slow]

HANGS_SECONDS = 25
LEAVES_WITHIN = 12.0  # beside other tests; alone it is below 3

_LAUNCH_ON_GOOGLE = """
from tests.benchmarks.launch_faults.person import make_person
from agents import services as plans
from agents.models import Strategy
person = make_person(1)
person.plan(2)
first = Strategy.objects.filter(account__platform='google').order_by('pk').first()
plans.approve(actor=person.actor, strategy=first, seen_hash=first.plan_hash)
jobs.run_due()
first.refresh_from_db()
assert first.state == 'live', (first.state, first.problems)
"""
_LAUNCH_ELSEWHERE = """
from agents import services as plans
from agents.models import Strategy
from core.models import Actor, User
actor = Actor.person(User.objects.get())
for row in Strategy.objects.filter(account__platform__in=('meta', 'tiktok')):
    plans.approve(actor=actor, strategy=row, seen_hash=row.plan_hash)
"""
_PAUSE_ON_GOOGLE = """
import time
from campaigns import services
from campaigns.models import Campaign
from core.models import Actor, User
campaign = Campaign.objects.get(account__platform='google', wanted='active')
asked = time.time()
services.set_status(actor=Actor.person(User.objects.get()), campaign=campaign, to='paused')
open({file!r}, 'w').write(str(asked))
"""


@dataclass
class SandboxStage(Stage):
    """With a sandbox in a process of its own."""

    address: str = ""

    @property
    def env(self) -> dict[str, str]:
        return {**super().env, "ADSENGINE_SANDBOX_INFO": str(self.folder / "sandbox.json")}

    def hang(self, platform: str) -> None:
        """Every call to this platform is answered late from now on."""
        fault: dict[str, Any] = {"platform": platform, "operation": "*", "kind": "delay"}
        body = json.dumps({**fault, "times": 1000, "detail": {"seconds": HANGS_SECONDS}})
        request = urllib.request.Request(
            f"{self.address}/faults", body.encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30):
            pass

    def delayed(self) -> int:
        """How many calls are, or were, answered late."""
        with urllib.request.urlopen(f"{self.address}/faults", timeout=30) as answer:
            return int(json.loads(answer.read())["disturbed"].get("delay", 0))

    def rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "stage.sqlite3", timeout=20)) as database:
            return database.execute(query).fetchall()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[SandboxStage]:
    command = [
        sys.executable,
        "manage.py",
        "sandbox",
        "--json",
        f"--state-dir={tmp_path / 'world'}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            info = process.stdout.readline()
            (tmp_path / "sandbox.json").write_text(info, encoding="utf-8")
            made = SandboxStage(tmp_path, address=json.loads(info)["clock"]["url"])
            made.migrate()
            yield made
        finally:
            process.kill()


def test_a_pause_on_google_does_not_wait_for_launches_that_hang_elsewhere(
    stage: SandboxStage,
) -> None:
    stage.run(_LAUNCH_ON_GOOGLE)
    under_way = "SELECT COUNT(*) FROM adsengine_job WHERE kind = 'execute' AND state = 'running'"
    paused = (
        "SELECT COUNT(*) FROM campaigns_campaign WHERE remote = 'paused' AND remote_id > '' AND"
        " account_id IN (SELECT id FROM platforms_adaccount WHERE platform = 'google')"
    )
    with stage.all_workers():
        stage.hang("meta")
        stage.hang("tiktok")
        stage.run(_LAUNCH_ELSEWHERE)
        wait_until(lambda: stage.rows(under_way) == [(4,)], "not all four launches hang", 120)
        wait_until(lambda: stage.delayed() >= 4, "not all of them are in a call", 60)
        file = stage.folder / "asked"
        stage.run(_PAUSE_ON_GOOGLE.format(file=str(file)))
        wait_until(lambda: stage.rows(paused) == [(1,)], "the pause waits behind launches", 60)
        took = time.time() - float(file.read_text())
        assert stage.rows(under_way) == [(4,)], "the launches no longer hang"
    assert took < LEAVES_WITHIN, took
