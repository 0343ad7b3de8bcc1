"""What is wrong with a file: by line, by column, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from campaigns.importing.parsing.advice import Caller, text_for

MAX_KEPT = 200


class Problem(NamedTuple):
    """`line` counts from 1, 0 is the whole file; `field` is the column's header if there is one."""

    line: int
    field: str
    reason: str

    def for_caller(self, caller: Caller) -> Problem:
        return self._replace(reason=text_for(self.reason, caller))


class FileRefused(Exception):
    """The file as a whole cannot be taken, whatever its single rows say."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0].reason)
        self.problems: Sequence[Problem] = problems


class BadCell(Exception):
    """One cell cannot be read; `reason` says why and what to do. Where a format of its column would
    help, `formats` are examples of it."""

    def __init__(self, reason: str, formats: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason, self.formats = reason, formats


class ProblemList:
    """The first problems in full: a file of a million bad rows has the same few causes."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []

    def add(self, line: int, field: str, reason: str) -> None:
        if len(self.kept) < MAX_KEPT:
            self.kept.append(Problem(line, field, reason))

    def extend(self, problems: Sequence[Problem]) -> None:
        self.kept.extend(problems[: MAX_KEPT - len(self.kept)])
