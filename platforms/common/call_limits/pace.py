"""How many calls of a vendor's app may be sent: one count for all workers of the installation.

A part of each second, minute and day is kept for what lowers spend. A caller that may not send yet
asks again later: nobody queues, so what lowers waits behind nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from platforms.common.call_limits.shared_state import ProcessState
from platforms.types import SharedState, State, StateAway

_DAY_SECONDS = 86_400.0  # days of UTC, as epoch seconds have no leap seconds
_LONGEST_HALT = 300.0
# Without the shared count each process sends a part only: others do too.
_SHARE_ALONE = 4
OUT_SECONDS = 60.0
"""A wait from which on a person is told."""

process_state = ProcessState()


@dataclass(frozen=True)
class Window:
    """At most `calls` within any `seconds`, of which `kept` are for what lowers."""

    calls: int
    seconds: float
    kept: int = 0

    def limit(self, lowers: bool) -> int:
        return self.calls if lowers else self.calls - self.kept


@dataclass(frozen=True)
class Rule:
    """The limits of an app, or of one kind of call."""

    name: str
    windows: tuple[Window, ...]
    per_day: int
    kept_of_day: int = 0

    def alone(self) -> Rule:
        """For a process that cannot ask what the others sent."""
        windows = tuple(
            replace(w, calls=w.kept + max(1, w.limit(False) // _SHARE_ALONE)) for w in self.windows
        )
        return replace(self, windows=windows)


class Turn(NamedTuple):
    """`wait`: 0 means that the call may be sent now, and is counted; else the seconds after which
    to ask again. `struck`: the vendor has refused a call since the last one that it answered.
    `was_out`: a person was told that calls were used up."""

    wait: float
    struck: bool = False
    was_out: bool = False


class Pace:
    """The count of one app. Never raises and never waits long."""

    def __init__(self, key: str, shared: SharedState | None) -> None:
        self._key = key
        self._shared = shared

    def ask(self, rules: Sequence[Rule], *, lowers: bool) -> Turn:
        """The turn of one call, which all rules must allow."""
        if not rules:
            return Turn(0.0)

        def change(state: State, now: float) -> tuple[State | None, Turn]:
            return _take(state, now, rules, lowers)

        try:
            if self._shared is not None:
                return self._shared.update(self._key, change)
        except StateAway:
            rules = [rule.alone() for rule in rules]
        return process_state.update(self._key, change)

    def refused(self, rules: Sequence[Rule]) -> float:
        """The vendor has refused a call of the last rule as one too many: seconds for which nobody
        but what lowers sends more. They double with each refusal, up to five minutes, until a call
        is answered."""
        seconds: float = self._update(lambda state, now: _halt(state, now, rules[-1].name))
        return seconds

    def recovered(self, rules: Sequence[Rule]) -> None:
        """A call whose turn was `struck` or `was_out` is answered."""
        self._update(lambda state, now: (_free(state, rules), None))

    def _update(self, change: Any) -> Any:
        if self._shared is not None:
            with suppress(StateAway):
                return self._shared.update(self._key, change)
        return process_state.update(self._key, change)


def _take(
    state: State, now: float, rules: Sequence[Rule], lowers: bool
) -> tuple[State | None, Turn]:
    parts = {rule.name: _part(state, rule.name, now) for rule in rules}
    struck = any(part["strikes"] for part in parts.values())
    was_out = any(part["out"] for part in parts.values())
    wait = max(_wait(parts[rule.name], rule, now, lowers) for rule in rules)
    if wait > 0:
        out = {name: part | {"out": was_out or wait >= OUT_SECONDS} for name, part in parts.items()}
        turn = Turn(wait, struck, was_out)
        return None if out == _known(state, rules) else state | out, turn
    for rule in rules:
        part = parts[rule.name]
        longest = max(window.seconds for window in rule.windows)
        part["times"] = [time for time in part["times"] if time > now - longest] + [now]
        part["of_day"] += 1
    return state | parts, Turn(0.0, struck, was_out)


def _wait(part: State, rule: Rule, now: float, lowers: bool) -> float:
    wait = 0.0 if lowers else max(0.0, part["halt"] - now)
    if part["of_day"] >= rule.per_day - (0 if lowers else rule.kept_of_day):
        wait = max(wait, _DAY_SECONDS - now % _DAY_SECONDS)
    for window in rule.windows:
        recent = [time for time in part["times"] if time > now - window.seconds]
        excess = len(recent) - window.limit(lowers)
        if excess >= 0:
            wait = max(wait, recent[excess] + window.seconds - now)
    return wait


def _halt(state: State, now: float, name: str) -> tuple[State, float]:
    part = _part(state, name, now)
    if now < part["halt"]:  # others were refused at the same time
        return state, float(part["halt"] - now)
    part["strikes"] += 1
    seconds = min(_LONGEST_HALT, 2.0 ** min(part["strikes"] - 1, 10))
    part["halt"] = now + seconds
    part["out"] = part["out"] or seconds >= OUT_SECONDS
    return state | {name: part}, seconds


def _free(state: State, rules: Sequence[Rule]) -> State:
    fresh = {"halt": 0.0, "strikes": 0, "out": False}
    return state | {rule.name: state.get(rule.name, {}) | fresh for rule in rules}


def _known(state: State, rules: Sequence[Rule]) -> State:
    return {rule.name: state.get(rule.name) for rule in rules}


def _part(state: State, name: str, now: float) -> State:
    """The count of one rule, of today."""
    part: State = {"times": [], "halt": 0.0, "strikes": 0, "out": False, "day": 0, "of_day": 0}
    part |= state.get(name, {})
    # After a clock was set back nothing lies far ahead of now.
    part["times"] = [min(time, now) for time in part["times"]]
    part["halt"] = min(part["halt"], now + _LONGEST_HALT)
    day = int(now // _DAY_SECONDS)
    return part if part["day"] == day else part | {"day": day, "of_day": 0}
