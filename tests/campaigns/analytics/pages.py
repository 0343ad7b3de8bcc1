"""How the tests of analytics read the page."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any


def cells(line: Any) -> dict[str, str]:
    return {cell.measure.key: cell.shown for cell in line.cells}


def rows_of(response: Any) -> list[dict[str, str]]:
    body = response.content.decode("utf-8")
    assert body[0] == "\ufeff"
    return list(csv.DictReader(StringIO(body[1:])))
