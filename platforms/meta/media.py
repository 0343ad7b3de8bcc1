"""Pictures and videos of one Meta ad account: each uploaded once and found again.

Source: Meta Marketing API v26.0, media.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Any, BinaryIO

from platforms.common.answers import (
    WrongShape,
    count_in,
    id_in,
    object_in,
    required_text_in,
    text_in,
)
from platforms.common.uploads import TimedReader, wait_until
from platforms.errors import Rejected, RemoteObjectMissing
from platforms.meta import errors
from platforms.meta.api import MetaApi
from platforms.spec.media_files import ImageFile, VideoFile

_MAX_OFFSET_CORRECTIONS = 5  # times that Meta may ask one upload for another offset


class MetaMedia:
    """Raises platforms.errors."""

    def __init__(self, api: MetaApi) -> None:
        self._api = api
        self._about: dict[str, Any] = {"platform": "meta", "account": api.config.account_id}
        self._images: dict[str, str] = {}
        self._videos: dict[str, str] = {}

    def image_hash(self, image: ImageFile) -> str:
        """Uploaded once per client. The answer is keyed by file name."""
        key = hashlib.sha256(image.content).hexdigest()
        if key not in self._images:
            path = f"{self._api.account}/adimages"
            data = self._api.upload(path, image.file_name, image.content)
            images = object_in(data.get("images"), "images")
            self._images[key] = required_text_in(
                object_in(next(iter(images.values()), None), "image"), "hash"
            )
        return self._images[key]

    def video_id(self, video: VideoFile) -> str:
        """Ready to be used. Raises RateLimited while Meta is still preparing it."""
        if video.sha256 not in self._videos:
            self._videos[video.sha256] = self._find(video) or self._upload(video)
        found_id = self._videos[video.sha256]
        wait_until(lambda: self._is_ready(found_id), self._api.pause, **self._about)
        return found_id

    def _find(self, video: VideoFile) -> str | None:
        """A video that an earlier attempt uploaded completely: only such a video has the title."""
        rows = self._api.rows(
            f"{self._api.account}/advideos", title=video.file_name, fields="id,title,status"
        )
        for row in rows:
            if row.get("title") == video.file_name and _status(row) != "error":
                return id_in(row, "id")
        return None

    def _upload(self, video: VideoFile) -> str:
        with video.open() as file:
            started = self._api.upload_video(upload_phase="start", file_size=video.size)
            session, video_id = id_in(started, "upload_session_id"), id_in(started, "video_id")
            self._transfer(session, file, started, video.size)
        # Session missing: an earlier finish succeeded and its answer was lost. The status decides.
        with suppress(RemoteObjectMissing):
            self._api.upload_video(
                upload_phase="finish", upload_session_id=session, title=video.file_name
            )
        return video_id

    def _transfer(self, session: str, file: BinaryIO, started: dict[str, Any], size: int) -> None:
        """Chunk by chunk, each as large as Meta asks, until nothing is left to send."""
        reader = TimedReader(file, **self._about)
        corrections = 0
        start, end = _part(started, size)
        while start != end:
            reader.seek(start)
            try:
                data = self._api.upload_video(
                    reader.read(end - start),
                    upload_phase="transfer",
                    upload_session_id=session,
                    start_offset=start,
                )
                start, end = _part(data, size)
            except errors.WrongUploadOffset as error:
                corrections += 1
                if error.start < 0 or corrections > _MAX_OFFSET_CORRECTIONS:
                    raise
                start, end = _part({"start_offset": error.start, "end_offset": error.end}, size)

    def _is_ready(self, video_id: str) -> bool:
        status = _status(self._api.get(video_id, fields="status"))
        if status == "error":
            raise Rejected(
                "Meta cannot use this video. Export it again as MP4 with H.264 and plan again.",
                field="video",
                **self._about,
            )
        return status == "ready"


def _part(row: dict[str, Any], size: int) -> tuple[int, int]:
    """Start and end of the next part of a file of `size` bytes. Raises WrongShape."""
    start, end = count_in(row, "start_offset"), count_in(row, "end_offset")
    if not start <= end <= size or not {"start_offset", "end_offset"} <= row.keys():
        raise WrongShape("the next part is not a part of the file")
    return start, end


def _status(row: dict[str, Any]) -> str:
    return text_in(object_in(row.get("status"), "status"), "video_status")
