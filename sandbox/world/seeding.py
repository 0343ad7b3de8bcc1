"""Creates the initial world: one account per platform, and campaigns made outside AdsEngine."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.world.model import Account, Ad, AdGroup, Campaign, Platform

if TYPE_CHECKING:
    from sandbox.world.world import World

HISTORY_DAYS = 45

# name, objective (the vendor's term), daily budget in units of the account's currency, two ads
_OUTSIDE_CAMPAIGNS: dict[Platform, list[tuple[str, str, int, list[str]]]] = {
    "google": [
        ("Brand search (made in Google Ads)", "SEARCH", 80, ["Shop the brand", "Free returns"]),
        ("Spring sale search", "SEARCH", 60, ["Spring sale is on", "Save on spring styles"]),
    ],
    "meta": [
        ("Website sales, made in Ads Manager", "OUTCOME_SALES", 90, ["New season", "Bestsellers"]),
    ],
    "tiktok": [
        ("Web conversions, made by hand", "WEB_CONVERSIONS", 70, ["Seen it yet?", "Back in stock"]),
        ("Traffic to the blog", "TRAFFIC", 50, ["Read before you buy", "Five quick tips"]),
    ],
}


def seeded_secret(seed: int, name: str, length: int = 32) -> str:
    """A made-up credential, the same for the same seed."""
    return hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=64).hexdigest()[:length]


def seed_world(world: World, start: datetime, *, outside: bool) -> None:
    with world.transaction():
        for account in _accounts(world.seed):
            world.accounts[account.platform] = account
            world.touch(account)
            if outside:
                for row in _OUTSIDE_CAMPAIGNS[account.platform]:
                    _add_campaign(world, account, start - timedelta(days=HISTORY_DAYS), row)


def _accounts(seed: int) -> list[Account]:
    google = Account(
        "google",
        "4830017265",
        "Sandbox shop (Google)",
        "America/New_York",
        manager_id="7020061534",
        pixel_id="6500100201",
        app_id="sandbox-client.apps.example.com",
        app_secret=seeded_secret(seed, "google client secret"),
        access_token=seeded_secret(seed, "google refresh token", 48),
    )
    meta = Account(
        "meta",
        "702400118350216",
        "Sandbox shop (Meta)",
        "America/Los_Angeles",
        manager_id="318840025577104",
        pixel_id="884120033715902",
        page_id="104460078123355",
        identity_id="17841400000001234",
        app_id="1190230044556677",
        app_secret=seeded_secret(seed, "meta app secret"),
        access_token="EAASB" + seeded_secret(seed, "meta token", 60),
    )
    tiktok = Account(
        "tiktok",
        "7301200400500600701",
        "Sandbox shop (TikTok)",
        "UTC",
        manager_id="7301200400500600001",
        pixel_id="7350011223344556677",
        identity_id="7100200300400500600",
        app_id="7290000000000000123",
        app_secret=seeded_secret(seed, "tiktok secret", 40),
        access_token=seeded_secret(seed, "tiktok token", 40),
    )
    return [google, meta, tiktok]


def _add_campaign(
    world: World, account: Account, created_at: datetime, row: tuple[str, str, int, list[str]]
) -> None:
    name, objective, budget, texts = row
    platform = account.platform
    campaign = Campaign(
        world.new_id(platform, "campaign"),
        platform,
        account.id,
        name,
        "active",
        created_at,
        daily_budget_micros=budget * 1_000_000,
        objective=objective,
        outside=True,
    )
    world.add_campaign(campaign)
    group = AdGroup(
        world.new_id(platform, "ad_group"),
        platform,
        account.id,
        campaign.id,
        f"{name}: everyone",
        "active",
        created_at,
    )
    world.add_ad_group(group)
    for text in texts:
        ad = Ad(
            world.new_id(platform, "ad"),
            platform,
            account.id,
            campaign.id,
            group.id,
            f"Ad: {text}",
            "active",
            created_at,
            signature=text,
            texts=[text],
        )
        world.add_ad(ad)
