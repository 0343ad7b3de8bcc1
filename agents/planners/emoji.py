"""Emoji in names and texts: TikTok refuses both (campaign_name, ad_name, ad_text)."""

from __future__ import annotations

import re

# Pictographs, symbols and dingbats, and what joins or varies them.
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff\ufe0f\u200d\u20e3]"
)


def has_emoji(text: str) -> bool:
    return _EMOJI.search(text) is not None


def remove_emoji(text: str) -> str:
    return " ".join(_EMOJI.sub("", text).split())
