"""TikTok's campaigns over the Business API v1.3."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import httpx

from core.common import clock
from core.common.money import Money
from platforms.common.answers import names_wrong_shapes
from platforms.common.calls import Calls
from platforms.common.checks import check_campaign, check_currency, not_sent
from platforms.common.error_table import incomplete_write_error
from platforms.common.references import strip_reference
from platforms.errors import PlatformError, Rejected
from platforms.interface import AdPlatform, ClientConfig
from platforms.metric_rows import Told
from platforms.spec.ads import Ad, SingleImageAd, SingleVideoAd
from platforms.spec.base import SpecStatus
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.media_files import MediaSource
from platforms.spec.remote import KnownNodes, RemoteSpec
from platforms.tiktok import errors, mapping
from platforms.tiktok.api import TikTokApi
from platforms.tiktok.capabilities import CAPABILITIES
from platforms.tiktok.changing import TikTokChanges
from platforms.tiktok.media import TikTokMedia
from platforms.tiktok.queries import KINDS, TikTokQueries
from platforms.tiktok.spec_queries import campaign_rows
from platforms.tiktok.spec_reading import CampaignReader
from platforms.types import (
    AccountInfo,
    CampaignChange,
    GroupBudget,
    Kind,
    Level,
    MetricRow,
    RemoteCampaign,
    RemoteRef,
    Status,
)


class TikTokClient(AdPlatform):
    capabilities = CAPABILITIES

    def __init__(
        self,
        config: ClientConfig,
        *,
        calls: Calls | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(config)
        self._api = TikTokApi(config, calls, transport)
        self._queries = TikTokQueries(self._api)
        self._media = TikTokMedia(self._api)
        self._changes = TikTokChanges(self._api, self._queries)

    @property
    def calls(self) -> Calls:
        return self._api.calls

    def close(self) -> None:
        self._api.close()

    @names_wrong_shapes
    def verify(self) -> AccountInfo:
        return self._queries.account()

    # Creating

    @names_wrong_shapes
    def create_campaign(self, spec: CampaignSpec, *, resuming: bool = False) -> list[RemoteRef]:
        check_campaign(self.capabilities, self.config, spec)
        ref = self._find_first("campaign", spec.reference) if resuming else None
        if ref is None:
            ref = self._create("campaign", mapping.campaign_body(spec), spec.reference)
        return [self._ensure(ref, "paused")]

    @names_wrong_shapes
    def unserved_countries(self, countries: Sequence[str]) -> list[str]:
        served = self._queries.location_ids()
        return [code for code in countries if code not in served]

    @names_wrong_shapes
    def create_ad_group(
        self,
        campaign: RemoteRef,
        spec: AdGroupSpec,
        parent: CampaignSpec,
        *,
        resuming: bool = False,
    ) -> RemoteRef:
        found = resuming and self._find_first("ad_group", spec.reference, campaign.remote_id)
        if found:
            return self._ensure(found, spec.status)
        body = mapping.ad_group_body(
            campaign.remote_id,
            spec,
            parent,
            self._queries.location_ids(),
            self.config.time_zone,
            clock.market_now(),
        )
        return self._ensure(self._create("ad_group", body, spec.reference), spec.status)

    @names_wrong_shapes
    def upload_media(self, spec: Ad, media: MediaSource) -> None:
        if isinstance(spec, SingleVideoAd):
            self._media_fields(spec, media)

    @names_wrong_shapes
    def create_ad(
        self, ad_group: RemoteRef, spec: Ad, media: MediaSource, *, resuming: bool = False
    ) -> RemoteRef:
        found = resuming and self._find_first("ad", spec.reference, ad_group.remote_id)
        if found:
            return self._ensure(found, spec.status)
        identity = mapping.identity_of(self.config.options)
        shown = self._media_fields(spec, media)
        body = mapping.ad_body(ad_group.remote_id, spec, shown, identity)
        ad_id, data = self._api.create("ad/create", "ad_ids", **body)
        name = body["creatives"][0]["ad_name"]
        made = RemoteRef("ad", ad_id, ad_group.remote_id, name, spec.reference, data)
        return self._ensure(made, spec.status)

    def _create(self, kind: Kind, body: dict[str, Any], reference: str) -> RemoteRef:
        keys = KINDS[kind]
        parent_id = str(body.get(keys.parent_id, ""))
        try:
            new_id, data = self._api.create(f"{keys.folder}/create", keys.id, **body)
        except Rejected as error:
            if error.vendor_code != errors.DUPLICATE_REQUEST:
                raise
            return self._made_before(kind, reference, parent_id, error)
        return RemoteRef(kind, new_id, parent_id, body[keys.name], reference, data)

    def _made_before(
        self, kind: Kind, reference: str, parent_id: str, error: Rejected
    ) -> RemoteRef:
        """An earlier request with this id succeeded. Its object can be found; where the list does
        not show it yet, it is looked up again later, unless somebody has deleted it."""
        found = self._find_first(kind, reference, parent_id)
        if found is not None:
            return found
        if self._queries.was_deleted(kind, reference, parent_id):
            raise error
        raise incomplete_write_error(error) from error

    def _ensure(self, ref: RemoteRef, status: SpecStatus) -> RemoteRef:
        """Some accounts ignore the request to create paused: read back, then pause."""
        if status == "active":
            return ref
        try:
            row = self._queries.row(ref.kind, ref.remote_id)
            if row is None or row.get("operation_status") != "DISABLE":
                self.set_status(ref, "paused")
        except PlatformError as error:
            raise incomplete_write_error(error) from error
        return ref

    def _media_fields(self, spec: Ad, media: MediaSource) -> mapping.Body:
        """Upload the creative's media and return their fields; a video has exactly one cover."""
        if isinstance(spec, SingleImageAd):
            image_id = self._media.image_id(media.image(spec.image))
            return {"ad_format": "SINGLE_IMAGE", "image_ids": [image_id]}
        if not isinstance(spec, SingleVideoAd):
            raise not_sent("tiktok", spec)
        video = media.video(spec.video)
        return {
            "ad_format": "SINGLE_VIDEO",
            "video_id": self._media.video_id(video),
            "image_ids": [self._media.image_id(video.poster)],
        }

    # Changing

    @names_wrong_shapes
    def set_status(self, ref: RemoteRef, status: Status) -> None:
        self._changes.set_status(ref, status)

    @names_wrong_shapes
    def set_daily_budget(self, campaign: RemoteRef, budget: Money) -> None:
        check_currency("tiktok", self.config, budget)
        self._changes.set_daily_budget(campaign, budget)

    @names_wrong_shapes
    def set_group_budgets(self, campaign: RemoteRef, budgets: Sequence[GroupBudget]) -> None:
        for one in budgets:
            check_currency("tiktok", self.config, one.daily_budget)
        self._changes.set_group_budgets(campaign, budgets)

    @names_wrong_shapes
    def update_campaign(self, campaign: RemoteRef, change: CampaignChange) -> None:
        if change.start or change.end:
            raise self._unsupported("changing the dates of a campaign")
        if change.name is not None:
            self._changes.rename(campaign, change.name)

    # Reading

    @names_wrong_shapes
    def find_by_reference(self, kind: Kind, reference: str, parent_id: str = "") -> list[RemoteRef]:
        return self._queries.find(kind, reference, parent_id)

    @names_wrong_shapes
    def read_structure(self) -> list[RemoteCampaign]:
        return self._queries.tree()

    @names_wrong_shapes
    def read_campaign(self, remote_id: str) -> RemoteCampaign | None:
        return next(iter(self._queries.tree(remote_id)), None)

    @names_wrong_shapes
    def read_spec(self, remote_id: str, known: KnownNodes) -> RemoteSpec | None:
        rows = campaign_rows(self._queries, remote_id)
        if rows is None:
            return None
        config = self.config
        reader = CampaignReader(rows, known, config.currency, config.time_zone, config.options)
        return reader.read()

    def carried_name(self, kind: Kind, name: str, reference: str) -> str:
        return strip_reference(mapping.remote_name(name, reference))[0]

    @names_wrong_shapes
    def read_metrics(
        self, level: Level, first: date, last: date, *, unreadable: Told | None = None
    ) -> list[MetricRow]:
        return self._queries.metrics(level, first, last, unreadable)

    def _find_first(self, kind: Kind, reference: str, parent_id: str = "") -> RemoteRef | None:
        return next(iter(self.find_by_reference(kind, reference, parent_id)), None)
