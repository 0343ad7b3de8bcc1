"""Which ads carry a badge. Tests know their winners; they live above this app and register here."""

from __future__ import annotations

from collections.abc import Callable

from core.models import Advertiser

WinnerSource = Callable[[Advertiser], set[int]]
_sources: list[WinnerSource] = []


def register_winner_source(source: WinnerSource) -> WinnerSource:
    """Add a source of winning ad ids; called once, when its app is ready."""
    if source not in _sources:
        _sources.append(source)
    return source


def winner_ad_ids(advertiser: Advertiser) -> set[int]:
    return set().union(*(source(advertiser) for source in _sources))
