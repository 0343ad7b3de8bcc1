"""Removes secrets from texts that are stored or shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOKEN_IN_TEXT = re.compile(
    r"(access_token|appsecret_proof|refresh_token|Bearer)([=: \"']+)[^\s&\"']+"
)
_SHORTEST_SECRET = 6


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with all secrets, and all that looks like a token, replaced by ***."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return _TOKEN_IN_TEXT.sub(r"\1\2***", text)
