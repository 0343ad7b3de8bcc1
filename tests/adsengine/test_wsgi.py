"""The WSGI application: requests are UTF-8, whatever encoding their header names."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import RequestFactory

from adsengine.wsgi import application


@pytest.mark.parametrize("charset", ["base64", "idna", "utf-16", "rot13", "none-such"])
def test_a_header_that_names_an_odd_encoding_is_no_failure(db: None, charset: str) -> None:
    content_type = f"application/x-www-form-urlencoded; charset={charset}"
    given = RequestFactory().get("/healthz?a=%C3%BC").environ
    body = {"wsgi.input": BytesIO(b"b=%C3%A4"), "CONTENT_LENGTH": "8", "CONTENT_TYPE": content_type}
    seen: list[Any] = []

    def start(status: str, headers: Any, error: Any = None, /) -> Callable[[bytes], object]:
        seen.append(status)
        return seen.append

    application({**given, **body}, start)
    assert seen == ["200 OK"]
