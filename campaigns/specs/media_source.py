"""The stored pictures and videos of an advertiser, as clients ask for them."""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO, cast

from django.db.models.fields.files import FieldFile

from campaigns.models import Asset
from core.common.errors import InvalidInput
from platforms.spec.ads import Media
from platforms.spec.media_files import ImageFile, VideoFile


class AssetMedia:
    """A MediaSource of the clients. Whoever opens a file to send it gets what was approved, or
    InvalidInput."""

    def __init__(self, advertiser_id: int) -> None:
        self._advertiser_id = advertiser_id

    def image(self, media: Media) -> ImageFile:
        asset = self._asset(media)
        data = _read(asset.file, media.sha256)
        return ImageFile(_file_name(asset), data, asset.width, asset.height)

    def video(self, media: Media) -> VideoFile:
        asset, wanted = self._asset(media), media.sha256
        poster = _read(asset.poster, media.cover_sha256 or "")
        try:
            size = asset.file.size
        except OSError as error:
            raise _missing() from error
        return VideoFile(
            file_name=_file_name(asset),
            open=lambda: _open(asset, wanted),
            size=size,
            sha256=wanted,
            poster=ImageFile(f"{wanted[:16]}.poster.jpg", poster, asset.width, asset.height),
        )

    def _asset(self, media: Media) -> Asset:
        found = Asset.objects.filter(pk=media.asset, advertiser=self._advertiser_id).first()
        if found is None:
            raise _missing()
        return found


def _file_name(asset: Asset) -> str:
    """By content, so that a platform can be asked whether it has it."""
    return f"{asset.sha256[:16]}.{asset.suffix}"


def _open(asset: Asset, sha256: str) -> BinaryIO:
    """At its start."""
    try:
        file: Any = asset.file.storage.open(str(asset.file.name), "rb")
    except OSError as error:
        raise _missing() from error
    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
        file.close()
        raise _missing()
    file.seek(0)
    return cast(BinaryIO, file)


def _read(stored: FieldFile, sha256: str) -> bytes:
    data = _bytes_of(stored)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise _missing()
    return data


def _missing() -> InvalidInput:
    return InvalidInput(
        "A picture or video of this plan is missing or is not the one that was approved. Upload "
        "it again and plan again.",
        field="images",
    )


def _bytes_of(stored: FieldFile) -> bytes:
    try:
        with stored.open("rb") as file:
            data: bytes = file.read()
            return data
    except (OSError, ValueError):  # gone, or never there
        return b""
