"""How long a text is, and what is in it, as vendors count it."""

from __future__ import annotations

import re
import unicodedata

# Pictographs, symbols and dingbats, and what joins or varies them.
_EMOJI = re.compile(
    "[\U0001f000-\U0001ffff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff\ufe0f\u200d\u20e3]"
)


def wide_size(text: str) -> int:
    """Characters, of which wide ones (Chinese, Japanese, Korean, full-width) count twice."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def has_emoji(text: str) -> bool:
    return _EMOJI.search(text) is not None


def remove_emoji(text: str) -> str:
    return " ".join(_EMOJI.sub("", text).split())


def has_control_characters(text: str) -> bool:
    """Line breaks, null characters and the like."""
    return any(unicodedata.category(char) == "Cc" for char in text)
