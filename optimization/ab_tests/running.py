"""Which arms of a test run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from campaigns.models import Ad, AdGroup, RemoteState, Wanted
from optimization.models import ABTest, Arm

WITH_PARENTS = ("ad__ad_group__campaign", "ad_group__campaign")
"""What a query of arms joins, so that `is_running` reads nothing more."""


class HasStatus(Protocol):
    """What tells whether an ad, an ad group or a campaign runs."""

    @property
    def wanted(self) -> str: ...
    @property
    def remote(self) -> str: ...
    @property
    def remote_id(self) -> str: ...


class _Status(NamedTuple):
    wanted: str
    remote: str
    remote_id: str


_FIELDS = [
    f"{part}__{field}"
    for part in ("ad", "ad__ad_group", "ad_group", "test__campaign")
    for field in ("wanted", "remote", "remote_id")
]
_OFF_HERE = {Wanted.PAUSED.value: "paused", Wanted.ARCHIVED.value: "archived"}
_OFF_THERE = {
    RemoteState.REJECTED.value: "rejected",
    RemoteState.ENDED.value: "ended",
    RemoteState.PAUSED.value: "paused on the platform",
}


def is_running(subject: Ad | AdGroup) -> bool:
    """Whether it, its ad group and its campaign run, here and on the platform; the campaign's own
    pause does not count, because it pauses all arms alike."""
    return not off_reason(subject)


def off_reason(subject: Ad | AdGroup) -> str:
    """Why it does not run, in a few words ("rejected", "its ad group is paused"); empty where it
    runs."""
    if isinstance(subject, Ad):
        return _off_reason(subject, subject.ad_group, subject.ad_group.campaign)
    return _off_reason(subject, None, subject.campaign)


def _off_reason(part: HasStatus, group: HasStatus | None, campaign: HasStatus) -> str:
    if part.wanted != Wanted.ACTIVE:
        return Wanted(part.wanted).label
    if there := _off_there(part):
        return there
    if group is not None and (why := _OFF_HERE.get(group.wanted) or _off_there(group)):
        return f"its ad group is {why}"
    if campaign.remote != RemoteState.PAUSED and (why := _off_there(campaign)):
        return f"its campaign is {why}"
    return ""


def _off_there(part: HasStatus) -> str:
    """Why it does not run on the platform; what was never made there is not removed."""
    if is_removed(part):
        return "removed on the platform"
    return _OFF_THERE.get(part.remote, "")


def is_removed(part: HasStatus) -> bool:
    """Whether it was made on the platform and is not there any more."""
    return part.remote == RemoteState.ABSENT and bool(part.remote_id)


def running_arms(tests: Iterable[ABTest]) -> Counter[int]:
    """Test id to how many of its arms run; one query, and no object for each arm."""
    found: Counter[int] = Counter()
    arms = Arm.objects.filter(test__in=list(tests)).order_by()
    for test_id, ad_id, *fields in arms.values_list("test", "ad", *_FIELDS):
        ad, above, group, campaign = (_Status(*fields[at : at + 3]) for at in (0, 3, 6, 9))
        off = _off_reason(ad, above, campaign) if ad_id else _off_reason(group, None, campaign)
        found[test_id] += not off
    return found
