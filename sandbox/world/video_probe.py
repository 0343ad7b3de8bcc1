"""Reads length and size of an MP4 or MOV video from its boxes; simulates its processing time."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.world.model import Platform

# Vendors transcode a video before an ad can use it. (A scripted "delay" makes that longer.)
_PROCESSING_SECONDS = 0.3
Box = tuple[bytes, int, int]


@dataclass(frozen=True)
class VideoInfo:
    width: int
    height: int
    seconds: float


def read_video(content: bytes) -> VideoInfo | None:
    """None when the content is not a complete video with a picture track."""
    if content[4:8] != b"ftyp":
        return None
    try:
        boxes = dict[bytes, tuple[int, int]]()
        for name, start, end in _boxes(content, 0, len(content)):
            boxes.setdefault(name, (start, end))
        return _read_movie(content, *boxes[b"moov"]) if b"mdat" in boxes else None
    except (struct.error, KeyError, ValueError, ZeroDivisionError):
        return None


def processing_end(world: Any, platform: Platform) -> float:
    """The real time, in epoch seconds, from which a video uploaded now can be used."""
    fault = world.faults.take(platform, "videos.processing")
    seconds = float(fault.detail.get("seconds", 0)) if fault else _PROCESSING_SECONDS
    return time.time() + seconds


def is_processed(video: dict[str, Any]) -> bool:
    return time.time() >= float(video["done_at"])


def _boxes(content: bytes, start: int, end: int) -> Iterator[Box]:
    """Name, begin and end of each box's content. Raises ValueError when a box is truncated."""
    while start + 8 <= end:
        size, name = struct.unpack(">I4s", content[start : start + 8])
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", content[start + 8 : start + 16])[0], 16
        stop = end if size == 0 else start + size
        if stop > end or (size not in (0,) and size < head):
            raise ValueError(f"box {name!r} is truncated")
        yield name, start + head, stop
        start = stop


def _read_movie(content: bytes, start: int, end: int) -> VideoInfo | None:
    seconds, size = 0.0, None
    for name, begin, stop in _boxes(content, start, end):
        if name == b"mvhd":
            seconds = _duration_seconds(content, begin)
        elif name == b"trak" and size is None:
            size = _track_size(content, begin, stop)
    return VideoInfo(*size, seconds) if size and seconds > 0 else None


def _duration_seconds(content: bytes, begin: int) -> float:
    if content[begin] == 1:
        scale, length = struct.unpack(">IQ", content[begin + 20 : begin + 32])
    else:
        scale, length = struct.unpack(">II", content[begin + 12 : begin + 20])
    return float(length) / float(scale)


def _track_size(content: bytes, begin: int, end: int) -> tuple[int, int] | None:
    """Width and height of a track after rotation; None for one without pictures, such as sound."""
    header = next(box for box in _boxes(content, begin, end) if box[0] == b"tkhd")
    tail = content[header[2] - 44 : header[2]]
    matrix, (width, height) = struct.unpack(">9i", tail[:36]), struct.unpack(">II", tail[36:])
    size = (width >> 16, height >> 16)
    if not all(size):
        return None
    return size[::-1] if matrix[0] == 0 and matrix[1] else size
