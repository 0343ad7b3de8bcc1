"""How a test holds an ad's return against a target, and what changed about it, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from optimization.models import Analysis

NO_VALUES = (
    "Conversions carry no value in the days judged, so no ad is paused for its return; send values "
    "with conversions to change that."
)
_TARGETS = {"target_roas": "target ROAS", "target_cpa": "target cost per action"}
_GONE = {
    "target_roas": "conversions carry no value any more",
    "target_cpa": "it is in another currency than the account now",
}


def return_guard(newest: Analysis | None) -> str:
    """Empty before the first analysis, and for analyses stored before there was such a guard."""
    if newest is None or "roas_floor" not in newest.settings:
        return ""
    target, floor = newest.settings.get("target_roas"), newest.settings["roas_floor"]
    if target is not None:
        return f"An ad proven below the target ROAS of {target:g}x is paused."
    if floor is not None:
        return f"No target ROAS is set: an ad proven below {floor:g}x, its own cost, is paused."
    return NO_VALUES


@dataclass(frozen=True)
class TargetChange:
    key: str
    before: float | None
    after: float | None
    at: str

    @property
    def name(self) -> str:
        return _TARGETS[self.key]

    @property
    def text(self) -> str:
        if self.after is None:
            return (
                f"Until {self.at} ads were held against a {self.name} of {self.before:g}, since "
                f"then they are not: the target was removed, or {_GONE[self.key]}. What was "
                "decided stands."
            )
        was = "none" if self.before is None else f"{self.before:g}"
        return f"The {self.name} is {self.after:g} since {self.at}; before it was {was}."


def target_changes(analyses: Sequence[Analysis]) -> list[str]:
    """What changed about the targets between the analyses given, the newest first."""
    return [change.text for change in _changes(analyses)]


def _changes(analyses: Sequence[Analysis]) -> Iterator[TargetChange]:
    for newer, older in pairwise(analyses):
        for key in _TARGETS:
            before, after = older.settings.get(key), newer.settings.get(key)
            if before != after:
                yield TargetChange(key, before, after, f"{newer.at:%-d %b %Y}")
