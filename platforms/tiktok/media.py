"""Pictures and videos of one TikTok advertiser: each uploaded once and found again by its MD5.

Source: TikTok API for Business v1.3, uploads.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from platforms.common.answers import WrongShape, required_text_in, rows_in
from platforms.common.uploads import TimedReader, wait_until
from platforms.errors import PlatformUnavailable, Rejected
from platforms.spec.media_files import ImageFile, VideoFile
from platforms.tiktok import errors
from platforms.tiktok.api import TikTokApi

_MOST_NAMES = 3


class TikTokMedia:
    """Raises platforms.errors."""

    def __init__(self, api: TikTokApi) -> None:
        self._api = api
        self._about: dict[str, Any] = {"platform": "tiktok", "account": api.config.account_id}
        self._images: dict[str, str] = {}
        self._videos: dict[str, str] = {}

    def image_id(self, image: ImageFile) -> str:
        """Uploaded once per client."""
        signature = hashlib.md5(image.content, usedforsecurity=False).hexdigest()
        if signature not in self._images:
            self._images[signature] = self._retry_duplicate_name(
                lambda: self._send_image(image, signature)
            )
        return self._images[signature]

    def video_id(self, video: VideoFile) -> str:
        """Ready to be used. Raises RateLimited while TikTok is still preparing it."""
        if video.sha256 not in self._videos:
            signature = _md5_of(video)
            self._videos[video.sha256] = self._find(video, signature) or self._retry_duplicate_name(
                lambda: self._find(video, signature) or self._send_video(video, signature)
            )
        found_id = self._videos[video.sha256]
        wait_until(lambda: self._is_ready(found_id), self._api.pause, **self._about)
        return found_id

    def _retry_duplicate_name(self, send: Callable[[], str]) -> str:
        """Names are random, so a file of that name is one whose answer was lost: it is sent again
        under another name. However often that happens, the content is not at fault."""
        for _ in range(_MOST_NAMES):
            try:
                return send()
            except Rejected as error:
                if error.vendor_code != errors.DUPLICATE_FILE:
                    raise
        raise PlatformUnavailable(
            "TikTok did not confirm any upload of a file. AdsEngine tries again by itself.",
            **self._about,
        )

    def _send_image(self, image: ImageFile, signature: str) -> str:
        name = _unique_name(image.file_name)
        form = {"upload_type": "UPLOAD_BY_FILE", "file_name": name, "image_signature": signature}
        data = self._api.upload("file/image/ad/upload", form, "image_file", name, image.content)
        return required_text_in(data, "image_id")

    def _send_video(self, video: VideoFile, signature: str) -> str:
        """The answer is a list, unlike that of an image."""
        name = _unique_name(video.file_name)
        form = {"upload_type": "UPLOAD_BY_FILE", "file_name": name, "video_signature": signature}
        with video.open() as file:
            reader = cast(BinaryIO, TimedReader(file, **self._about))
            data = self._api.upload("file/video/ad/upload", form, "video_file", name, reader)
        rows = rows_in(data.get("list"), "list")
        if not rows:
            raise WrongShape("the answer to an upload names no video")
        return required_text_in(rows[0], "video_id")

    def _find(self, video: VideoFile, signature: str) -> str | None:
        """A video from an earlier attempt. If it is not found, a second copy does no harm."""
        try:
            found = self._api.get(
                "file/video/ad/search",
                filtering={"video_name": _stem(video)},
                page=1,
                page_size=20,
            )
        except Rejected:
            return None
        rows = rows_in(found.get("list"), "list")
        same = (row for row in rows if row.get("signature") == signature)
        return next((required_text_in(row, "video_id") for row in same), None)

    def _is_ready(self, video_id: str) -> bool:
        data = self._api.get("file/video/ad/info", video_ids=[video_id])
        return any(row.get("displayable") for row in rows_in(data.get("list"), "list"))


def _md5_of(video: VideoFile) -> str:
    with video.open() as file:
        content: Any = file  # typeshed declares no readinto for it
        return hashlib.file_digest(content, _md5).hexdigest()


def _md5() -> Any:
    return hashlib.md5(usedforsecurity=False)


def _stem(video: VideoFile) -> str:
    return video.file_name.rpartition(".")[0]


def _unique_name(file_name: str) -> str:
    """File names must be unique per account. What comes before tells whose content it is."""
    stem, _, suffix = file_name.rpartition(".")
    return f"{stem}-{secrets.token_hex(4)}.{suffix}"
