"""A spec as canonical text, and back.

Two writings of one spec have one text and one hash: sets are sorted, keys too, defaults are written
out, money is whole micros. What is stored is this text, never a JSON column, which may reorder it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn

from pydantic import ValidationError

from platforms.spec.base import Location
from platforms.spec.campaign import CampaignSpec
from platforms.spec.errors import (
    MOST_PROBLEMS,
    UNSTORABLE,
    Problem,
    SpecMalformed,
    malformed,
    path_text,
)
from platforms.spec.versions import VERSION, upgraded

DEPTH = 40  # a spec has 8 levels; deeper text is an attack on the reader


def serialise(spec: CampaignSpec) -> str:
    return canonical({"version": VERSION, "campaign": campaign_content(spec)})


def canonical(content: Any) -> str:
    """The one text of what JSON can hold."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def campaign_content(spec: CampaignSpec) -> dict[str, Any]:
    """What JSON holds of it, for a text that holds more than one spec."""
    return spec.model_dump(mode="json")


def upgraded_campaign(content: Any, version: Any) -> Any:
    """`campaign_content` of that version, in the newest one. Raises SpecMalformed."""
    return upgraded({"version": version, "campaign": content})["campaign"]


def hash_of(spec: CampaignSpec) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(serialise(spec).encode()).hexdigest()


def parse_spec(text: str) -> CampaignSpec:
    """The spec of a stored or received text, of this version or an older one. Raises SpecMalformed
    with the path of each field that is wrong, from the campaign on, such as budget.amount."""
    content = read_json(text)
    if not isinstance(content, dict):
        raise SpecMalformed([Problem("", "a spec is an object with version and campaign")])
    content = upgraded(content)
    unknown = sorted(set(content) - {"version", "campaign"})
    if unknown:
        raise SpecMalformed([Problem(path_text((unknown[0],)), "is an unknown key")])
    if "campaign" not in content:
        raise SpecMalformed([Problem("campaign", "is missing")])
    try:
        # Through text again: strict mode reads arrays as tuples only there.
        return CampaignSpec.model_validate_json(json.dumps(content["campaign"]))
    except ValidationError as err:
        raise malformed(err) from err


class _Twice(dict[str, Any]):
    """An object in which a key stands twice: the last one would win without a word."""

    key: str


def read_json(text: str) -> Any:
    """Stricter than JSON: no key twice, nothing that cannot be stored, no endless depth. Raises
    SpecMalformed."""
    try:
        content = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except (json.JSONDecodeError, RecursionError, ValueError) as err:
        raise SpecMalformed([Problem("", f"no JSON: {err}")]) from err
    problems = list(islice(_problems(content), MOST_PROBLEMS))
    if problems:
        raise SpecMalformed(problems)
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    twice = _Twice(found)
    twice.key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return twice


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


_Steps = tuple["_Steps", int | str] | None
"""The way to a value: that to its parent, and one step more. Paths are only written for problems:
keys may be long, and trees large."""


def _problems(content: Any) -> Iterator[Problem]:
    """Keys that stand twice, texts that cannot be stored, and what is nested too deep."""
    waiting: list[tuple[Any, _Steps, int]] = [(content, None, 0)]
    while waiting:
        value, steps, depth = waiting.pop()
        if isinstance(value, str):
            if UNSTORABLE.search(value):
                yield Problem(_path(steps), "has a character that cannot be stored")
        elif isinstance(value, dict | list) and depth > DEPTH:
            yield Problem(_path(steps), "is nested too deep")
        elif isinstance(value, dict):
            yield from _key_problems(value, steps)
            inside = [(inner, (steps, key), depth + 1) for key, inner in value.items()]
            waiting += reversed(inside)
        elif isinstance(value, list):
            waiting += [(value[at], (steps, at), depth + 1) for at in reversed(range(len(value)))]


def _key_problems(content: dict[str, Any], steps: _Steps) -> Iterator[Problem]:
    if isinstance(content, _Twice):
        yield Problem(_path((steps, content.key)), "is there twice")
    for key in content:
        if UNSTORABLE.search(key):
            yield Problem(_path((steps, key)), "is a key with a character that cannot be stored")


def _path(steps: _Steps) -> str:
    """From the campaign on, as all paths are."""
    found: list[int | str] = []
    while steps is not None:
        steps, step = steps
        found.append(step)
    location: Location = tuple(reversed(found))
    return path_text(location[1:] if location[:1] == ("campaign",) else location)
