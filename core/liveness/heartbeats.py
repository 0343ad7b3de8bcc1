"""Tells when a worker or the beat no longer runs.

Each of them writes its row every EVERY_SECONDS. The pages read the rows, so that they tell of it
also when everything in the background is dead; each worker opens and closes the incidents.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import lanes
from core.common import clock
from core.models import Advertiser, Heartbeat, Incident

log = logging.getLogger(__name__)
BEAT = "beat"
EVERY_SECONDS = 30.0
LATE_AFTER = timedelta(minutes=3)
EXPECTED = (BEAT, *lanes.QUEUES)
_VENDOR_NAMES = {"google": "Google Ads", "meta": "Meta", "tiktok": "TikTok"}


@dataclass(frozen=True)
class Silent:
    """A process that has not been alive since `since`."""

    name: str
    since: datetime

    @property
    def does(self) -> str:
        """What nobody does while it is silent, as the start of a sentence."""
        kind, _, vendor = self.name.partition("_")
        if kind == "lower":
            return f"Pausing and lowering on {_VENDOR_NAMES[vendor]}"
        if kind == "work":
            return f"Launching and syncing on {_VENDOR_NAMES[vendor]}"
        if self.name == BEAT:
            return "The timetable, which starts all that is due,"
        if self.name == lanes.TIMETABLE:
            return "Starting what is due"
        return "Analyses, proposals and reports"

    @property
    def says(self) -> str:
        return f"{self.does} has stood still since {self.since:%-d %b %Y, %H:%M} UTC."


def note(name: str) -> None:
    """It is alive."""
    now = clock.real_now()
    Heartbeat.objects.update_or_create(
        name=name, defaults={"at": now}, create_defaults={"at": now, "first_at": now}
    )


def silent() -> list[Silent]:
    """Those that run no longer, or never ran while others did; one query.

    An installation in which nothing has ever run in the background tells of none: its jobs wait,
    and that is told with them.
    """
    rows = {row.name: row for row in Heartbeat.objects.filter(name__in=EXPECTED)}
    if not rows:
        return []
    began = min(row.first_at for row in rows.values())
    last = {name: rows[name].at if name in rows else began for name in EXPECTED}
    late = clock.real_now() - LATE_AFTER
    return [Silent(name, at) for name, at in last.items() if at < late]


def states() -> dict[str, str]:
    """Each expected process: "ok", "never ran", or since when it has been silent."""
    late = {one.name: f"silent since {one.since:%Y-%m-%dT%H:%M:%SZ}" for one in silent()}
    seen = set(Heartbeat.objects.values_list("name", flat=True))
    return {name: late.get(name, "ok" if name in seen else "never ran") for name in EXPECTED}


def tell() -> None:
    """Open an incident of every advertiser for each silent one, and close those of the others."""
    found = {one.name: one for one in silent()}
    open_keys = set(
        Incident.objects.filter(
            key__in=[_key(name) for name in EXPECTED], resolved_at=None
        ).values_list("advertiser_id", "key")
    )
    for advertiser in Advertiser.objects.all():
        for name in EXPECTED:
            is_open = (advertiser.pk, _key(name)) in open_keys
            if name in found and not is_open:
                _open(advertiser, found[name])
            elif name not in found and is_open:
                Incident.resolve(advertiser, _key(name))


def tried(write: Callable[[], None]) -> None:
    """A database that does not answer now is asked again in the next round."""
    try:
        write()
    except Exception:
        log.warning("a sign of life could not be written", exc_info=True)


def _key(name: str) -> str:
    return f"worker:{name}"


def _open(advertiser: Advertiser, one: Silent) -> None:
    stops = one.name.startswith("lower_")
    Incident.open(
        advertiser,
        _key(one.name),
        title=f"{one.does} stands still",
        detail=f"{one.says} The process {one.name!r} writes no sign of life.",
        at_stake="What is paused here goes on spending on the platform."
        if stops
        else "What is asked for here waits.",
        next_step="Ask whoever runs the installation to start its background processes again "
        "(make up); for what is urgent, use the platform itself.",
    )
