"""Statuses of a campaign, the allowed moves, and named sets of them.

`wanted` is what we decided, `remote` what the platform last told us, publishing the state of the
newest PublishRequest. The pages show one word computed from the three.
"""

from __future__ import annotations

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

_REMOTE_WORDS: dict[str, tuple[str, str]] = {
    RemoteState.ACTIVE: ("Active", "good"),
    RemoteState.IN_REVIEW: ("In review", "wait"),
    RemoteState.PAUSED: ("Paused", "off"),
    RemoteState.REJECTED: ("Disapproved", "bad"),
    RemoteState.ENDED: ("Ended", "off"),
    RemoteState.ABSENT: ("Not on the platform", "bad"),
    RemoteState.UNKNOWN: ("Unknown", "wait"),
}


def delivery(campaign: Campaign, publishing: str = "") -> tuple[str, str]:
    """One word for a person and its tone (good, wait, off, bad).

    `publishing` is the state of the newest PublishRequest, "" where there is none.
    """
    if campaign.origin == Campaign.Origin.IMPORT:
        return "Imported", "off"
    if publishing == PublishRequest.State.REFUSED:
        return "Error", "bad"
    if publishing in PublishRequest.OPEN:
        return "Being published", "wait"
    if campaign.wanted in {Wanted.DRAFT, Wanted.ARCHIVED}:
        return campaign.get_wanted_display().capitalize(), "off"
    if campaign.wanted == Wanted.PAUSED and campaign.remote == RemoteState.ACTIVE:
        return "Active, should be paused", "bad"
    return remote_word(campaign.remote)


def remote_word(remote: str) -> tuple[str, str]:
    """What the platform said, as a word and its tone."""
    return _REMOTE_WORDS[remote]
