"""What an oracle is told of the market is what the market gives in the long run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sandbox.market.market import Market
from sandbox.serve import start_sandbox
from sandbox.world.clock import SandboxClock
from sandbox.world.model import PLATFORMS, Ad, AdGroup, Campaign, Entity, Platform
from sandbox.world.world import World

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
BUDGETS = (60, 250, 900)
DAYS = 350  # as many as the clock takes at a time, less some for late orders


def world_of(platform: Platform) -> World:
    """One campaign per budget, of two ads each."""
    world = World(5, START, clock=SandboxClock(START, ticking=False), outside=False)
    account, made = world.account(platform), START - timedelta(days=400)  # fatigue is over
    for budget in BUDGETS:
        campaign = Campaign(
            world.new_id(platform, "campaign"),
            platform,
            account.id,
            f"At {budget}",
            "active",
            made,
            daily_budget_micros=budget * 1_000_000,
            objective="SALES",
        )
        world.add_campaign(campaign)
        key = world.new_id(platform, "ad_group")
        world.add_ad_group(AdGroup(key, platform, account.id, campaign.id, "All", "active", made))
        for text in ("one", "two"):
            number = world.new_id(platform, "ad")
            ad = Ad(number, platform, account.id, campaign.id, key, text, "active", made)
            ad.signature = text
            world.add_ad(ad)
    return world


@pytest.mark.parametrize("platform", PLATFORMS)
def test_expected_spend_and_revenue_are_the_long_run_means(platform: Platform) -> None:
    world = world_of(platform)
    market = Market(world)
    world.clock.advance(days=DAYS + 30)
    first, account = START.date(), world.account(platform).id
    rows = market.rows(account, first, first + timedelta(days=DAYS - 1))
    for budget, campaign in zip(BUDGETS, world.campaigns.values(), strict=True):
        mine = [row for row in rows if row.campaign_id == campaign.id]
        spent = sum(row.spend_micros for row in mine) / 1e6 / DAYS
        earned = sum(row.revenue_micros for row in mine) / 1e6 / DAYS
        spend, revenue = market.expected(campaign, np.array([float(budget)]))
        assert spend[0] == pytest.approx(spent, rel=0.05)
        tired = 1 - 0.12  # what long-shown ads have lost for good
        assert revenue[0] * tired == pytest.approx(earned, rel=0.12)


def test_expected_revenue_is_concave_and_rises() -> None:
    world = world_of("meta")
    campaign = next(iter(world.campaigns.values()))
    _, revenue = Market(world).expected(campaign, np.linspace(0, 2000, 50))
    steps = np.diff(revenue)
    assert revenue[0] == 0
    assert (steps > 0).all()
    assert (np.diff(steps) <= 1e-9).all()


def test_every_update_is_told_with_what_was_set_even_when_it_is_the_same() -> None:
    world = world_of("meta")
    campaign = next(iter(world.campaigns.values()))
    told: list[tuple[str, dict[str, Any]]] = []

    def note(entity: Entity, changes: dict[str, Any]) -> None:
        told.append((entity.id, changes))

    world.on_update = note
    for _ in range(2):
        world.update_campaign(campaign.id, daily_budget_micros=70_000_000)
    assert told == [(campaign.id, {"daily_budget_micros": 70_000_000})] * 2
    assert len(campaign.history) == 2


def test_world_that_was_made_before_is_served_with_its_own_clock(
    tmp_path: Path, google_state_dir: Path
) -> None:
    (tmp_path / "google_tls").symlink_to(google_state_dir / "google_tls")
    world = world_of("tiktok")
    sandbox = start_sandbox(world=world, state_dir=tmp_path)
    try:
        assert sandbox.world is world
        assert sandbox.clock.now() == START
    finally:
        sandbox.stop()
