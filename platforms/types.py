"""The frozen records that cross the border between AdsEngine and a platform's client.

Money is `Money` in the account's currency; days are dates of the account's zone; statuses are our
words. `raw` carries the vendor's own answer for support and is never read by logic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO, Literal

from core.common.money import Money

Level = Literal["campaign", "ad"]
Kind = Literal["campaign", "ad_group", "ad"]
Status = Literal["active", "paused", "archived"]
# What a platform last told us. `in_review` and `rejected` come from ads.
RemoteStatus = Literal["unknown", "absent", "in_review", "active", "paused", "rejected", "ended"]
Gender = Literal["any", "female", "male"]
Shown = Literal["", "picture", "video"]

MIN_AGE, MAX_AGE = 18, 65  # 65 means 65 and older on all three platforms


@dataclass(frozen=True)
class AccountInfo:
    external_id: str
    name: str
    currency: str
    time_zone: str
    can_deliver: bool
    problems: tuple[str, ...] = ()
    """What keeps the account from delivering, one plain sentence each."""
    min_daily_budget: Money | None = None
    """The smallest daily budget of a campaign, where the platform states one."""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TargetingSpec:
    countries: tuple[str, ...]
    """ISO 3166 two-letter codes, at least one."""
    age_min: int = MIN_AGE
    age_max: int = MAX_AGE
    gender: Gender = "any"
    keywords: tuple[str, ...] = ()
    """Search terms; only where Capabilities.keywords."""


@dataclass(frozen=True)
class ImageSpec:
    file_name: str
    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class VideoSpec:
    """A film of any size: it is opened where it lies and never held whole."""

    file_name: str
    open: Callable[[], BinaryIO]
    """From its start; the caller closes it. Raises InvalidInput when it is not the one meant."""
    size: int
    sha256: str
    poster: ImageSpec
    """Of the film's own shape; both platforms want a cover with a video."""


RATIO_SLACK = 0.005  # whole pixels never give a ratio exactly: 608×1080 is 9:16


@dataclass(frozen=True)
class VideoLimits:
    """What a platform takes as the video of an ad."""

    min_seconds: int
    max_seconds: int
    max_bytes: int
    min_side: int
    min_ratio: float
    """Width by height."""
    max_ratio: float


@dataclass(frozen=True)
class AdSpec:
    reference: str
    """Ours, stands in the remote name; unique for ever."""
    name: str
    landing_url: str
    headlines: tuple[str, ...]
    """Google: 3 to 15; elsewhere the first is used."""
    descriptions: tuple[str, ...]
    """Google: 2 to 4; elsewhere the first is the body text."""
    image: ImageSpec | None = None
    video: VideoSpec | None = None
    """Instead of the image; only where Capabilities.video."""
    call_to_action: str = "LEARN_MORE"


@dataclass(frozen=True)
class AdGroupSpec:
    reference: str
    name: str
    targeting: TargetingSpec
    ads: tuple[AdSpec, ...]


@dataclass(frozen=True)
class CampaignSpec:
    reference: str
    name: str
    objective: str
    daily_budget: Money
    start: date
    end: date | None
    ad_groups: tuple[AdGroupSpec, ...]
    political_ads: bool = False
    """The EU's declaration; Google requires it on every campaign."""


@dataclass(frozen=True)
class RemoteRef:
    """One object on the other side."""

    kind: Kind
    remote_id: str
    parent_id: str = ""
    """An ad group's campaign, an ad's ad group."""
    name: str = ""
    reference: str = ""
    """Ours, where the object carries one."""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RemoteAd:
    remote_id: str
    name: str
    status: RemoteStatus
    headline: str = ""
    body: str = ""
    image_url: str = ""
    shows: Shown = ""
    """Empty where the platform does not say."""
    reference: str = ""
    """Ours, where the object carries one; likewise below."""


@dataclass(frozen=True)
class RemoteAdGroup:
    remote_id: str
    name: str
    status: RemoteStatus
    ads: tuple[RemoteAd, ...] = ()
    reference: str = ""


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
class CampaignChange:
    """New values of an existing campaign; None leaves a field as it is."""

    name: str | None = None
    start: date | None = None
    end: date | None = None
