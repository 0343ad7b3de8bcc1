"""The interface of every platform client. Optional methods refuse unless a client overrides them.

A client uses no models and no Django: it is built from plain values (`ClientConfig`) and reports
each call through `config.record`. It raises only `platforms.errors` and is safe to use from one
thread at a time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from core.common.money import Money
from platforms.errors import UnsupportedFeature
from platforms.rules.capabilities import Capabilities
from platforms.spec.ads import Ad
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.media_files import MediaSource
from platforms.spec.remote import KnownNodes, RemoteSpec
from platforms.types import (
    AccountInfo,
    CampaignChange,
    GroupBudget,
    Kind,
    Level,
    MetricRow,
    RemoteCampaign,
    RemoteRef,
    SharedState,
    Status,
    UnreadableRow,
)


@dataclass(frozen=True)
class CallRecord:
    """One request that was sent, for support; secrets are removed."""

    platform: str
    account: str
    operation: str
    ok: bool
    duration_ms: int
    error_code: str = ""
    request_id: str = ""
    detail: str = ""


@dataclass(frozen=True)
class ClientConfig:
    """Everything a client needs to work for one ad account."""

    account_id: str
    """Google: ten digits; Meta: digits without act_; TikTok: advertiser id."""
    currency: str
    time_zone: str
    secrets: Mapping[str, str]
    """google: client_id, client_secret, refresh_token · meta: access_token, app_secret
    · tiktok: access_token."""
    options: Mapping[str, str] = field(default_factory=dict)
    """google: login_customer_id · meta: page_id · tiktok: identity_id, identity_type,
    with BC_AUTH_TT identity_authorized_bc_id."""
    endpoints: Mapping[str, str] = field(default_factory=dict)
    """google: endpoint, token_uri · meta: base_url · tiktok: base_url. Empty: the vendor's own."""
    record: Callable[[CallRecord], None] = lambda _: None
    before_write: Callable[[], None] = lambda: None
    """Called just before each write leaves, also a repeated one. What it raises reaches the
    caller, and nothing is sent."""
    lowers: bool = False
    """This client is for pausing or lowering: its calls are sent even while the account's
    circuit is open or its allowance nearly used up."""
    shared: SharedState | None = None
    """Where all workers count the calls of one app; None: this process alone."""
    calls_used_up: Callable[[str, float], None] = lambda _, __: None
    """Told what is used up, and in how many seconds there are calls again; 0 when there are."""
    circuit_changed: Callable[[float], None] = lambda _: None
    """Told when the account's circuit opens (seconds until the next probe) or closes (0)."""
    timeout_seconds: float = 30.0
    """The longest silence of the vendor within one call."""
    deadline_seconds: float = 60.0
    """The longest time of one call as a whole, however slowly its answer comes."""
    attempts: int = 4
    """How often one call is sent at most while the vendor says that nothing was carried out."""


