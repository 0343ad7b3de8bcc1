"""Format and size of a picture, read from its first bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

# JPEG markers that carry the frame's size: all SOF ones, without DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Picture:
    format: str
    width: int
    height: int


def inspect(content: bytes) -> Picture | None:
    """None when this is neither a PNG nor a JPEG."""
    if content[:8] == b"\x89PNG\r\n\x1a\n" and len(content) >= 24:
        return Picture("png", *struct.unpack(">II", content[16:24]))
    if content[:2] == b"\xff\xd8":
        return _jpeg(content)
    return None


def _jpeg(content: bytes) -> Picture | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        if content[at + 1] in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return Picture("jpeg", width, height)
        at += 2 + int(struct.unpack(">H", content[at + 2 : at + 4])[0])
    return None
