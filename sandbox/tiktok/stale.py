"""Lists of the TikTok emulator that lag behind writes: a scripted `stale_read` answers as before.

The documentation does not say that a list shows a change at once, so a test may ask that it does
not.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.tiktok.params import TikTok


def before_write(tiktok: TikTok) -> None:
    """Keep the world as it is, while a later read is to answer with it."""
    if tiktok.past.world is None and _is_scripted(tiktok):
        tiktok.past.world = tiktok.world.snapshot()


def as_before(tiktok: TikTok) -> TikTok:
    """The emulator as it was before the first write since the fault was queued."""
    past = tiktok.past.world
    if not _is_scripted(tiktok):
        tiktok.past.world = None
    return tiktok if past is None else replace(tiktok, world=past)


def _is_scripted(tiktok: TikTok) -> bool:
    faults = tiktok.world.faults.pending()
    return any(fault.platform == "tiktok" and fault.kind == "stale_read" for fault in faults)