class AdPlatform(ABC):
    """One ad account on one platform. `reference` is our own id inside the remote name; it finds
    an object whose create call got no answer. `resuming=True`: the outcome of an earlier attempt
    is unknown, so the client first looks for existing parts and reuses them."""

    capabilities: ClassVar[Capabilities]

    def __init__(self, config: ClientConfig) -> None:
        self.config = config

    @abstractmethod
    def verify(self) -> AccountInfo:
        """Read the account with these credentials. Raises CredentialsInvalid, Rejected."""

    @abstractmethod
    def create_campaign(self, spec: CampaignSpec, *, resuming: bool = False) -> list[RemoteRef]:
        """Create the campaign paused; the whole tree where Capabilities.atomic_tree. Returns the
        references of what was created: campaign, then each ad group followed by its ads."""

    def validate_campaign(self, spec: CampaignSpec) -> None:
        """Let the platform check the spec without creating anything: what Capabilities.validates
        says. Raises Rejected with the platform's own sentence."""
        raise self._unsupported("checking a campaign without creating it")

    def validate_ad_group(
        self, campaign: RemoteRef, spec: AdGroupSpec, parent: CampaignSpec
    ) -> None:
        """The same for an ad group of an existing campaign, where Capabilities.validates is
        "campaign"; the campaign is paused then. Raises Rejected."""
        raise self._unsupported("checking an ad group without creating it")

    def validate_creative(self, spec: Ad, media: MediaSource) -> None:
        """The same for what an ad shows. Uploads its media. Raises Rejected."""
        raise self._unsupported("checking an ad without creating it")

    def unserved_countries(self, countries: Sequence[str]) -> list[str]:
        """Those in which the platform shows no ads; a read, where Capabilities.finds_places."""
        raise self._unsupported("looking up countries")

    def create_ad_group(
        self,
        campaign: RemoteRef,
        spec: AdGroupSpec,
        parent: CampaignSpec,
        *,
        resuming: bool = False,
    ) -> RemoteRef:
        raise self._unsupported("creating an ad group on its own")

    def upload_media(  # noqa: B027 - most ads have no video
        self, spec: Ad, media: MediaSource
    ) -> None:
        """Upload the ad's video before the ad is created, as it takes long; create_ad reuses it."""

    def create_ad(
        self, ad_group: RemoteRef, spec: Ad, media: MediaSource, *, resuming: bool = False
    ) -> RemoteRef:
        raise self._unsupported("creating an ad on its own")

    @abstractmethod
    def set_status(self, ref: RemoteRef, status: Status) -> None:
        """Set the status of a campaign, ad group or ad; setting the current one succeeds."""

    @abstractmethod
    def set_daily_budget(self, campaign: RemoteRef, budget: Money) -> None:
        """Set the daily budget on the object that has it. Raises Rejected on field
        daily_budget below the minimum or for a shared budget."""

    def set_group_budgets(self, campaign: RemoteRef, budgets: Sequence[GroupBudget]) -> None:
        """Set the daily budgets of ad groups of one campaign, all or none: where the platform
        refuses one, those set before it are set back. Raises Rejected on field daily_budget,
        OutcomeUnknown where some are set and the rest is not known."""
        raise self._unsupported("budgets on ad groups")

    def update_campaign(self, campaign: RemoteRef, change: CampaignChange) -> None:
        raise self._unsupported("changing a campaign's name or dates")

    @abstractmethod
    def find_by_reference(self, kind: Kind, reference: str, parent_id: str = "") -> list[RemoteRef]:
        """Every object of that kind, not deleted, whose remote name contains the reference.
        For a campaign with Capabilities.atomic_tree: the whole tree, campaign first."""

    @abstractmethod
    def read_structure(self) -> list[RemoteCampaign]:
        """All campaigns that are not removed, with ad groups and ads, in few calls."""

    @abstractmethod
    def read_campaign(self, remote_id: str) -> RemoteCampaign | None:
        """One campaign with its tree; None when it no longer exists."""

    @abstractmethod
    def read_spec(self, remote_id: str, known: KnownNodes) -> RemoteSpec | None:
        """One campaign in the plan language; None when it no longer exists. Raises NotSayable
        where the campaign itself cannot be said in it."""

    @abstractmethod
    def carried_name(self, kind: Kind, name: str, reference: str) -> str:
        """The name as the platform keeps it, without our reference."""

    @abstractmethod
    def read_metrics(
        self,
        level: Level,
        first: date,
        last: date,
        *,
        unreadable: Callable[[UnreadableRow], None] | None = None,
    ) -> list[MetricRow]:
        """One row per entity and day with delivery in the whole account, `first` and `last`
        included, also of what was removed since. A missing row means zero for what the structure
        has; of anything else it says nothing. `unreadable` is told of each row that cannot be
        read, and the others are returned; without it such a row raises UnreadableAnswer."""

    def close(self) -> None:  # noqa: B027 - a client may have no connection
        """Close connections."""

    def _unsupported(self, feature: str) -> UnsupportedFeature:
        return UnsupportedFeature(self.capabilities.platform, feature)
