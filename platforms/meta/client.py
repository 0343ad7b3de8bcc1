"""Meta's campaigns over the Marketing API v26.0."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import httpx

from core.common import clock
from core.common.money import Money
from platforms.common.answers import names_wrong_shapes, number_in, text_in
from platforms.common.calls import Calls
from platforms.common.checks import check_campaign, check_currency, not_sent
from platforms.common.group_budgets import set_one_by_one
from platforms.common.references import replace_name, strip_reference
from platforms.errors import Rejected, RemoteObjectMissing
from platforms.interface import AdPlatform, ClientConfig
from platforms.meta import mapping
from platforms.meta.api import MetaApi
from platforms.meta.capabilities import CAPABILITIES
from platforms.meta.media import MetaMedia
from platforms.meta.money import to_minor
from platforms.meta.queries import MetaQueries
from platforms.meta.spec_queries import campaign_rows
from platforms.meta.spec_reading import CampaignReader
from platforms.metric_rows import Told
from platforms.spec.ads import Ad, SingleImageAd, SingleVideoAd
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
    Status,
)

_STATUSES: dict[Status, str] = {"active": "ACTIVE", "paused": "PAUSED", "archived": "ARCHIVED"}


class MetaClient(AdPlatform):
    capabilities = CAPABILITIES

    def __init__(
        self,
        config: ClientConfig,
        *,
        calls: Calls | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(config)
        self._api = MetaApi(config, calls, transport)
        self._queries = MetaQueries(self._api)
        self._media = MetaMedia(self._api)

    @property
    def calls(self) -> Calls:
        return self._api.calls

    def close(self) -> None:
        self._api.close()

    @names_wrong_shapes
    def verify(self) -> AccountInfo:
        return self._queries.account()

    @names_wrong_shapes
    def unserved_countries(self, countries: Sequence[str]) -> list[str]:
        served = self._queries.served_countries()
        return [code for code in countries if code not in served]

    # Creating

    @names_wrong_shapes
    def create_campaign(self, spec: CampaignSpec, *, resuming: bool = False) -> list[RemoteRef]:
        check_campaign(self.capabilities, self.config, spec)
        found = self._find_first("campaign", spec.reference) if resuming else None
        fields = mapping.campaign_fields(spec)
        return [found or self._create("campaign", "campaigns", fields, spec.reference)]

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
            return found
        fields = self._ad_set_fields(campaign, spec, parent)
        return self._create("ad_group", "adsets", fields, spec.reference, campaign.remote_id)

    def _ad_set_fields(
        self, campaign: RemoteRef, spec: AdGroupSpec, parent: CampaignSpec
    ) -> dict[str, Any]:
        return mapping.ad_set_fields(
            campaign.remote_id,
            spec,
            parent,
            self.config.time_zone,
            clock.market_now(),
            self._dsa(spec, parent),
        )

    @names_wrong_shapes
    def validate_campaign(self, spec: CampaignSpec) -> None:
        """The campaign alone: an ad set cannot be validated before its campaign exists."""
        check_campaign(self.capabilities, self.config, spec)
        self._api.validate(f"{self._api.account}/campaigns", **mapping.campaign_fields(spec))

    @names_wrong_shapes
    def validate_ad_group(
        self, campaign: RemoteRef, spec: AdGroupSpec, parent: CampaignSpec
    ) -> None:
        fields = self._ad_set_fields(campaign, spec, parent)
        self._api.validate(f"{self._api.account}/adsets", **fields)

    @names_wrong_shapes
    def validate_creative(self, spec: Ad, media: MediaSource) -> None:
        fields = self._creative_fields(spec, media)
        self._api.validate(f"{self._api.account}/adcreatives", **fields)

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
            return found
        creative_id = self._queries.find_creative(spec.reference) if resuming else None
        if creative_id is None:
            fields = self._creative_fields(spec, media)
            creative_id, _ = self._api.create(f"{self._api.account}/adcreatives", **fields)
        fields = mapping.ad_fields(ad_group.remote_id, spec, creative_id)
        return self._create("ad", "ads", fields, spec.reference, ad_group.remote_id)

    def _create(
        self, kind: Kind, edge: str, fields: dict[str, Any], reference: str, parent_id: str = ""
    ) -> RemoteRef:
        new_id, data = self._api.create(f"{self._api.account}/{edge}", **fields)
        return RemoteRef(kind, new_id, parent_id, fields["name"], reference, data)

    def _creative_fields(self, spec: Ad, media: MediaSource) -> mapping.Fields:
        page_id = self.config.options.get("page_id")
        if not page_id:
            raise Rejected(
                "No Facebook page is chosen for this account. Choose one under Connections.",
                platform="meta",
                account=self.config.account_id,
                field="page_id",
            )
        return mapping.creative_fields(spec, page_id, self._media_fields(spec, media))

    def _media_fields(self, spec: Ad, media: MediaSource) -> mapping.Fields:
        """Upload the creative's media and return their fields; a video has a poster."""
        if isinstance(spec, SingleImageAd):
            return {"image_hash": self._media.image_hash(media.image(spec.image))}
        if not isinstance(spec, SingleVideoAd):
            raise not_sent("meta", spec)
        video = media.video(spec.video)
        poster = self._media.image_hash(video.poster)
        return {"video_id": self._media.video_id(video), "image_hash": poster}

    def _dsa(self, spec: AdGroupSpec, parent: CampaignSpec) -> dict[str, Any]:
        """What the plan declares, else what the connection has."""
        if not mapping.needs_dsa(spec.targeting):
            return {}
        options = mapping.declared(parent.declarations, self.config.options)
        name = "" if options.get("dsa_beneficiary") else self._queries.account_name()
        return mapping.dsa_fields(options, name)

    # Changing

    @names_wrong_shapes
    def set_status(self, ref: RemoteRef, status: Status) -> None:
        """What is deleted or archived refuses every status, with the code of any wrong value."""
        try:
            self._api.update(ref.remote_id, lowers=status != "active", status=_STATUSES[status])
        except RemoteObjectMissing:
            if status != "archived":
                raise
        except Rejected as error:
            if not self._queries.is_gone(ref.remote_id):
                raise
            if status != "archived":
                raise self._queries.missing(error.vendor_message) from error

    @names_wrong_shapes
    def set_daily_budget(self, campaign: RemoteRef, budget: Money) -> None:
        check_currency("meta", self.config, budget)
        row = self._queries.campaign_row(campaign.remote_id)
        if not number_in(row, "daily_budget"):
            raise self._budget_error(
                "This campaign has a total budget or budgets on its ad sets; change it there."
            )
        self._api.update(campaign.remote_id, daily_budget=to_minor(budget))

    @names_wrong_shapes
    def set_group_budgets(self, campaign: RemoteRef, budgets: Sequence[GroupBudget]) -> None:
        """Each in a call of its own; Meta allows four changes of an ad set's budget an hour."""
        there = self._queries.ad_set_budgets(campaign.remote_id)
        for one in budgets:
            check_currency("meta", self.config, one.daily_budget)
            to_minor(one.daily_budget)  # refused before the first is sent
            if there.get(one.remote_id) is None:
                raise self._budget_error(
                    "An ad set of this campaign is gone or has no daily budget any more. Sync the "
                    "account and ask again."
                )
        set_one_by_one(
            budgets,
            there,
            lambda ad_set, budget: self._api.update(ad_set, daily_budget=to_minor(budget)),
        )

    def _budget_error(self, message: str) -> Rejected:
        account = self.config.account_id
        return Rejected(message, platform="meta", account=account, field="daily_budget")

    @names_wrong_shapes
    def update_campaign(self, campaign: RemoteRef, change: CampaignChange) -> None:
        """The name is a field of the campaign, the dates are fields of its ad sets."""
        fields = mapping.times(change.start, change.end, self.config.time_zone, clock.market_now())
        if change.name is not None:
            old = text_in(self._queries.campaign_row(campaign.remote_id), "name")
            name = replace_name(old, change.name, mapping.NAME_LIMIT)
            self._api.update(campaign.remote_id, name=name)
        if fields:
            for ad_set_id in self._queries.ad_set_ids(campaign.remote_id):
                self._api.update(ad_set_id, **fields)

    # Reading

    @names_wrong_shapes
    def find_by_reference(self, kind: Kind, reference: str, parent_id: str = "") -> list[RemoteRef]:
        return self._queries.find(kind, reference, parent_id)

    @names_wrong_shapes
    def read_structure(self) -> list[RemoteCampaign]:
        return self._queries.tree()

    @names_wrong_shapes
    def read_campaign(self, remote_id: str) -> RemoteCampaign | None:
        return self._queries.campaign_tree(remote_id)

    @names_wrong_shapes
    def read_spec(self, remote_id: str, known: KnownNodes) -> RemoteSpec | None:
        rows = campaign_rows(self._api, remote_id)
        if rows is None:
            return None
        config = self.config
        page = config.options.get("page_id", "")
        return CampaignReader(rows, known, config.currency, config.time_zone, page).read()

    def carried_name(self, kind: Kind, name: str, reference: str) -> str:
        return strip_reference(mapping.remote_name(name, reference))[0]

    @names_wrong_shapes
    def read_metrics(
        self, level: Level, first: date, last: date, *, unreadable: Told | None = None
    ) -> list[MetricRow]:
        return self._queries.metrics(level, first, last, unreadable)

    def _find_first(self, kind: Kind, reference: str, parent_id: str = "") -> RemoteRef | None:
        return next(iter(self.find_by_reference(kind, reference, parent_id)), None)
