"""A TikTok campaign's rows in the plan language.

Source: TikTok API for Business v1.3, campaign, ad group, ad.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from core.common.money import Money
from platforms.common.answers import id_in, number_in, text_in
from platforms.common.references import strip_reference
from platforms.spec.ads import Media, SingleImageAd, SingleVideoAd
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.platform_parts import TikTokAd, TikTokAdGroup, TikTokCampaign
from platforms.spec.remote import (
    KnownNodes,
    NodeReading,
    NotSayable,
    RemoteNode,
    RemoteSpec,
    named,
)
from platforms.spec.settings import BiddingSpec, BudgetSpec, Schedule
from platforms.spec.targeting import Locations, Targeting
from platforms.tiktok import reading
from platforms.tiktok.mapping import AGE_GROUPS, OBJECTIVES, PLACEMENTS
from platforms.tiktok.spec_queries import CampaignRows
from platforms.types import MAX_AGE

Row = dict[str, Any]
_OBJECTIVES = {theirs: ours for ours, theirs in OBJECTIVES.items()}
_GENDERS = {
    "": "any",
    "GENDER_UNLIMITED": "any",
    "GENDER_FEMALE": "female",
    "GENDER_MALE": "male",
}
_STATUSES = {"ENABLE": "active", "DISABLE": "paused"}
_PACING = {"PACING_MODE_SMOOTH": "smooth", "PACING_MODE_FAST": "fast"}
_FLIGHT = "BUDGET_MODE_TOTAL"
# What an ad group may have and the plan language cannot say.
_NOT_SAID_OF_GROUP = (
    "languages",
    "interest_category_ids",
    "interest_keyword_ids",
    "audience_ids",
    "excluded_audience_ids",
    "operating_systems",
    "device_model_ids",
    "network_types",
    "household_income",
    "spending_power",
    "zipcode_ids",
    "dayparting",
    "frequency",
    "frequency_schedule",
    "pixel_id",
    "optimization_event",
)
_NOT_SAID_OF_AD = (
    "impression_tracking_url",
    "click_tracking_url",
    "utm_params",
    "tracking_pixel_id",
)


class CampaignReader:
    """One campaign. `options` has the connection's identity, which ads have by default."""

    def __init__(
        self,
        rows: CampaignRows,
        known: KnownNodes,
        currency: str,
        time_zone: str,
        options: Mapping[str, str],
    ) -> None:
        self._rows, self._nodes = rows, NodeReading(known)
        self._currency, self._time_zone, self._options = currency, time_zone, options

    def read(self) -> RemoteSpec:
        """Raises NotSayable where the campaign itself is none of the plan language."""
        row, groups = self._rows.campaign, self._rows.ad_groups
        name, reference = strip_reference(text_in(row, "campaign_name"))
        spec = self._nodes.build(
            CampaignSpec,
            reference=self._nodes.reference_of(id_in(row, "campaign_id"), reference or ""),
            name=name,
            status=named(_STATUSES, text_in(row, "operation_status"), "operation_status"),
            objective=named(_OBJECTIVES, text_in(row, "objective_type"), "objective_type"),
            kind="auction",
            budget=self._budget(row, groups),
            bidding=_bidding(groups),
            schedule=self._schedule(groups),
            ad_groups=tuple(filter(None, map(self._ad_group, groups))),
            part=TikTokCampaign(platform="tiktok"),
        )
        return self._nodes.result(spec)

    def _budget(self, row: Row, groups: list[Row]) -> BudgetSpec:
        on_campaign = text_in(row, "budget_mode") not in ("", "BUDGET_MODE_INFINITE")
        modes = {text_in(one, "budget_mode") for one in ([row] if on_campaign else groups)}
        if len(modes) != 1:
            raise NotSayable("has ad groups of different budget modes")
        return self._nodes.build(
            BudgetSpec,
            level="campaign" if on_campaign else "ad_group",
            period="flight" if modes == {_FLIGHT} else "daily",
            amount=self._money(row, "budget") if on_campaign else None,
        )

    def _money(self, row: Row, key: str) -> Money:
        return Money(number_in(row, key), self._currency)

    def _schedule(self, groups: list[Row]) -> Schedule:
        """The plan language has one flight for the campaign."""
        days = {(self._day(one, "schedule_start_time"), self._end(one)) for one in groups}
        if len(days) != 1:
            raise NotSayable("has ad groups of different days" if days else "has no ad group")
        [(start, end)] = days
        return self._nodes.build(Schedule, start=start, end=end)

    def _end(self, row: Row) -> date | None:
        is_open = text_in(row, "schedule_type") == "SCHEDULE_FROM_NOW"
        return None if is_open else self._day(row, "schedule_end_time")

    def _day(self, row: Row, key: str) -> date | None:
        return reading.day_of(row.get(key), self._time_zone)

    def _ad_group(self, row: Row) -> AdGroupSpec | None:
        return self._nodes.node(
            _node("ad_group", row), lambda reference: self._say_group(row, reference)
        )

    def _say_group(self, row: Row, reference: str) -> AdGroupSpec:
        path = f"ad_groups[{reference}]"
        for key in _NOT_SAID_OF_GROUP:
            self._nodes.note(path, key, row.get(key))
        if row.get("placements") not in (None, [], PLACEMENTS):
            self._nodes.note(path, "placements", row["placements"])
        own = text_in(self._rows.campaign, "budget_mode") in ("", "BUDGET_MODE_INFINITE")
        return self._nodes.build(
            AdGroupSpec,
            reference=reference,
            name=strip_reference(text_in(row, "adgroup_name"))[0],
            status=named(_STATUSES, text_in(row, "operation_status"), "operation_status"),
            budget=self._money(row, "budget") if own else None,
            targeting=self._targeting(row),
            ads=tuple(filter(None, (self._ad(ad) for ad in self._ads_of(row)))),
            part=TikTokAdGroup(
                platform="tiktok",
                goal=text_in(row, "optimization_goal"),
                billing=text_in(row, "billing_event"),
                pacing=named(_PACING, text_in(row, "pacing"), "pacing"),
                promotion_type=text_in(row, "promotion_type") or "WEBSITE",
            ),
        )

    def _targeting(self, row: Row) -> Targeting:
        places = [str(place) for place in row.get("location_ids") or ()]
        unknown = [place for place in places if place not in self._rows.countries]
        if unknown:
            raise NotSayable(f"has location_ids {', '.join(unknown)}")
        first, last = _ages(row.get("age_groups") or [])
        countries = tuple(self._rows.countries[place] for place in places)
        return self._nodes.build(
            Targeting,
            locations=self._nodes.build(Locations, countries=countries),
            age_min=first,
            age_max=last,
            gender=named(_GENDERS, text_in(row, "gender"), "gender"),
            may_expand=bool(row.get("targeting_expansion") or row.get("smart_audience_enabled")),
        )

    def _ads_of(self, group: Row) -> Iterable[Row]:
        own = id_in(group, "adgroup_id")
        return (ad for ad in self._rows.ads if id_in(ad, "adgroup_id") == own)

    def _ad(self, row: Row) -> SingleImageAd | SingleVideoAd | None:
        return self._nodes.node(_node("ad", row), lambda reference: self._say_ad(row, reference))

    def _say_ad(self, row: Row, reference: str) -> SingleImageAd | SingleVideoAd:
        for key in _NOT_SAID_OF_AD:
            self._nodes.note(f"ads[{reference}]", key, row.get(key))
        shown = {
            "reference": reference,
            "name": strip_reference(text_in(row, "ad_name"))[0],
            "status": named(_STATUSES, text_in(row, "operation_status"), "operation_status"),
            "landing_url": text_in(row, "landing_page_url"),
            "body": text_in(row, "ad_text"),
            "call_to_action": text_in(row, "call_to_action"),
            "part": self._part(row),
        }
        images = row.get("image_ids") or []
        if text_in(row, "ad_format") == "SINGLE_VIDEO":
            video = self._file(text_in(row, "video_id"))
            return self._nodes.build(SingleVideoAd, format="single_video", video=video, **shown)
        if text_in(row, "ad_format") != "SINGLE_IMAGE" or len(images) != 1:
            raise NotSayable(f"has ad_format {row.get('ad_format')}")
        image = self._file(str(images[0]))
        return self._nodes.build(SingleImageAd, format="single_image", image=image, **shown)

    def _file(self, key: str) -> Media:
        return self._nodes.media(self._rows.names.get(key, ""))

    def _part(self, row: Row) -> TikTokAd | None:
        identity = text_in(row, "identity_id")
        if identity == self._options.get("identity_id"):
            return None
        kind = text_in(row, "identity_type")
        return TikTokAd(platform="tiktok", identity=identity, identity_type=kind)


