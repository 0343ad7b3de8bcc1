"""A spec as canonical text, and back.

Two writings of one spec have one text and one hash: sets are sorted, keys too, defaults are written
out, money is whole micros. What is stored is this text, never a JSON column, which may reorder it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from pydantic import ValidationError

from platforms.spec.campaign import CampaignSpec
from platforms.spec.errors import Problem, SpecMalformed, problems_of
from platforms.spec.versions import VERSION, upgraded

_UNSTORABLE = re.compile("[\\x00\ud800-\udfff]")  # PostgreSQL takes neither
DEPTH = 40  # a spec has 8 levels; deeper text is an attack on the reader


def serialise(spec: CampaignSpec) -> str:
    content = {"version": VERSION, "campaign": spec.model_dump(mode="json")}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(spec: CampaignSpec) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(serialise(spec).encode()).hexdigest()


def parse_spec(text: str) -> CampaignSpec:
    """The spec of a stored or received text, of this version or an older one. Raises SpecMalformed
    with the path of each field that is wrong."""
    content = _read(text)
    if not isinstance(content, dict):
        raise SpecMalformed([Problem("", "a spec is an object with version and campaign")])
    content = upgraded(content)
    unknown = sorted(set(content) - {"version", "campaign"})
    if unknown or "campaign" not in content:
        problem = (
            Problem(unknown[0], "is an unknown key")
            if unknown
            else Problem("campaign", "is missing")
        )
        raise SpecMalformed([problem])
    try:
        # Through text again: strict mode reads arrays as tuples only there.
        return CampaignSpec.model_validate_json(json.dumps(content["campaign"]))
    except ValidationError as err:
        raise SpecMalformed(problems_of(err)) from err


class _Twice(dict[str, Any]):
    """An object in which a key stands twice: the last one would win without a word."""

    key: str


def _read(text: str) -> Any:
    try:
        content = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except (json.JSONDecodeError, RecursionError, ValueError) as err:
        raise SpecMalformed([Problem("", f"no JSON: {err}")]) from err
    problems = list(_problems(content, "", 0))
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


def _problems(content: Any, path: str, depth: int) -> Iterator[Problem]:
    """Keys that stand twice, texts that cannot be stored, and what is nested too deep."""
    if depth > DEPTH:
        yield Problem(path, "is nested too deep")
        return
    if isinstance(content, _Twice):
        yield Problem(f"{path}.{content.key}" if path else content.key, "is there twice")
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _problems(value, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(content, list):
        for at, value in enumerate(content):
            yield from _problems(value, f"{path}[{at}]", depth + 1)
    elif isinstance(content, str) and _UNSTORABLE.search(content):
        yield Problem(path, "has a character that cannot be stored")
