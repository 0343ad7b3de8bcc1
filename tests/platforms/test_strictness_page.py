"""The page on strictness has a line for every verb, and every test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from platforms.interface import AdPlatform

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/platforms/strictness_meta_google.md"
VERBS = [name for name, value in vars(AdPlatform).items() if callable(value) and name[0] != "_"]
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_LONG_NAME = 3  # words; shorter ones are names of fields


def sections() -> dict[str, str]:
    _, *parts = _SECTION.split(PAGE.read_text())
    return dict(zip(parts[::2], parts[1::2], strict=True))


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("platform", ["Meta", "Google"])
def test_every_verb_has_a_line(platform: str) -> None:
    text = sections()[platform]
    named = {name for row in rows(text) for name in re.split(r", | \(", row[0])}
    assert [verb for verb in VERBS if verb not in named] == []
    assert all(len(row) == 5 for row in rows(text))  # verb, vendor, ours, now, tests


def test_every_named_test_exists() -> None:
    folders = [ROOT / "tests" / name for name in ("sandbox", "platforms", "campaigns")]
    source = "".join(path.read_text() for folder in folders for path in folder.rglob("test_*.py"))
    defined = re.findall(r"def test_(\w+)", source)
    tests = [row[-1] for text in sections().values() for row in rows(text)]
    named = {name for cell in tests for name in re.findall(r"`(\w+)…?`", cell)}
    named = {name for name in named if name.count("_") + 1 >= _LONG_NAME}
    assert len(named) > 30
    assert [name for name in sorted(named) if not any(d.startswith(name) for d in defined)] == []