def _node(kind: Any, row: Row) -> RemoteNode:
    prefix = {"ad_group": "adgroup", "ad": "ad"}[kind]
    name, reference = strip_reference(text_in(row, f"{prefix}_name"))
    status = reading.status_of(row)
    return RemoteNode(kind, id_in(row, f"{prefix}_id"), name, status, reference or "")


def _bidding(groups: list[Row]) -> BiddingSpec:
    bids = {text_in(one, "bid_type") for one in groups} - {""}
    goals = {text_in(one, "optimization_goal") for one in groups}
    if bids - {"BID_TYPE_NO_BID"} or goals - {"CLICK"}:
        raise NotSayable(f"has bidding {', '.join(sorted(bids | goals))}")
    return BiddingSpec(strategy="clicks")


def _ages(groups: list[str]) -> tuple[int, int]:
    """First and last age; no list stands for all. Raises NotSayable where they are no range."""
    bounds = list(AGE_GROUPS)
    included = [age for age in bounds if AGE_GROUPS[age] in groups] or bounds
    first, last = bounds.index(included[0]), bounds.index(included[-1])
    unknown = set(groups) - set(AGE_GROUPS.values())
    if unknown or bounds[first : last + 1] != included:
        raise NotSayable(f"has age_groups {', '.join(groups)}")
    return included[0], bounds[last + 1] - 1 if last + 1 < len(bounds) else MAX_AGE
