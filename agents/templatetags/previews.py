from __future__ import annotations

from urllib.parse import urlsplit

from django import template

register = template.Library()


@register.filter
def host(url: str) -> str:
    """What an ad shows of an address."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # a half-typed address such as https://[
        return ""
