"""Versions of the spec's text. A new optional field is a new version, whose step writes the
default; older texts stay readable, and an approval stays bound to the hash of its own text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from platforms.spec.errors import Problem, SpecMalformed, shown

VERSION = 1
Content = dict[str, Any]
STEPS: Mapping[int, Callable[[Content], Content]] = {}
"""From a version to the next one: the content of the older, and what it is in the newer."""


def upgraded(
    content: Content,
    steps: Mapping[int, Callable[[Content], Content]] | None = None,
    newest: int = VERSION,
) -> Content:
    """The content in the newest version. Raises SpecMalformed for one that is not known."""
    known = STEPS if steps is None else steps
    version = content.get("version")
    if type(version) is not int or not 1 <= version <= newest:
        known_here = f"{shown(repr(version))} is not known here; 1 to {newest}"
        says = "is missing" if version is None else known_here
        raise SpecMalformed([Problem("version", says)])
    while version < newest:
        content = {**known[version](content), "version": version + 1}
        version += 1
    return content
