"""What a person has at hand before a journey."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.briefs import draw


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    return [draw(tmp_path, "blue.png", "#336699"), draw(tmp_path, "red.png", "#993333")]
