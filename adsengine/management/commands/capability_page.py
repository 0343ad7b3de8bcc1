"""Prints docs/platforms/capabilities.md from the tables of the clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from typing import Any

from django.core.management.base import BaseCommand

from core.common.money import currencies
from platforms.google.capabilities import CAPABILITIES as GOOGLE
from platforms.google.mutability import MUTABILITY as GOOGLE_FIXED
from platforms.meta.capabilities import CAPABILITIES as META
from platforms.meta.mutability import MUTABILITY as META_FIXED
from platforms.rules.capabilities import Capabilities
from platforms.rules.pack import PACK, RULES_VERSION
from platforms.rules.rule import NAMES
from platforms.spec.changes.mutability import Mutability
from platforms.tiktok.capabilities import CAPABILITIES as TIKTOK
from platforms.tiktok.mutability import MUTABILITY as TIKTOK_FIXED
from platforms.types import VideoLimits

TABLES: Sequence[tuple[Capabilities, Mutability]] = (
    (GOOGLE, GOOGLE_FIXED),
    (META, META_FIXED),
    (TIKTOK, TIKTOK_FIXED),
)
_OWN_TABLE = {"platform", "supports"}


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page(), ending="")


def page() -> str:
    parts = [
        "# What each platform can do here",
        "Made from `platforms/<vendor>/capabilities.py` and `mutability.py` by `manage.py "
        "capability_page`; a test compares it with them. Brief form, planner and rules read the "
        "same tables.",
        "## What a new campaign may say",
        "Fields of the plan language beyond its defaults. What is not in the table is refused by "
        "its path, before anything is sent.",
        _table(_supports()),
        "## Limits",
        _table(_limits()),
        "## Rules",
        "Asked in the review of a plan and by the client before it sends. Each problem names the "
        "path, the limit and the remedy.",
        _rules(),
        "## What is set once",
        "A change of one of these fields is a replacement, which loses learning and history.",
        _table(_fixed()),
    ]
    return "\n\n".join(parts) + "\n"


def _table(rows: Iterator[Sequence[str]]) -> str:
    head = ["", *(NAMES[can.platform] for can, _ in TABLES)]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)


def _rules() -> str:
    versions = ", ".join(f"{NAMES[key]} {number}" for key, number in RULES_VERSION.items())
    lines = [f"Versions of the packs: {versions}.", ""]
    for rule in PACK:
        lines.append(f"- `{rule.id}` ({rule.source})")
        for can, _ in TABLES:
            if rule.sentence(can):
                lines.append(f"  - {NAMES[can.platform]}: {rule.sentence(can)}")
    return "\n".join(lines)


def _supports() -> Iterator[Sequence[str]]:
    for path in dict.fromkeys(path for can, _ in TABLES for path in can.supports):
        yield [f"`{path}`", *(_values(can, path) for can, _ in TABLES)]


def _values(can: Capabilities, path: str) -> str:
    if path not in can.supports:
        return "no"
    allowed = can.supports[path]
    return "yes" if allowed is None else ", ".join(sorted(map(str, allowed)))


def _limits() -> Iterator[Sequence[str]]:
    for name in (field.name for field in fields(Capabilities)):
        if name not in _OWN_TABLE:
            yield [name, *(_shown(name, getattr(can, name)) for can, _ in TABLES)]


def _fixed() -> Iterator[Sequence[str]]:
    for kind, path in sorted({one for _, fixed in TABLES for one in fixed.fixed}):
        yield [
            f"{kind.replace('_', ' ')}: `{path}`",
            *("set once" if (kind, path) in fixed.fixed else "" for _, fixed in TABLES),
        ]


def _shown(name: str, value: Any) -> str:
    if name in _WORDS:
        return _WORDS[name](value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "no limit" if value is None else str(value)


def _bounds(value: tuple[int, int]) -> str:
    return str(value[0]) if value[0] == value[1] else f"{value[0]} to {value[1]}"


def _ages(value: tuple[int, ...]) -> str:
    every = value == tuple(range(value[0], value[-1] + 1))
    return f"any from {value[0]} to {value[-1]}" if every else " ".join(map(str, value))


def _currencies(value: frozenset[str] | None) -> str:
    without = set(currencies()) - set(currencies() if value is None else value)
    return f"all but {' '.join(sorted(without))}" if without else "all"


def _video(limits: VideoLimits | None) -> str:
    if limits is None:
        return "no"
    return (
        f"{limits.min_seconds} to {limits.max_seconds} s, {limits.min_side} pixels, "
        f"{limits.max_bytes // 1_000_000} MB"
    )


_WORDS: dict[str, Callable[[Any], str]] = {
    "video": _video,
    "headlines": _bounds,
    "descriptions": _bounds,
    "age_bounds": _ages,
    "currencies": _currencies,
    "keyword_signs": lambda value: value.replace("|", "\\|") or "none",
    "whole_currencies": lambda value: " ".join(sorted(value)) or "none",
}
