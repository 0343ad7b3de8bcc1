"""The sandbox in its own process, with more campaigns in each account than by default."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.serve import STATE_FILE
from sandbox.world.model import PLATFORMS, Account, Ad, AdGroup, Campaign
from sandbox.world.world import World

ADS_PER_CAMPAIGN = 10
START = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
_OBJECTIVES = {"google": "SEARCH", "meta": "OUTCOME_TRAFFIC", "tiktok": "TRAFFIC"}


def campaigns_per_platform(*, tiny: bool) -> list[int]:
    """One hundred campaigns, a thousand ads in all."""
    return [1, 1, 1] if tiny else [34, 33, 33]


@contextmanager
def running_market(folder: Path, *, tiny: bool) -> Iterator[dict[str, str]]:
    """Seed a world, serve it with `manage.py sandbox`, and return its settings."""
    state = folder / "sandbox"
    state.mkdir()
    world = World(11, START, state / STATE_FILE, outside=False)
    for platform, count in zip(PLATFORMS, campaigns_per_platform(tiny=tiny), strict=True):
        with world.transaction():
            for number in range(count):
                _add_campaign(world, world.account(platform), number)
    world.close()
    command = [sys.executable, "manage.py", "sandbox", "--json", f"--state-dir={state}"]
    # What is measured is our own work, not the wait for a new app's calls.
    command.append("--tiktok-level=ultimate")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            info = folder / "sandbox.json"
            info.write_text(process.stdout.readline(), encoding="utf-8")
            yield {
                "ADSENGINE_SANDBOX_INFO": str(info),
                "ADSENGINE_TIKTOK_QUERIES_PER_SECOND": "50",
            }
        finally:
            process.terminate()


def _add_campaign(world: World, account: Account, number: int) -> None:
    """Adds a campaign that was created on the platform three weeks ago and delivers."""
    platform, made = account.platform, START - timedelta(days=21)
    campaign = Campaign(
        world.new_id(platform, "campaign"),
        platform,
        account.id,
        f"Campaign {number}",
        "active",
        made,
        daily_budget_micros=200_000_000,
        objective=_OBJECTIVES[platform],
        outside=True,
    )
    world.add_campaign(campaign)
    group_id = world.new_id(platform, "ad_group")
    world.add_ad_group(
        AdGroup(group_id, platform, account.id, campaign.id, f"Group {number}", "active", made)
    )
    for ad in range(ADS_PER_CAMPAIGN):
        text = f"Offer {ad} of {number}"
        world.add_ad(
            Ad(
                world.new_id(platform, "ad"),
                platform,
                account.id,
                campaign.id,
                group_id,
                text,
                "active",
                made,
                signature=text,
                texts=[text],
            )
        )
