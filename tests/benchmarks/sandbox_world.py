"""A seeded sandbox with fifty campaigns and a poor split of budgets, and unchanged copies of it.

The hidden curves are the sandbox's own. The starting budgets vary widely and favour the campaigns
that earn least; their bias is set so that a split with perfect information would earn `AIM` more
at the same spend.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from core.common.money import MICROS
from optimization.stats.common.metrics import FloatArray
from sandbox.market.market import Market
from sandbox.world.clock import SandboxClock
from sandbox.world.model import PLATFORMS, Account, Ad, AdGroup, Campaign
from sandbox.world.world import World
from tests.benchmarks.budget_curves import best_split
from tests.benchmarks.sandbox_curves import Curves

START = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)  # after three in New York, winter and summer
HISTORY = timedelta(days=29)  # the first day is incomplete
ADS = 2
FLOOR = {"google": 20, "meta": 20, "tiktok": 50}  # least daily budgets, USD
MEAN, SPREAD, OF_CAPACITY = 150.0, 0.6, 0.75
AIM = 0.38  # about that of the simulated accounts with fifty campaigns
_OBJECTIVES = {
    "google": ("SEARCH",),
    "meta": ("OUTCOME_SALES", "OUTCOME_TRAFFIC"),
    "tiktok": ("WEB_CONVERSIONS", "TRAFFIC"),
}


def make_world(seed: int, campaigns: int) -> World:
    """Campaigns in turn on the three platforms, with four weeks of unchanged budgets."""
    budgets = _draw_poor_budgets(_build_world(seed, [MEAN] * campaigns))
    return _build_world(seed, budgets)


def copy_world(world: World) -> World:
    """The same market and campaigns in their state at START, with a separate clock."""
    made = World(world.seed, START, clock=SandboxClock(START, ticking=False), outside=False)
    with made.transaction():
        for campaign in world.campaigns.values():
            first = campaign.history[0]
            made.add_campaign(
                replace(
                    campaign,
                    status=first.status,
                    daily_budget_micros=first.daily_budget_micros,
                    history=[first],
                )
            )
        for group in world.ad_groups.values():
            made.add_ad_group(replace(group, history=group.history[:1]))
        for ad in world.ads.values():
            made.add_ad(replace(ad, history=ad.history[:1]))
    return made


def _build_world(seed: int, budgets: list[float]) -> World:
    world = World(seed, START, clock=SandboxClock(START, ticking=False), outside=False)
    with world.transaction():
        for number, budget in enumerate(budgets):
            platform = PLATFORMS[number % len(PLATFORMS)]
            _add_campaign(world, world.account(platform), number, budget)
    return world


def _draw_poor_budgets(world: World) -> list[float]:
    """Whole dollars a day, (campaigns,). The bias grows until AIM is reached, or no budget can
    change any more."""
    rng, market = np.random.default_rng(world.seed), Market(world)
    curves = Curves(market)
    campaigns = list(world.campaigns.values())
    least = np.array([FLOOR[c.platform] for c in campaigns], dtype=np.float64)
    most = np.array([market.campaign_truth(c).capacity for c in campaigns]) * OF_CAPACITY
    value = np.log(curves.revenue(np.full(len(campaigns), MEAN)))
    bias = rng.normal(0.0, SPREAD, len(campaigns)) - (value - value.mean())
    budgets = least
    for strength in np.arange(0.5, 4.0, 0.1):
        budgets = np.round(np.clip(MEAN * np.exp(strength * bias), least, np.maximum(most, least)))
        if headroom(curves, budgets, least) >= AIM:
            break
    return [float(amount) for amount in budgets]


def headroom(curves: Curves, budgets: FloatArray, least: FloatArray) -> float:
    """The gain of the best split of the same total over this one on a normal day, as a fraction."""
    total = float(budgets.sum())
    best = best_split(curves.revenue, least, curves.largest(total), total, pieces=400)
    return float(curves.revenue(best).sum() / curves.revenue(budgets).sum()) - 1


def _add_campaign(world: World, account: Account, number: int, budget: float) -> None:
    platform, made = account.platform, START - HISTORY
    objectives = _OBJECTIVES[platform]
    campaign = Campaign(
        world.new_id(platform, "campaign"),
        platform,
        account.id,
        f"Campaign {number}",
        "active",
        made,
        daily_budget_micros=round(budget) * MICROS,
        objective=objectives[number // len(PLATFORMS) % len(objectives)],
        outside=True,
    )
    world.add_campaign(campaign)
    key = world.new_id(platform, "ad_group")
    name = f"Group {number}"
    group = AdGroup(key, platform, account.id, campaign.id, name, "active", made)
    world.add_ad_group(group)
    for ad in range(ADS):
        world.add_ad(_ad(world, group, f"Offer {ad} of {number}"))


def _ad(world: World, group: AdGroup, text: str) -> Ad:
    return Ad(
        world.new_id(group.platform, "ad"),
        group.platform,
        group.account_id,
        group.campaign_id,
        group.id,
        text,
        "active",
        group.created_at,
        signature=text,
        texts=[text],
    )
