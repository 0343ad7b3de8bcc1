"""Which arms of a test run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from campaigns.models import Ad, AdGroup, RemoteState, Wanted
from optimization.models import ABTest, Arm

_SWITCHED_OFF = frozenset({Wanted.PAUSED.value, Wanted.ARCHIVED.value})


class HasStatus(Protocol):
    """What tells whether an ad or an ad group runs."""

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
    for part in ("ad", "ad__ad_group", "ad_group")
    for field in ("wanted", "remote", "remote_id")
]


def is_running(subject: Ad | AdGroup) -> bool:
    """Whether it and its ad group are active, and the platform has neither rejected nor ended nor
    removed it."""
    return _runs(subject, subject.ad_group if isinstance(subject, Ad) else None)


def _runs(part: HasStatus, above: HasStatus | None) -> bool:
    if part.remote == RemoteState.REJECTED or is_gone(part):
        return False
    if above is not None and (above.wanted in _SWITCHED_OFF or above.remote == RemoteState.ENDED):
        return False
    return part.wanted == Wanted.ACTIVE


def is_gone(part: HasStatus) -> bool:
    """Ended, or removed on the platform; what was never made there is not removed. The ads of a
    removed ad group are removed with it."""
    return part.remote == RemoteState.ENDED or (
        part.remote == RemoteState.ABSENT and bool(part.remote_id)
    )


def running_arms(tests: Iterable[ABTest]) -> Counter[int]:
    """Test id to how many of its arms run; one query, and no object for each arm."""
    found: Counter[int] = Counter()
    arms = Arm.objects.filter(test__in=list(tests)).order_by()
    for test_id, ad_id, *fields in arms.values_list("test", "ad", *_FIELDS):
        ad, above, group = (_Status(*fields[at : at + 3]) for at in (0, 3, 6))
        found[test_id] += _runs(ad, above) if ad_id else _runs(group, None)
    return found
