"""Template filters of the ad previews."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import template

register = template.Library()


@register.filter
def host(url: str) -> str:
    """The host of an address, as an ad shows it."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # a half-typed address such as https://[
        return ""
