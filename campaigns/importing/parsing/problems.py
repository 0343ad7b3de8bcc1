"""What is wrong with a file: by line, by column, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MAX_KEPT = 200


class Problem(NamedTuple):
    """`line` counts from 1, 0 is the whole file; `field` is the column's header if there is one."""

    line: int
    field: str
    reason: str


class FileRefused(Exception):
    """The file as a whole cannot be taken, whatever its single rows say."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0].reason)
        self.problems: Sequence[Problem] = problems


class BadCell(Exception):
    """One cell cannot be read; the text says why and what to do."""


class ProblemList:
    """The first problems in full: a file of a million bad rows has the same few causes."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []

    def add(self, line: int, field: str, reason: str) -> None:
        if len(self.kept) < MAX_KEPT:
            self.kept.append(Problem(line, field, reason))

    def extend(self, problems: Sequence[Problem]) -> None:
        self.kept.extend(problems[: MAX_KEPT - len(self.kept)])
