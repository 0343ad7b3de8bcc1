"""The world that the three emulators share: accounts, campaigns, ads, vendor objects."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sandbox.world import persistence, seeding
from sandbox.world.clock import SandboxClock
from sandbox.world.faults import Faults
from sandbox.world.journal import Journal
from sandbox.world.media_library import ObjectStore, restore_entry
from sandbox.world.model import (
    Account,
    Ad,
    AdGroup,
    Campaign,
    Entity,
    Platform,
    extend_history,
    snapshot_of,
)
from sandbox.world.store import StateStore

EntityT = TypeVar("EntityT", Campaign, AdGroup, Ad)

# First id of each kind, as long as the vendor's ids are today.
_FIRST_ID = {
    ("google", "campaign"): 21_300_000_001,
    ("google", "ad_group"): 171_000_000_001,
    ("google", "ad"): 712_000_000_001,
    ("google", ""): 14_500_000_001,
    ("meta", ""): 120_230_000_000_000_001,
    ("tiktok", ""): 1_840_000_000_000_001,
}


class World(ObjectStore):
    """Everything that exists in the sandbox. Every method is safe to call from any thread.

    `start` is the first moment of market time; without `clock` a clock is created for it.
    With `state_path`, each change is on disk before the call returns, and a world opened on an
    existing file continues that world, with its seed and its clock.
    """

    def __init__(
        self,
        seed: int,
        start: datetime,
        state_path: Path | None = None,
        *,
        clock: SandboxClock | None = None,
        outside: bool = True,
    ) -> None:
        self.seed = seed
        self.clock = clock or SandboxClock(start)
        self.lock = threading.RLock()
        self.faults = Faults()
        self.accounts: dict[Platform, Account] = {}
        self.campaigns: dict[str, Campaign] = {}
        self.ad_groups: dict[str, AdGroup] = {}
        self.ads: dict[str, Ad] = {}
        self.counters: dict[str, int] = {}
        self.on_update: Callable[[Entity, dict[str, Any]], None] | None = None
        self._children: dict[str, list[str]] = {}
        store = StateStore(state_path) if state_path else None
        super().__init__(Journal(self.lock, store), self.lock)
        if store is None or not persistence.load_world(self, store):
            seeding.seed_world(self, start, outside=outside)
        self._reindex()
        self.clock.on_change = self.save_clock
        self.save_clock()

    # -- reading ---------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.clock.now()

    def account(self, platform: Platform) -> Account:
        return self.accounts[platform]

    def get_campaign(self, campaign_id: str) -> Campaign | None:
        return self.campaigns.get(campaign_id)

    def get_ad_group(self, ad_group_id: str) -> AdGroup | None:
        return self.ad_groups.get(ad_group_id)

    def get_ad(self, ad_id: str) -> Ad | None:
        return self.ads.get(ad_id)

    def list_campaigns(self, account_id: str, *, removed: bool = True) -> list[Campaign]:
        """In order of creation, like the other lists."""
        with self.lock:
            found = [item for item in self.campaigns.values() if item.account_id == account_id]
        return [item for item in found if removed or item.status != "removed"]

    def list_ad_groups(
        self, account_id: str, campaign_id: str | None = None, *, removed: bool = True
    ) -> list[AdGroup]:
        with self.lock:
            keys = self._children.get(campaign_id, []) if campaign_id else list(self.ad_groups)
            found = [self.ad_groups[key] for key in keys]
        found = [item for item in found if item.account_id == account_id]
        return [item for item in found if removed or item.status != "removed"]

    def list_ads(
        self,
        account_id: str,
        campaign_id: str | None = None,
        ad_group_id: str | None = None,
        *,
        removed: bool = True,
    ) -> list[Ad]:
        with self.lock:
            if campaign_id or ad_group_id:
                groups = [ad_group_id] if ad_group_id else self._children.get(campaign_id or "", [])
                keys = [key for group in groups for key in self._children.get(group, [])]
            else:
                keys = list(self.ads)
            found = [self.ads[key] for key in keys]
        found = [item for item in found if item.account_id == account_id]
        return [item for item in found if removed or item.status != "removed"]

    def snapshot(self) -> World:
        """The world as it is now, to read from later: campaigns, ad groups and ads do not change
        with this one."""
        past = copy.copy(self)
        with self.lock:
            past.campaigns = {key: copy.copy(item) for key, item in self.campaigns.items()}
            past.ad_groups = {key: copy.copy(item) for key, item in self.ad_groups.items()}
            past.ads = {key: copy.copy(item) for key, item in self.ads.items()}
            past._children = {key: list(ids) for key, ids in self._children.items()}
        return past

    # -- writing ---------------------------------------------------------------------------

    def new_id(self, platform: Platform, kind: str = "") -> str:
        """The next id of this kind; kinds without their own sequence share the platform's."""
        key = (platform, kind) if (platform, kind) in _FIRST_ID else (platform, "")
        name = "/".join(key)
        with self.transaction():
            number = self.counters.get(name, _FIRST_ID[key])
            self.counters[name] = number + 1
            self._journal.record_change("counter", name, number + 1)
        return str(number)

    def add_campaign(self, campaign: Campaign) -> Campaign:
        """Raises ValueError when the id exists already, like the other add calls."""
        with self.transaction():
            self._insert(self.campaigns, campaign)
        return campaign

    def add_ad_group(self, ad_group: AdGroup) -> AdGroup:
        """Raises KeyError when its campaign is not in this world."""
        with self.transaction():
            parent = self.campaigns[ad_group.campaign_id]
            self._insert(self.ad_groups, ad_group)
            self._link(parent.id, ad_group.id)
        return ad_group

    def add_ad(self, ad: Ad) -> Ad:
        """Raises KeyError when its ad group is not in this world."""
        with self.transaction():
            parent = self.ad_groups[ad.ad_group_id]
            self._insert(self.ads, ad)
            self._link(parent.id, ad.id)
        return ad

    def update_campaign(self, campaign_id: str, **changes: Any) -> Campaign:
        """Set fields; `raw` is merged key by key, never changed in place.

        Raises KeyError for an unknown id, AttributeError for an unknown field.
        """
        return self._update(self.campaigns, campaign_id, changes)

    def update_ad_group(self, ad_group_id: str, **changes: Any) -> AdGroup:
        return self._update(self.ad_groups, ad_group_id, changes)

    def update_ad(self, ad_id: str, **changes: Any) -> Ad:
        return self._update(self.ads, ad_id, changes)

    def touch(self, item: Entity | Account) -> None:
        """Save an entity that was changed in place, for example in `raw`."""
        with self.transaction():
            self._journal.record_change(type(item).__name__, item.id, item)

    # -- saving -----------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write the whole world to a new file, for `World(..., state_path=path)`."""
        with self.lock:
            store = StateStore(path)
            store.put_many(persistence.world_rows(self))
            store.close()

    def save_clock(self) -> None:
        with self.transaction():
            for kind, key, value in persistence.frame_rows(self):
                self._journal.record_change(kind, key, value)

    def close(self) -> None:
        self._journal.close()

    # -- internal ---------------------------------------------------------------------------

    def _insert(self, table: dict[str, EntityT], entity: EntityT) -> None:
        if entity.id in table:
            raise ValueError(f"id {entity.id} exists already")
        if not entity.history:
            entity.history.append(snapshot_of(entity, entity.created_at))
        table[entity.id] = entity
        self._journal.record_change(
            type(entity).__name__, entity.id, entity, lambda: restore_entry(table, entity.id, None)
        )

    def _update(self, table: dict[str, EntityT], key: str, changes: dict[str, Any]) -> EntityT:
        with self.transaction():
            entity = table[key]
            before = {**vars(entity), "history": list(entity.history)}
            self._journal.record_change(
                type(entity).__name__, entity.id, entity, lambda: vars(entity).update(before)
            )
            for name, value in changes.items():
                if not hasattr(entity, name) or name in ("id", "history"):
                    raise AttributeError(f"{type(entity).__name__} has no field {name} to set")
                setattr(entity, name, {**entity.raw, **value} if name == "raw" else value)
            entity.updated_at = self.now()
            extend_history(entity, entity.updated_at)
        if self.on_update is not None:
            self.on_update(entity, changes)
        return entity

    def _link(self, parent: str, child: str) -> None:
        children = self._children.setdefault(parent, [])
        children.append(child)
        self._journal.record_change("link", child, None, lambda: children.remove(child))

    def _reindex(self) -> None:
        self._children.clear()
        for group in self.ad_groups.values():
            self._children.setdefault(group.campaign_id, []).append(group.id)
        for ad in self.ads.values():
            self._children.setdefault(ad.ad_group_id, []).append(ad.id)
