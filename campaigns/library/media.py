"""HTTP responses with a stored file: the whole file, or the byte range of a video player."""

from __future__ import annotations

import re
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class _Part:
    """A limited number of bytes of a file from its current position."""

    def __init__(self, file: Any, length: int) -> None:
        self._file, self._left = file, length

    def read(self, size: int) -> bytes:
        data: bytes = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()


def file_response(request: HttpRequest, stored: Any, mime: str) -> HttpResponseBase:
    """A file that never changes under its URL. Raises Http404 when it is missing."""
    try:
        file, size = stored.open("rb"), stored.size
    except FileNotFoundError:
        raise Http404 from None
    wanted = _range(request.headers.get("Range", ""), size)
    answer: HttpResponseBase
    if wanted is None:
        answer = FileResponse(file, content_type=mime)
    elif not wanted:
        file.close()
        answer = HttpResponse(status=416, content_type=mime)
        answer["Content-Range"] = f"bytes */{size}"
    else:
        answer = _partial_response(file, wanted, size, mime)
    answer["Accept-Ranges"] = "bytes"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    answer["Content-Security-Policy"] = "default-src 'none'"
    return answer


def _partial_response(file: Any, wanted: range, size: int, mime: str) -> FileResponse:
    file.seek(wanted.start)
    answer = FileResponse(_Part(file, len(wanted)), status=206, content_type=mime)
    answer["Content-Length"] = str(len(wanted))
    answer["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    return answer


def _range(header: str, size: int) -> range | None:
    """The bytes asked for; empty when there are none such, None for the whole file. Several
    ranges at once, which no player asks for, get the whole."""
    found = _ONE_RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    stop = min(size, int(last) + 1) if last else size
    if last and int(last) < int(first):
        return None  # not a range at all: to be ignored, says RFC 9110
    return range(int(first), max(stop, int(first)))
