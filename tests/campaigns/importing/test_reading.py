from __future__ import annotations

import io

import pytest

from campaigns.importing.parsing import reading, table
from campaigns.importing.parsing.problems import FileRefused

TEXT = "Kampagne,Tag\nFrühling,2026-03-01\n"


def refusal(content: bytes) -> tuple[int, str]:
    with pytest.raises(FileRefused) as caught:
        reading.detect_encoding(io.BytesIO(content))
    problem = caught.value.problems[0]
    return problem.line, problem.reason


@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("latin-1", "cp1252"),
    ],
)
def test_every_encoding_gives_the_same_text(codec: str, found: str) -> None:
    file = io.BytesIO(TEXT.encode(codec))
    encoding = reading.detect_encoding(file)
    with reading.text(file, encoding) as stream:
        assert (encoding, stream.read()) == (found, TEXT)


def test_the_file_stays_open_after_reading() -> None:
    file = io.BytesIO(b"a,b\n")
    with reading.text(file, "utf-8"):
        pass
    assert not file.closed


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "is empty"),
        (b"PK\x03\x04rest", "Excel workbook or a ZIP"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel workbook"),
        (b"\x1f\x8b\x08rest", "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b"\n <!DOCTYPE html><html>", "web page"),
        (b'{"rows": []}', "JSON"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not a text file"),
        (b"a,b\n1,\x002\n", "not a text file"),
    ],
)
def test_what_is_not_a_csv_file_is_named(content: bytes, words: str) -> None:
    assert words in refusal(content)[1]


def test_a_damaged_utf8_file_is_not_taken_for_latin() -> None:
    line, reason = refusal("ä,b\nc,d\n".encode() + b"\xfc,e\n")
    assert line == 3
    assert "damaged" in reason


def test_a_utf16_file_cut_in_the_middle_of_a_sign_is_refused() -> None:
    assert "cut off" in refusal(TEXT.encode("utf-16")[:-1])[1]


def test_a_file_above_the_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 1024 * 1024)
    content = b"a,b\n" * (256 * 1024) + b"c,d\n"
    assert "larger than 1 MB" in refusal(content)[1]
    assert reading.fingerprint(io.BytesIO(content)) == ""


def test_records_know_the_line_on_which_they_begin() -> None:
    file = io.BytesIO(b'h,i\n"two\nlines",1\n\n,\nlast,2')
    found = list(table.records_after(file, "utf-8", ",", 1))
    assert [(r.line, r.last_line, r.cells) for r in found] == [
        (2, 3, ["two\nlines", "1"]),
        (6, 6, ["last", "2"]),
    ]


def test_a_quotation_mark_that_is_never_closed_is_a_fault_of_its_lines() -> None:
    file = io.BytesIO(b'h,i\na,1\n"b,2\nc,3\n')
    good, bad = table.records_after(file, "utf-8", ",", 1)
    assert good.cells == ["a", "1"]
    assert (bad.line, bad.last_line) == (3, 4)
    assert "not closed" in bad.fault


def test_more_records_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MAX_RECORDS", 3)
    file = io.BytesIO(b"h\n" + b"r\n" * 4)
    with pytest.raises(FileRefused, match="more than 3 rows") as caught:
        list(table.records_after(file, "utf-8", ",", 1))
    assert caught.value.problems[0].line == 5
