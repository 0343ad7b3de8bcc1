"""A Meta campaign's rows in the plan language.

Source: Meta Marketing API v26.0, campaign, ad set, ad creative.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from core.common.money import Money
from platforms.common.answers import id_in, number_in, object_in, text_in
from platforms.common.references import strip_reference
from platforms.meta import reading
from platforms.meta.mapping import OBJECTIVES
from platforms.meta.spec_queries import CampaignRows, Row, story_of
from platforms.spec.ads import Media, SingleImageAd, SingleVideoAd
from platforms.spec.base import SpecStatus
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.platform_parts import MetaAd, MetaAdGroup, MetaCampaign
from platforms.spec.remote import (
    KnownNodes,
    NodeReading,
    NotSayable,
    RemoteNode,
    RemoteSpec,
    named,
)
from platforms.spec.settings import BiddingSpec, BudgetSpec, Declarations, Schedule
from platforms.spec.targeting import Locations, Targeting
from platforms.types import MAX_AGE

_OBJECTIVES = {theirs: ours for ours, theirs in OBJECTIVES.items()}
_POLITICAL = "ISSUES_ELECTIONS_POLITICS"
_GENDERS: dict[tuple[Any, ...], Any] = {(): "any", (1,): "male", (2,): "female", (1, 2): "any"}
_STATUSES = {"ACTIVE": "active", "PAUSED": "paused"}
_CLICK_GOALS = ("LINK_CLICKS", "LANDING_PAGE_VIEWS")
_SAID_OF_TARGETING = {
    "geo_locations",
    "age_min",
    "age_max",
    "genders",
    "targeting_automation",
    "age_range",  # repeats the ages
}


class CampaignReader:
    """One campaign. `page_id` is the connection's own, which ads have unless they say another."""

    def __init__(
        self, rows: CampaignRows, known: KnownNodes, currency: str, time_zone: str, page_id: str
    ) -> None:
        self._rows, self._nodes = rows, NodeReading(known)
        self._currency, self._time_zone, self._page_id = currency, time_zone, page_id

    def read(self) -> RemoteSpec:
        """Raises NotSayable where the campaign itself is none of the plan language."""
        row, sets = self._rows.campaign, self._rows.ad_sets
        if text_in(row, "buying_type") not in ("", "AUCTION"):
            raise NotSayable(f"has buying_type {row['buying_type']}")
        name, reference = strip_reference(text_in(row, "name"))
        self._nodes.note("part", "promoted_object", row.get("promoted_object"))
        spec = self._nodes.build(
            CampaignSpec,
            reference=self._nodes.reference_of(id_in(row, "id"), reference or ""),
            name=name,
            status=_status(row),
            objective=named(_OBJECTIVES, text_in(row, "objective"), "objective"),
            kind="auction",
            budget=self._budget(row, sets),
            bidding=_bidding(row, sets),
            schedule=self._schedule(sets),
            declarations=_declarations(row, sets),
            ad_groups=tuple(filter(None, map(self._ad_set, sets))),
            part=MetaCampaign(platform="meta", spending_limit_micros=self._cap(row)),
        )
        return self._nodes.result(spec)

    def _budget(self, row: Row, sets: list[Row]) -> BudgetSpec:
        level: Any = "campaign"
        daily = reading.own_budget(row, "daily_budget", self._currency)
        flight = reading.own_budget(row, "lifetime_budget", self._currency)
        if daily is None and flight is None:
            level = "ad_group"
        on_flight = any(number_in(each, "lifetime_budget") > 0 for each in (row, *sets))
        period: Any = "flight" if on_flight else "daily"
        return self._nodes.build(BudgetSpec, level=level, period=period, amount=daily or flight)

    def _cap(self, row: Row) -> int | None:
        cap = reading.own_budget(row, "spend_cap", self._currency)
        return cap.micros if cap else None

    def _schedule(self, sets: list[Row]) -> Schedule:
        """The plan language has one flight for the campaign."""
        days = {(self._day(s, "start_time"), self._day(s, "end_time")) for s in sets}
        if len(days) != 1:
            raise NotSayable("has ad sets of different days" if days else "has no ad set")
        [(start, end)] = days
        return self._nodes.build(Schedule, start=start, end=end)

    def _day(self, row: Row, key: str) -> date | None:
        return reading.day_of(row.get(key), self._time_zone)

    def _ad_set(self, row: Row) -> AdGroupSpec | None:
        return self._nodes.node(
            _node("ad_group", row), lambda reference: self._say_ad_set(row, reference)
        )

    def _say_ad_set(self, row: Row, reference: str) -> AdGroupSpec:
        path = f"ad_groups[{reference}]"
        for key in ("attribution_spec", "frequency_control_specs", "is_dynamic_creative"):
            self._nodes.note(path, key, row.get(key))
        return self._nodes.build(
            AdGroupSpec,
            reference=reference,
            name=strip_reference(text_in(row, "name"))[0],
            status=_status(row),
            budget=self._own_budget(row),
            targeting=_targeting(row, self._nodes, path),
            ads=tuple(filter(None, (self._ad(ad) for ad in self._ads_of(row)))),
            part=MetaAdGroup(
                platform="meta",
                goal=text_in(row, "optimization_goal"),
                billing=text_in(row, "billing_event"),
                destination=_known(text_in(row, "destination_type")),
            ),
        )

    def _own_budget(self, row: Row) -> Money | None:
        daily = reading.own_budget(row, "daily_budget", self._currency)
        return daily or reading.own_budget(row, "lifetime_budget", self._currency)

    def _ads_of(self, ad_set: Row) -> Iterable[Row]:
        own = id_in(ad_set, "id")
        return (ad for ad in self._rows.ads if id_in(ad, "adset_id") == own)

    def _ad(self, row: Row) -> SingleImageAd | SingleVideoAd | None:
        return self._nodes.node(_node("ad", row), lambda reference: self._say_ad(row, reference))

    def _say_ad(self, row: Row, reference: str) -> SingleImageAd | SingleVideoAd:
        story = story_of(row)
        link = object_in(story.get("link_data"), "link_data")
        video = object_in(story.get("video_data"), "video_data")
        if bool(link) == bool(video) or link.get("child_attachments"):
            raise NotSayable("is neither one picture nor one video")
        content = link or video
        action = object_in(content.get("call_to_action"), "call_to_action")
        target = text_in(object_in(action.get("value"), "value"), "link")
        shown = {
            "reference": reference,
            "name": strip_reference(text_in(row, "name"))[0],
            "status": _status(row),
            "landing_url": text_in(link, "link") or target,
            "body": text_in(content, "message"),
            "headline": text_in(link, "name") or text_in(video, "title"),
            "call_to_action": text_in(action, "type"),
            "part": self._part(story),
        }
        if video:
            media = self._file(text_in(video, "video_id"))
            return self._nodes.build(SingleVideoAd, format="single_video", video=media, **shown)
        media = self._file(text_in(link, "image_hash"))
        return self._nodes.build(SingleImageAd, format="single_image", image=media, **shown)

    def _file(self, key: str) -> Media:
        return self._nodes.media(self._rows.names.get(key, ""))

    def _part(self, story: Row) -> MetaAd | None:
        page = text_in(story, "page_id")
        return None if page == self._page_id else MetaAd(platform="meta", page=page)


