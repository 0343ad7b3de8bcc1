"""Reads a video file: codec, size, length, and the frame used as its poster.

The library is imported where it is used: it is large, and only an upload needs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import SEEK_END, BytesIO
from math import sqrt
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image, ImageStat

if TYPE_CHECKING:
    from av.codec.context import CodecContext
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

LONGEST_SIDE = 4096  # a frame larger than this is not decoded
MOST_FRAMES = 100_000  # each is read: a forged index must not cost time
POSTER_PIXELS = 3_686_400  # TikTok's bound on an image, and the poster is uploaded as one
_POSTER_QUALITY = 88
# A first frame is often black or a plain fade: look a few seconds ahead for one with a motif.
_SAMPLES, _FRAMES_APART, _LEAST_CONTRAST = 12, 12, 12.0

_CUT_SHORT = "is damaged or cut short. Export it again and upload it whole."


class Unreadable(Exception):
    """Why a file cannot be used, as the rest of a sentence that begins with its name."""


@dataclass(frozen=True)
class VideoInfo:
    codec: str
    mime: str
    width: int
    """As it is shown: turned upright, with square pixels."""
    height: int
    duration_ms: int
    poster: bytes
    """A JPEG of the same shape."""


def probe_video(file: BinaryIO) -> VideoInfo:
    """Reads every packet, so that a file that was cut short is noticed. Raises Unreadable."""
    import av

    size = file.seek(0, SEEK_END)
    file.seek(0)
    try:
        # This one demuxer only: it follows no references to other files or addresses.
        with av.open(file, "r", format="mov", metadata_errors="ignore") as container:
            return _read_video(container, size)
    except (av.FFmpegError, EOFError, OverflowError) as error:
        raise Unreadable("cannot be read as a video. Use an MP4 or MOV file, whole.") from error


def _read_video(container: InputContainer, size: int) -> VideoInfo:
    stream = _picture_track(container)
    codec = _codec(stream)
    if len(stream.index_entries) > MOST_FRAMES:
        raise Unreadable("holds more frames than an ad can show. Cut it shorter.")
    # With the index in front, a video that was cut short opens like a whole one.
    if any(entry.pos + entry.size > size for entry in stream.index_entries):
        raise Unreadable(_CUT_SHORT)
    if max(stream.width, stream.height) > LONGEST_SIDE:
        raise Unreadable(f"is larger than {LONGEST_SIDE} pixels. Export it at 1080p.")
    duration = _duration(container, stream)
    container.seek(0)
    frame = _poster_frame(container, stream)
    width, height = _display_size(frame, stream)
    brand = container.metadata.get("major_brand", "").strip()
    return VideoInfo(
        codec=codec,
        mime="video/quicktime" if brand == "qt" else "video/mp4",
        width=width,
        height=height,
        duration_ms=round(duration * 1000),
        poster=_poster(frame, width, height),
    )


def _picture_track(container: InputContainer) -> VideoStream:
    from av.stream import Disposition

    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise Unreadable("has no picture track. Use a video, not a sound file.")


def _codec(stream: VideoStream) -> str:
    context: CodecContext | None = stream.codec_context
    if context is None:
        raise Unreadable("uses an encoding that is not known here. Export it as MP4 with H.264.")
    return context.name


def _duration(container: InputContainer, stream: VideoStream) -> Fraction:
    """Seconds from the packets themselves: a header may promise more than the file holds."""
    first, last = None, 0
    for packet in container.demux(stream):
        if packet.is_corrupt:
            raise Unreadable(_CUT_SHORT)
        if not packet.size or packet.pts is None:
            continue
        first = packet.pts if first is None else min(first, packet.pts)
        last = max(last, packet.pts + (packet.duration or 0))
    if first is None or last <= first or stream.time_base is None:
        raise Unreadable("has a length of 0 seconds. Export it again.")
    return (last - first) * stream.time_base


def _poster_frame(container: InputContainer, stream: VideoStream) -> VideoFrame:
    """The first one that is not plain; the very first where all that were looked at are."""
    first = None
    for frame in _sample_frames(container, stream):
        first = first or frame
        if ImageStat.Stat(_image(frame, 64, 64).convert("L")).stddev[0] >= _LEAST_CONTRAST:
            return frame
    if first is None:
        raise Unreadable("shows no picture. Export it again.")
    return first


def _sample_frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    for number, frame in enumerate(container.decode(stream)):
        if number % _FRAMES_APART == 0:
            yield frame
        if number >= _SAMPLES * _FRAMES_APART:
            return


def _display_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    ratio = stream.sample_aspect_ratio or Fraction(1)
    width, height = round(frame.width * ratio), frame.height
    if not 0 < width <= LONGEST_SIDE:
        raise Unreadable("has pixels of an odd shape. Export it with square pixels.")
    return (height, width) if _is_rotated(frame) else (width, height)


def _is_rotated(frame: VideoFrame) -> bool:
    return frame.rotation % 180 != 0


def _poster(frame: VideoFrame, width: int, height: int) -> bytes:
    scale = min(1.0, sqrt(POSTER_PIXELS / (width * height)))
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    unturned = size[::-1] if _is_rotated(frame) else size
    image = _image(frame, *unturned)
    if frame.rotation:
        image = image.rotate(frame.rotation, expand=True)
    data = BytesIO()
    image.convert("RGB").save(data, "JPEG", quality=_POSTER_QUALITY)
    return data.getvalue()


def _image(frame: VideoFrame, width: int, height: int) -> Image.Image:
    image: Image.Image = frame.to_image(width=width, height=height)  # type: ignore[no-untyped-call]
    return image
