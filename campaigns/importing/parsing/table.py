"""From text to records: separators, quotation marks, line numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, TextIO

from campaigns.importing.parsing import reading
from campaigns.importing.parsing.problems import FileRefused, Problem

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
MAX_RECORDS = 2_000_000
_SAMPLE_CHARACTERS = 256 * 1024
_SAMPLE_RECORDS = 20  # titles above the header included
_BAD_QUOTES = (
    "A quotation mark here is not closed, or one inside a text is not doubled. "
    "The file may be cut off: export it again."
)


class Record(NamedTuple):
    """One row of the file, from its first to its last line; `fault` if it cannot be split."""

    line: int
    last_line: int
    cells: list[str]
    fault: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.fault and not any(cell.strip() for cell in self.cells)


def sample(file: BinaryIO, encoding: str) -> str:
    """The beginning of the file, whole lines."""
    with reading.text(file, encoding) as stream:
        start = stream.read(_SAMPLE_CHARACTERS)
    whole = max(start.rfind("\n"), start.rfind("\r")) + 1
    return start if len(start) < _SAMPLE_CHARACTERS else start[:whole]


def first_records(start: str, separator: str) -> list[Record]:
    """The first records of a sample, as this separator would split them."""
    found: list[Record] = []
    for record in _split(io.StringIO(start, newline=""), separator):
        if len(found) == _SAMPLE_RECORDS:
            break
        found.append(record)
    return found


def records_after(file: BinaryIO, encoding: str, separator: str, line: int) -> Iterator[Record]:
    """What follows the header that ends on `line`, blank rows left out. Raises FileRefused."""
    with reading.text(file, encoding) as stream:
        count = 0
        for record in _split(stream, separator):
            if record.last_line <= line or record.is_blank:
                continue
            count += 1
            if count > MAX_RECORDS:
                raise FileRefused(
                    Problem(
                        record.line,
                        "",
                        f"The file has more than {MAX_RECORDS:,} rows. Split it by month.",
                    )
                )
            yield record


def _split(stream: TextIO, separator: str) -> Iterator[Record]:
    reader = csv.reader(stream, delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Record(line, reader.line_num, [], _BAD_QUOTES)
        else:
            yield Record(line, reader.line_num, cells)
