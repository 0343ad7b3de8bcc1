"""Whose address a request has."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from core.throttling.address import UNKNOWN, client_address


@pytest.mark.parametrize(
    ("remote", "found"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("", UNKNOWN),
        ("a socket", UNKNOWN),
    ],
)
def test_without_a_proxy_it_is_the_connections(remote: str, found: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert client_address(request) == found


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("203.0.113.9,2001:db8:1:2::7", "2001:db8:1:2::"),
        ("", "10.0.0.1"),
        ("nonsense", UNKNOWN),
    ],
)
def test_behind_a_proxy_it_is_the_last_that_was_forwarded(
    settings: Any, header: str, found: str
) -> None:
    settings.BEHIND_PROXY = True
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=header)
    assert client_address(request) == found