def _node(kind: Any, row: Row) -> RemoteNode:
    name, reference = strip_reference(text_in(row, "name"))
    return RemoteNode(kind, id_in(row, "id"), name, reading.status_of(row), reference or "")


def _known(value: str) -> str | None:
    return None if value in ("", "UNDEFINED") else value


def _status(row: Row) -> SpecStatus:
    """The object's own, whatever its review says."""
    value = text_in(row, "configured_status") or text_in(row, "status")
    status: SpecStatus = named(_STATUSES, value, "status")
    return status


def _bidding(row: Row, sets: list[Row]) -> BiddingSpec:
    strategies = {text_in(each, "bid_strategy") for each in (row, *sets)} - {""}
    if not strategies <= {"LOWEST_COST_WITHOUT_CAP"}:
        raise NotSayable(f"has bid_strategy {', '.join(sorted(strategies))}")
    goals = {text_in(each, "optimization_goal") for each in sets}
    if not goals <= set(_CLICK_GOALS):
        raise NotSayable(f"has optimization_goal {', '.join(sorted(goals))}")
    return BiddingSpec(strategy="clicks")


def _declarations(row: Row, sets: list[Row]) -> Declarations:
    categories = [one for one in row.get("special_ad_categories") or [] if one != "NONE"]
    if not set(categories) <= {_POLITICAL}:
        raise NotSayable(f"has special_ad_categories {', '.join(categories)}")
    named = {(text_in(s, "dsa_payor"), text_in(s, "dsa_beneficiary")) for s in sets}
    payer, beneficiary = next(iter(named)) if len(named) == 1 else ("", "")
    special = set(row.get("special_ad_category_country") or ())
    return Declarations(
        political_ads=bool(categories),
        special_countries=() if special == _targeted(sets) else tuple(special),
        payer=payer,
        beneficiary=beneficiary,
    )


def _targeted(sets: list[Row]) -> set[str]:
    """Where the ads are shown: our client declares these."""
    targetings = (object_in(each.get("targeting"), "targeting") for each in sets)
    places = (object_in(each.get("geo_locations"), "geo_locations") for each in targetings)
    return {code for each in places for code in each.get("countries") or ()}


def _targeting(row: Row, nodes: NodeReading, path: str) -> Targeting:
    found = object_in(row.get("targeting"), "targeting")
    places = object_in(found.get("geo_locations"), "geo_locations")
    for key in sorted(set(found) - _SAID_OF_TARGETING):
        nodes.note(f"{path}.targeting", key, found[key])
    for key in sorted(set(places) - {"countries", "location_types"}):
        nodes.note(f"{path}.targeting.locations", key, places[key])
    automation = object_in(found.get("targeting_automation"), "targeting_automation")
    return nodes.build(
        Targeting,
        locations=nodes.build(Locations, countries=tuple(places.get("countries") or ())),
        age_min=int(number_in(found, "age_min")) or 18,
        age_max=int(number_in(found, "age_max")) or MAX_AGE,
        gender=named(_GENDERS, tuple(sorted(found.get("genders") or ())), "genders"),
        may_expand=number_in(automation, "advantage_audience") == 1,
    )
