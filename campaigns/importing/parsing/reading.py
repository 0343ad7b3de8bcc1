"""From bytes to text: is it a text file at all, and in which encoding."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import BinaryIO, TextIO

from campaigns.importing.parsing.problems import FileRefused, Problem

MAX_BYTES = 200 * 1024 * 1024
_CHUNK = 1024 * 1024
_HEAD = 4096
_BOMS = (  # UTF-32's begins with UTF-16's, so it comes first
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP file. Unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook. Save the sheet as CSV"),
    (b"\x1f\x8b", "a gzip file. Unpack it first"),
    (b"%PDF", "a PDF. Export the report as CSV"),
    (b"PAR1", "a Parquet file. Export the report as CSV"),
)
_MARKUP = (
    (b"<", "a web page or XML, perhaps a sign-in page saved instead of the report"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with byte order mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252 (Latin-1)",
}


def encoding_name(encoding: str) -> str:
    return _NAMES[encoding]


def fingerprint(file: BinaryIO) -> str:
    """SHA-256 of the file; empty for one above the limit, which is not read."""
    size = file.seek(0, io.SEEK_END)
    if size > MAX_BYTES:
        return ""
    digest = hashlib.sha256()
    for chunk in _chunks(file):
        digest.update(chunk)
    return digest.hexdigest()


def detect_encoding(file: BinaryIO) -> str:
    """The encoding in which the whole file can be read. Raises FileRefused."""
    if file.seek(0, io.SEEK_END) > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        raise _file_refusal(
            f"The file is larger than {limit} MB. Split it by month or by campaign."
        )
    file.seek(0)
    head = file.read(_HEAD)
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf\xfe\xff"):
        raise _file_refusal("The file is empty. Export the report again.")
    _check_magic(head)
    encoding = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    encoding = encoding or _without_bom(head)
    if encoding == "utf-8":
        return _utf8_or_latin(file)
    if _first_failure(file, encoding):
        raise _file_refusal(
            f"The file begins as {encoding_name(encoding)} but does not go on so: it is damaged "
            "or cut off. Export the report again."
        )
    return encoding


@contextmanager
def text(file: BinaryIO, encoding: str) -> Iterator[TextIO]:
    """The file from its beginning as text, line ends untouched; the file stays open after."""
    file.seek(0)
    wrapper = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield wrapper
    finally:
        wrapper.detach()


def _file_refusal(reason: str, line: int = 0) -> FileRefused:
    return FileRefused(Problem(line, "", reason))


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk


def _check_magic(head: bytes) -> None:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    for magic, what in (*_MAGIC, *_MARKUP):
        if start.startswith(magic):
            raise _file_refusal(f"This is not a CSV file but {what}.")


def _without_bom(head: bytes) -> str:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.7 and not even:
        return "utf-16-le"
    if even > half * 0.7 and not odd:
        return "utf-16-be"
    if _CONTROL.search(head):
        raise _file_refusal("This is not a text file. Export the report as CSV.")
    return "utf-8"


def _utf8_or_latin(file: BinaryIO) -> str:
    failure = _first_failure(file, "utf-8")
    if failure is None:
        return "utf-8"
    line, had_other_signs = failure
    if had_other_signs:
        raise _file_refusal(
            "The file is UTF-8 up to here but has other bytes on this line: it is damaged, cut "
            "off, or pasted together. Export it again as UTF-8.",
            line,
        )
    if _first_failure(file, "cp1252"):
        raise _file_refusal("The file is in an unknown encoding. Save it as UTF-8.", line)
    return "cp1252"


def _first_failure(file: BinaryIO, encoding: str) -> tuple[int, bool] | None:
    """The line of the first wrong byte, and whether well-formed non-ASCII came before it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, other_signs = 1, False
    for chunk in chain(_chunks(file), [b""]):
        try:
            part = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as err:
            before = err.object[: err.start]
            return line + before.count(b"\n"), other_signs or not before.isascii()
        line += part.count("\n")
        other_signs = other_signs or not part.isascii()
    return None
