"""Statuses of a campaign, the allowed moves, and named sets of them.

`wanted` is the requested status, `remote` the last one reported, publishing the state of the
newest PublishRequest. The pages show one word computed from the three.
"""

from __future__ import annotations

from enum import Enum

from django.db.models import Q

from campaigns.models import Campaign, PublishRequest, RemoteState, Wanted

MOVES: dict[str, frozenset[str]] = {
    Wanted.DRAFT: frozenset({Wanted.PAUSED, Wanted.ARCHIVED}),
    Wanted.PAUSED: frozenset({Wanted.ACTIVE, Wanted.ARCHIVED}),
    Wanted.ACTIVE: frozenset({Wanted.PAUSED, Wanted.ARCHIVED}),
    Wanted.ARCHIVED: frozenset(),
}

OPEN_REQUEST = Q(state__in=PublishRequest.OPEN)
IS_OURS = Q(managed=True) & ~Q(origin=Campaign.Origin.IMPORT)
IS_RUNNING = Q(wanted=Wanted.ACTIVE)
IS_OPTIMISED = IS_OURS & IS_RUNNING & ~Q(remote_id="")


class Delivery(Enum):
    """How something stands, for a person: a word and its tone (good, wait, off, bad)."""

    ACTIVE = "Active", "good"
    IN_REVIEW = "In review", "wait"
    PAUSED = "Paused", "off"
    PAUSED_BY_CAMPAIGN = "Paused by campaign", "off"
    PAUSED_BY_AD_GROUP = "Paused by ad group", "off"
    DISAPPROVED = "Disapproved", "bad"
    ERROR = "Error", "bad"
    BEING_PUBLISHED = "Being published", "wait"
    STILL_ACTIVE = "Active, should be paused", "bad"
    ENDED = "Ended", "off"
    DRAFT = "Draft", "off"
    ARCHIVED = "Archived", "off"
    ABSENT = "Not on the platform", "bad"
    IMPORTED = "Imported", "off"
    UNKNOWN = "Unknown", "wait"

    @property
    def word(self) -> str:
        return self.value[0]

    @property
    def tone(self) -> str:
        return self.value[1]


AS_WANTED: dict[str, Delivery] = {
    Wanted.DRAFT: Delivery.DRAFT,
    Wanted.PAUSED: Delivery.PAUSED,
    Wanted.ARCHIVED: Delivery.ARCHIVED,
}
AS_REMOTE: dict[str, Delivery] = {
    RemoteState.ACTIVE: Delivery.ACTIVE,
    RemoteState.IN_REVIEW: Delivery.IN_REVIEW,
    RemoteState.PAUSED: Delivery.PAUSED,
    RemoteState.REJECTED: Delivery.DISAPPROVED,
    RemoteState.ENDED: Delivery.ENDED,
    RemoteState.ABSENT: Delivery.ABSENT,
    RemoteState.UNKNOWN: Delivery.UNKNOWN,
}


def delivery(campaign: Campaign, publishing: str = "") -> Delivery:
    """`publishing` is the state of the newest PublishRequest, "" where there is none."""
    if campaign.origin == Campaign.Origin.IMPORT:
        return Delivery.IMPORTED
    if publishing == PublishRequest.State.REFUSED:
        return Delivery.ERROR
    if publishing in PublishRequest.OPEN:
        return Delivery.BEING_PUBLISHED
    if campaign.wanted in {Wanted.DRAFT, Wanted.ARCHIVED}:
        return AS_WANTED[campaign.wanted]
    if campaign.wanted == Wanted.PAUSED and campaign.remote == RemoteState.ACTIVE:
        return Delivery.STILL_ACTIVE
    return AS_REMOTE[campaign.remote]
