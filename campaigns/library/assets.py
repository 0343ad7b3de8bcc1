"""Checks and stores uploaded pictures; videos go to `videos`."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from django.core.files.base import ContentFile
from PIL import Image, UnidentifiedImageError

from campaigns.library.kept_once import restore_files, save_once
from campaigns.library.videos import save_video
from campaigns.models import Asset
from core.common.errors import InvalidInput
from core.models import Advertiser

MAX_BYTES = 5 * 1024 * 1024
_MIMES = {"JPEG": "image/jpeg", "PNG": "image/png"}
# One picture must serve Meta's and TikTok's feeds: square to wide, big enough for both.
MIN_SIDE = 500
MAX_PIXELS = 3_686_400  # TikTok's bound on an image (API for Business, image upload)
MIN_RATIO, MAX_RATIO = 0.8, 1.92
_VIDEO_NAMES = (".mp4", ".mov", ".m4v", ".avi", ".webm", ".mkv", ".mpg", ".mpeg", ".wmv")


def save_asset(*, advertiser: Advertiser, file: BinaryIO, name: str) -> Asset:
    """Store a picture or a video. Raises InvalidInput on `images`."""
    save = save_video if _is_video(file, name) else save_image
    return save(advertiser=advertiser, file=file, name=name)


def _is_video(file: BinaryIO, name: str) -> bool:
    """By its content, or by a file name with a video extension."""
    file.seek(0)
    head = file.read(8)
    file.seek(0)
    return head[4:] == b"ftyp" or name.lower().endswith(_VIDEO_NAMES)


def save_image(*, advertiser: Advertiser, file: BinaryIO, name: str) -> Asset:
    """Check and store a picture. Raises InvalidInput on `images`, and then nothing is stored."""
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"{name} is larger than 5 MB.", field="images")
    kind, width, height = _measure(data, name)
    _check_shape(name, width, height)
    digest = hashlib.sha256(data).hexdigest()
    existing = Asset.objects.filter(advertiser=advertiser, sha256=digest).first()
    if existing is not None:
        return restore_files(existing, ContentFile(data))
    asset = Asset(
        advertiser=advertiser,
        name=name[:120],
        mime=_MIMES[kind],
        sha256=digest,
        width=width,
        height=height,
    )
    asset.file.save(name, ContentFile(data), save=False)
    return save_once(asset)


def _measure(data: bytes, name: str) -> tuple[str, int, int]:
    from io import BytesIO

    try:
        with Image.open(BytesIO(data)) as image:
            image.verify()
            kind, (width, height) = image.format or "", image.size
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
        raise InvalidInput(f"{name} is not a picture. Use a JPG or PNG.", field="images") from None
    if kind not in _MIMES:
        raise InvalidInput(f"{name} is {kind or 'unknown'}. Use a JPG or PNG.", field="images")
    return kind, width, height


def _check_shape(name: str, width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE:
        raise InvalidInput(
            f"{name} is {width}×{height}. Each side needs at least {MIN_SIDE} pixels.",
            field="images",
        )
    if width * height > MAX_PIXELS:
        raise InvalidInput(
            f"{name} is {width}×{height}: more than {MAX_PIXELS:,} pixels. Make it smaller.",
            field="images",
        )
    if not MIN_RATIO <= width / height <= MAX_RATIO:
        raise InvalidInput(
            f"{name} is {width}×{height}. Use a square (1:1), 4:5 or wide (1.91:1) picture.",
            field="images",
        )
