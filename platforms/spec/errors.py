"""What is wrong with a spec's text, each problem with the path of its field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from core.common.errors import InvalidInput
from platforms.spec.ads import AD_CLASSES
from platforms.spec.base import tag_of
from platforms.spec.extensions import EXTENSION_CLASSES
from platforms.spec.platform_parts import PLATFORMS

_SHOWN = 20
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
    code = "spec_malformed"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        text = "; ".join(str(problem) for problem in self.problems[:_SHOWN])
        left = len(self.problems) - _SHOWN
        more = f"; and {left:,} more" if left > 0 else ""
        super().__init__(f"This spec cannot be read. {text}{more}", field=self.problems[0].path)


def problems_of(error: ValidationError) -> list[Problem]:
    return [
        Problem(path_text(found["loc"]), _WORDS.get(found["type"], _plain(found["msg"])))
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def path_text(location: Sequence[int | str]) -> str:
    """The path without the tags of unions, which pydantic puts behind the field or its index."""
    text, field = "", ""
    for at, step in enumerate(location):
        if isinstance(step, int):
            text += f"[{step}]"
        elif field in _UNIONS and step in _TAGS and _is_behind_union(location, at):
            continue
        else:
            text += f".{step}" if text else step
            field = step
    return text


def _is_behind_union(location: Sequence[int | str], at: int) -> bool:
    """A tag stands right behind a list's index, or behind `part`."""
    before = location[at - 1]
    return isinstance(before, int) or before == "part"


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
