"""What is wrong with a spec's text, each problem with the path of its field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from core.common.errors import InvalidInput
from platforms.spec.ads import AD_CLASSES
from platforms.spec.base import Location, tag_of
from platforms.spec.extensions import EXTENSION_CLASSES
from platforms.spec.platform_parts import PLATFORMS

MOST_PROBLEMS = 100
_SHOWN = 20
_LONGEST_STEP, _LONGEST_MESSAGE = 80, 300  # keys and values are whatever somebody wrote
UNSTORABLE = re.compile("[\\x00\ud800-\udfff]")  # PostgreSQL takes neither
_UNIONS = {"ads", "extensions", "part"}
_TAGS = {
    *(tag_of(ad_class, "format") for ad_class in AD_CLASSES),
    *(tag_of(extension, "kind") for extension in EXTENSION_CLASSES),
    *PLATFORMS,
}
_WORDS = {"extra_forbidden": "is an unknown key", "missing": "is missing"}


@dataclass(frozen=True)
class Problem:
    path: str
    """Such as ad_groups[0].ads[2].headlines[1]; empty for the whole text."""
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class SpecMalformed(InvalidInput):
    """`problems`: the first of them, at most MOST_PROBLEMS; `count`: how many there are."""

    code = "spec_malformed"

    def __init__(self, problems: Sequence[Problem], count: int = 0) -> None:
        self.problems = tuple(problems[:MOST_PROBLEMS])
        self.count = max(count, len(problems))
        text = "; ".join(str(problem) for problem in self.problems[:_SHOWN])
        left = self.count - _SHOWN
        more = f"; and {left:,} more" if left > 0 else ""
        super().__init__(f"This spec cannot be read. {text}{more}", field=self.problems[0].path)


def malformed(error: ValidationError) -> SpecMalformed:
    found = error.errors(include_url=False, include_input=False)[:MOST_PROBLEMS]
    return SpecMalformed([_problem(one) for one in found], error.error_count())


def _problem(found: Any) -> Problem:
    """A union whose tag is missing or unknown is a problem of the tag."""
    location, kind, context = found["loc"], found["type"], found.get("ctx", {})
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        path = path_text((*_without_tags(location), context["discriminator"].strip("'")))
        if kind == "union_tag_not_found":
            return Problem(path, "is missing")
        says = f"{context['tag']!r} is not known here; one of {context['expected_tags']}"
        return Problem(path, shown(says, _LONGEST_MESSAGE))
    message = found["msg"].removeprefix("Value error, ")
    return Problem(
        path_text(_without_tags(location)), shown(_WORDS.get(kind, message), _LONGEST_MESSAGE)
    )


def path_text(location: Location) -> str:
    """Such as ad_groups[0].ads[2].headlines[1]."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{shown(step)}" for step in location)
    return "".join(steps).removeprefix(".")


def _without_tags(location: Location) -> Location:
    """pydantic puts the tag of a union behind its field or the index in its list."""
    found: list[int | str] = []
    field = ""
    for at, step in enumerate(location):
        if step in _TAGS and field in _UNIONS and _is_behind_union(location, at):
            continue
        found.append(step)
        field = step if isinstance(step, str) else field
    return tuple(found)


def _is_behind_union(location: Location, at: int) -> bool:
    before = location[at - 1]
    return isinstance(before, int) or before == "part"


def shown(text: str, most: int = _LONGEST_STEP) -> str:
    """As it can be shown and stored."""
    cut = text if len(text) <= most else f"{text[:most]}…"
    return UNSTORABLE.sub("\ufffd", cut)
