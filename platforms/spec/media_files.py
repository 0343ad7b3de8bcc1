"""The files of pictures and videos that a spec names, opened only when they are sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from platforms.spec.ads import Media


@dataclass(frozen=True)
class ImageFile:
    file_name: str
    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class VideoFile:
    """A video file of any size: it is read in pieces and never loaded into memory whole."""

    file_name: str
    open: Callable[[], BinaryIO]
    """At its start; the caller closes it. Raises InvalidInput when the file has changed."""
    size: int
    sha256: str
    poster: ImageFile
    """Cover image with the video's aspect ratio; Meta and TikTok require one."""


class MediaSource(Protocol):
    """Raises InvalidInput where a file is gone or is not the one that was approved."""

    def image(self, media: Media) -> ImageFile: ...

    def video(self, media: Media) -> VideoFile: ...
