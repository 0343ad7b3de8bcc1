"""Checks of final URLs (Google Ads API v26, UrlFieldError)."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from sandbox.google.errors import Path, Problem
from sandbox.google.rules.shared import Problems, required_problem

_MAX_LENGTH = 2048


def check_final_urls(urls: Sequence[str], path: Path) -> Problems:
    """At least one, http or https, with a host under a top-level domain."""
    if not urls:
        yield required_problem(path)
    *parents, (name, _) = path
    for index, url in enumerate(urls):
        yield from _check_final_url(url, (*parents, (name, index)))


def _check_final_url(url: str, path: Path) -> Problems:
    if len(url) > _MAX_LENGTH:
        message = f"A final URL may have {_MAX_LENGTH} characters."
        yield Problem("string_length_error", "TOO_LONG", message, path)
        return
    code = _url_error_code(url)
    if code is not None:
        message = f"'{url}' is not a web address: write it as https://www.example.com/page."
        yield Problem("url_field_error", code, message, path, url)


def _url_error_code(url: str) -> str | None:
    if any(symbol.isspace() for symbol in url):
        return "MALFORMED_FINAL_URL"
    if "://" not in url:
        return "MISSING_PROTOCOL_IN_FINAL_URL"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "MALFORMED_FINAL_URL"
    if parts.scheme.lower() not in ("http", "https"):
        return "INVALID_PROTOCOL_IN_FINAL_URL"
    if not host:
        return "MISSING_HOST_IN_FINAL_URL"
    return None if "." in host.strip(".") else "INVALID_TLD_IN_FINAL_URL"
