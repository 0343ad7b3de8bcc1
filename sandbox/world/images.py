"""Reads format and size of an image from its first bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

# JPEG markers with the frame's size: all SOF markers, without DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class ImageInfo:
    format: str
    width: int
    height: int


def read_image(content: bytes) -> ImageInfo | None:
    """None when the content is neither PNG nor JPEG."""
    if content[:8] == b"\x89PNG\r\n\x1a\n" and len(content) >= 24:
        return ImageInfo("png", *struct.unpack(">II", content[16:24]))
    if content[:2] == b"\xff\xd8":
        return _read_jpeg(content)
    return None


def _read_jpeg(content: bytes) -> ImageInfo | None:
    position = 2
    while position + 9 <= len(content) and content[position] == 0xFF:
        if content[position + 1] in _FRAMES:
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return ImageInfo("jpeg", width, height)
        position += 2 + int(struct.unpack(">H", content[position + 2 : position + 4])[0])
    return None
