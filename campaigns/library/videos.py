"""Checks and stores uploaded videos with their posters."""

from __future__ import annotations

import hashlib
from io import SEEK_END
from typing import Any, BinaryIO

from django.core.files.base import ContentFile, File

from campaigns.library.kept_once import restore_files, save_once
from campaigns.library.video_probe import Unreadable, VideoInfo, probe_video
from campaigns.models import Asset
from core.common.errors import InvalidInput
from core.models import Advertiser
from platforms.types import RATIO_TOLERANCE

# One video must serve Meta's and TikTok's feeds; each client states its platform's own bounds
# (Capabilities.video), and these lie within both. The size is ours: 60 seconds of 1080p at 12
# Mbit/s, which goes up in minutes; TikTok alone would take 500 MB.
MAX_BYTES = 100 * 1024 * 1024
MIN_SECONDS, MAX_SECONDS = 5, 60
MIN_SIDE = 540
MIN_RATIO, MAX_RATIO = 9 / 16, 16 / 9
# Browsers play it and both platforms ask for it.
CODEC = "h264"


def save_video(*, advertiser: Advertiser, file: BinaryIO | File[bytes], name: str) -> Asset:
    """Check and store a video with its poster. Raises InvalidInput on `images`, and then nothing
    is stored. The file is read in parts, never as a whole."""
    content: Any = file
    if content.seek(0, SEEK_END) > MAX_BYTES:
        raise _refusal(name, f"is larger than {MAX_BYTES >> 20} MB. Export it at 1080p.")
    try:
        video = probe_video(content)
        _check(video)
    except Unreadable as why:
        raise _refusal(name, str(why)) from why
    digest = _digest(content)
    existing = Asset.objects.filter(advertiser=advertiser, sha256=digest).first()
    if existing is not None:
        return restore_files(existing, _as_file(content), video.poster)
    return _create(advertiser, content, name, video, digest)


def _refusal(name: str, why: str) -> InvalidInput:
    return InvalidInput(f"{name} {why}", field="images")


def _check(video: VideoInfo) -> None:
    """Raises Unreadable."""
    if video.codec != CODEC:
        raise Unreadable(f"is encoded as {video.codec.upper()}. Export it as MP4 with H.264.")
    seconds = video.duration_ms / 1000
    if not MIN_SECONDS <= round(seconds, 1) <= MAX_SECONDS:
        raise Unreadable(
            f"lasts {seconds:.1f} seconds. Use a video of {MIN_SECONDS} to {MAX_SECONDS} seconds."
        )
    if min(video.width, video.height) < MIN_SIDE:
        raise Unreadable(
            f"is {video.width}×{video.height}. Each side needs at least {MIN_SIDE} pixels."
        )
    ratio = video.width / video.height
    if not MIN_RATIO - RATIO_TOLERANCE <= ratio <= MAX_RATIO + RATIO_TOLERANCE:
        raise Unreadable(
            f"is {video.width}×{video.height}. Use an upright (9:16, 4:5), square (1:1) or wide "
            "(16:9) video."
        )


def _digest(content: Any) -> str:
    content.seek(0)
    return hashlib.file_digest(content, "sha256").hexdigest()


def _as_file(content: Any) -> File[bytes]:
    return content if isinstance(content, File) else File(content)


def _create(
    advertiser: Advertiser, content: Any, name: str, video: VideoInfo, digest: str
) -> Asset:
    asset = Asset(
        advertiser=advertiser,
        kind=Asset.Kind.VIDEO,
        name=name[:120],
        mime=video.mime,
        sha256=digest,
        width=video.width,
        height=video.height,
        duration_ms=video.duration_ms,
        poster_sha256=hashlib.sha256(video.poster).hexdigest(),
    )
    content.seek(0)
    asset.file.save(name, _as_file(content), save=False)
    asset.poster.save("poster.jpg", ContentFile(video.poster), save=False)
    return save_once(asset)
