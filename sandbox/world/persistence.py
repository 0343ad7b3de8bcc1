"""Converts the world to rows on disk, and loads it from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.world.store import StateStore

if TYPE_CHECKING:
    from sandbox.world.world import World


def frame_rows(world: World) -> Iterator[tuple[str, str, Any]]:
    yield "frame", "seed", world.seed
    yield "frame", "clock_offset_seconds", world.clock.offset.total_seconds()


def world_rows(world: World) -> Iterator[tuple[str, str, Any]]:
    yield from frame_rows(world)
    for account in world.accounts.values():
        yield "Account", account.id, account
    for campaign in world.campaigns.values():
        yield "Campaign", campaign.id, campaign
    for group in world.ad_groups.values():
        yield "AdGroup", group.id, group
    for ad in world.ads.values():
        yield "Ad", ad.id, ad
    for name, number in world.counters.items():
        yield "counter", name, number
    for kind, items in world.objects.items():
        for key, data in items.items():
            yield "object", f"{kind}/{key}", data


def load_world(world: World, store: StateStore) -> bool:
    """Load a saved world into a new one; False when the file has none yet."""
    frame = dict(store.read("frame"))
    world.accounts.update({account.platform: account for _, account in store.read("Account")})
    if not frame or not world.accounts:
        return False
    world.seed = frame["seed"]
    world.clock.restore(timedelta(seconds=frame["clock_offset_seconds"]))
    world.campaigns.update(store.read("Campaign"))
    world.ad_groups.update(store.read("AdGroup"))
    world.ads.update(store.read("Ad"))
    world.counters.update(store.read("counter"))
    for path, data in store.read("object"):
        platform, kind, key = path.split("/", 2)
        world.objects.setdefault(f"{platform}/{kind}", {})[key] = data
    return True
