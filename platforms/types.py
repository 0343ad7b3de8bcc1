"""The frozen records that AdsEngine and the platform clients exchange.

Money is `Money` in the account's currency; days are dates of the account's zone; statuses are
ours, not the vendor's. `raw` is the vendor's own answer, for support; no logic reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeVar

from core.common.money import Money

Level = Literal["campaign", "ad"]
Kind = Literal["campaign", "ad_group", "ad"]
Status = Literal["active", "paused", "archived"]
# The state a platform last reported. `in_review` and `rejected` come from ads.
RemoteStatus = Literal["unknown", "absent", "in_review", "active", "paused", "rejected", "ended"]
Gender = Literal["any", "female", "male"]
# What a platform's validate-only covers: everything in one request, or the campaign alone, whose
# children cannot be validated before they have a parent.
Validates = Literal["tree", "campaign", "nothing"]
MediaKind = Literal["", "picture", "video"]

MIN_AGE, MAX_AGE = 18, 65  # 65 means no upper limit; TikTok's last group is 55 and older


@dataclass(frozen=True)
class AccountInfo:
    external_id: str
    name: str
    currency: str
    time_zone: str
    can_deliver: bool
    problems: tuple[str, ...] = ()
    """Why the account cannot deliver, one plain sentence each."""
    min_daily_budget: Money | None = None
    """The smallest daily budget of a campaign, where the platform states one."""
    raw: Mapping[str, Any] = field(default_factory=dict)


RATIO_TOLERANCE = 0.005  # whole pixels rarely give an exact ratio: 608×1080 counts as 9:16


@dataclass(frozen=True)
class VideoLimits:
    """Limits of a platform for the video of an ad."""

    min_seconds: int
    max_seconds: int
    max_bytes: int
    min_side: int
    """Pixels of the shorter side."""
    min_ratio: float
    """Width by height."""
    max_ratio: float


@dataclass(frozen=True)
class SpecProblem:
    """Why a platform would refuse a spec: the field of the brief, the remedy, and where in the spec
    it is, such as ad_groups[0].targeting.age_min."""

    field: str
    message: str
    path: str = ""


@dataclass(frozen=True)
class RemoteRef:
    """One object on the platform."""

    kind: Kind
    remote_id: str
    parent_id: str = ""
    """An ad group's campaign, an ad's ad group."""
    name: str = ""
    reference: str = ""
    """Our own id, where the remote name contains one."""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GroupBudget:
    """The daily budget that one ad group is to have, and the one it had before the change."""

    remote_id: str
    daily_budget: Money
    before: Money | None = None


@dataclass(frozen=True)
class LearningTerms:
    """What a platform learns an object's delivery for, as digests (`platforms.common.learning`):
    where one of them changes, learning restarts. Empty where it has none of its own; an object
    whose terms were not read has no such record."""

    targeting: str = ""
    bidding: str = ""
    goal: str = ""
    content: str = ""
    version: int = 1
    """Of the fields that a client makes its digests of: other fields, another version."""


@dataclass(frozen=True)
class RemoteAd:
    remote_id: str
    name: str
    status: RemoteStatus
    headline: str = ""
    body: str = ""
    image_url: str = ""
    media_kind: MediaKind = ""
    """Empty where the platform does not say."""
    reference: str = ""
    """Our own id, where the remote object contains one; likewise below."""
    review_words: str = ""
    """Why it was disapproved, in the platform's own words, as far as it says."""
    learning: LearningTerms | None = None


@dataclass(frozen=True)
class RemoteAdGroup:
    remote_id: str
    name: str
    status: RemoteStatus
    ads: tuple[RemoteAd, ...] = ()
    reference: str = ""
    daily_budget: Money | None = None
    """Its own, where it has one; `total_budget` is for its whole flight."""
    total_budget: Money | None = None
    start: date | None = None
    end: date | None = None
    learning: LearningTerms | None = None


@dataclass(frozen=True)
class RemoteCampaign:
    remote_id: str
    name: str
    status: RemoteStatus
    objective: str
    daily_budget: Money | None
    """None where there is no daily budget (a total budget, or none)."""
    budget_on: Literal["campaign", "ad_group", "shared", "none"]
    start: date | None
    end: date | None
    ad_groups: tuple[RemoteAdGroup, ...] = ()
    reference: str = ""
    total_budget: Money | None = None
    """The campaign's own budget for its whole flight."""
    shared_budget: str = ""
    """The platform's id of a budget that several campaigns share."""
    learning: LearningTerms | None = None


@dataclass(frozen=True)
class MetricRow:
    """One entity, one day of the account's zone, as the platform reports it now."""

    level: Level
    remote_id: str
    day: date
    impressions: int
    clicks: int
    conversions: Decimal
    spend: Money
    revenue: Money


@dataclass(frozen=True)
class UnreadableRow:
    """One row of a report that cannot be read: whose it is and of which day, as far as it says."""

    level: Level
    remote_id: str
    """Empty where the row does not say."""
    day: date | None
    problem: str
    """Names the field."""

    def __str__(self) -> str:
        whose = f"{self.level} {self.remote_id or '(unknown)'}"
        return f"{whose}, {self.day or 'day unknown'}: {self.problem}"


@dataclass(frozen=True)
class CampaignChange:
    """New values of an existing campaign; None leaves a field as it is."""

    name: str | None = None
    start: date | None = None
    end: date | None = None


State = dict[str, Any]
SharedT = TypeVar("SharedT")


class StateAway(Exception):
    """What workers share cannot be read now. Whoever needs it goes on without it."""


class SharedState(Protocol):
    """Small JSON-like values that all workers of an installation share."""

    def update(
        self, key: str, change: Callable[[State, float], tuple[State | None, SharedT]]
    ) -> SharedT:
        """`change` gets the value and the time in epoch seconds; it returns the new value, or None
        to keep it, and the result. Nobody else changes the value meanwhile, but `change` may run
        more than once. Raises StateAway."""
