"""The entities of the world in vendor-neutral terms; vendor fields are in `raw`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

Platform = Literal["google", "meta", "tiktok"]
Status = Literal["active", "paused", "removed"]
PLATFORMS: tuple[Platform, ...] = ("google", "meta", "tiktok")
STATUSES: tuple[Status, ...] = ("active", "paused", "removed")


@dataclass
class Account:
    """One ad account. `id` is digits only on every platform (Meta adds its own "act_")."""

    platform: Platform
    id: str
    name: str
    time_zone: str
    currency: str = "USD"
    status: str = "active"
    manager_id: str = ""
    pixel_id: str = ""
    page_id: str = ""
    identity_id: str = ""
    app_id: str = ""
    app_secret: str = ""
    access_token: str = ""
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass
class Snapshot:
    """State of an entity from `at` on. Histories are append-only, so a past day never changes."""

    at: datetime
    status: str
    daily_budget_micros: int | None = None
    start_date: date | None = None
    end_date: date | None = None
    signature: str = ""


@dataclass
class Campaign:
    """`daily_budget_micros` is None when the budgets sit on the ad groups.

    Dates are days of the account's time zone, both inclusive.
    """

    id: str
    platform: Platform
    account_id: str
    name: str
    status: str
    created_at: datetime
    daily_budget_micros: int | None = None
    objective: str = ""
    start_date: date | None = None
    end_date: date | None = None
    outside: bool = False
    updated_at: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    history: list[Snapshot] = field(default_factory=list)


@dataclass
class AdGroup:
    id: str
    platform: Platform
    account_id: str
    campaign_id: str
    name: str
    status: str
    created_at: datetime
    daily_budget_micros: int | None = None
    start_date: date | None = None
    end_date: date | None = None
    targeting: dict[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    history: list[Snapshot] = field(default_factory=list)


@dataclass
class Ad:
    """`signature` identifies the content: the same texts and media have the same signature."""

    id: str
    platform: Platform
    account_id: str
    campaign_id: str
    ad_group_id: str
    name: str
    status: str
    created_at: datetime
    signature: str = ""
    texts: list[str] = field(default_factory=list)
    updated_at: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    history: list[Snapshot] = field(default_factory=list)


Entity = Campaign | AdGroup | Ad


def snapshot_of(entity: Entity, at: datetime) -> Snapshot:
    return Snapshot(
        at=at,
        status=entity.status,
        daily_budget_micros=getattr(entity, "daily_budget_micros", None),
        start_date=getattr(entity, "start_date", None),
        end_date=getattr(entity, "end_date", None),
        signature=getattr(entity, "signature", ""),
    )


def extend_history(entity: Entity, at: datetime) -> None:
    """Add a snapshot at `at`, unless nothing has changed that affects delivery."""
    latest = snapshot_of(entity, at)
    last = entity.history[-1]
    if replace(last, at=at) == latest:
        return
    if last.at >= at:
        entity.history[-1] = replace(latest, at=last.at)
    else:
        entity.history.append(latest)
