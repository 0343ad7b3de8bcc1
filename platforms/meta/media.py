"""Pictures and videos of one Meta ad account: each uploaded once and found again.

Source: Meta Marketing API v26.0, media.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Any, BinaryIO, cast

from platforms.common.uploads import TimedReader, wait_until
from platforms.errors import Rejected, RemoteObjectMissing
from platforms.meta import errors
from platforms.meta.api import MetaApi
from platforms.types import ImageSpec, VideoSpec

_MAX_OFFSET_CORRECTIONS = 5  # times that Meta may ask one upload for another offset


class MetaMedia:
    """Raises platforms.errors."""

    def __init__(self, api: MetaApi) -> None:
        self._api = api
        self._about: dict[str, Any] = {"platform": "meta", "account": api.config.account_id}
        self._images: dict[str, str] = {}
        self._videos: dict[str, str] = {}

    def image_hash(self, image: ImageSpec) -> str:
        """Uploaded once per client. The answer is keyed by file name."""
        key = hashlib.sha256(image.content).hexdigest()
        if key not in self._images:
            path = f"{self._api.account}/adimages"
            data = self._api.upload(path, image.file_name, image.content)
            self._images[key] = str(next(iter(data["images"].values()))["hash"])
        return self._images[key]

    def video_id(self, video: VideoSpec) -> str:
        """Ready to be used. Raises RateLimited while Meta is still preparing it."""
        if video.sha256 not in self._videos:
            self._videos[video.sha256] = self._find(video) or self._upload(video)
        found_id = self._videos[video.sha256]
        wait_until(lambda: self._is_ready(found_id), self._api.pause, **self._about)
        return found_id

    def _find(self, video: VideoSpec) -> str | None:
        """A video that an earlier attempt uploaded completely: only such a video has the title."""
        rows = self._api.rows(
            f"{self._api.account}/advideos", title=video.file_name, fields="id,title,status"
        )
        for row in rows:
            if row.get("title") == video.file_name and _status(row) != "error":
                return str(row["id"])
        return None

    def _upload(self, video: VideoSpec) -> str:
        with video.open() as file:
            started = self._api.upload_video(upload_phase="start", file_size=video.size)
            session = str(started["upload_session_id"])
            self._transfer(session, file, int(started["start_offset"]), int(started["end_offset"]))
        # Session missing: an earlier finish succeeded and its answer was lost. The status decides.
        with suppress(RemoteObjectMissing):
            self._api.upload_video(
                upload_phase="finish", upload_session_id=session, title=video.file_name
            )
        return str(started["video_id"])

    def _transfer(self, session: str, file: BinaryIO, start: int, end: int) -> None:
        """Chunk by chunk, each as large as Meta asks, until nothing is left to send."""
        reader = TimedReader(file, **self._about)
        corrections = 0
        while start != end:
            reader.seek(start)
            try:
                data = self._api.upload_video(
                    reader.read(end - start),
                    upload_phase="transfer",
                    upload_session_id=session,
                    start_offset=start,
                )
                start, end = int(data["start_offset"]), int(data["end_offset"])
            except errors.WrongUploadOffset as error:
                corrections += 1
                if error.start < 0 or corrections > _MAX_OFFSET_CORRECTIONS:
                    raise
                start, end = error.start, error.end

    def _is_ready(self, video_id: str) -> bool:
        status = _status(self._api.get(video_id, fields="status"))
        if status == "error":
            raise Rejected(
                "Meta cannot use this video. Export it again as MP4 with H.264 and plan again.",
                field="video",
                **self._about,
            )
        return status == "ready"


def _status(row: dict[str, Any]) -> str:
    return str(cast(dict[str, Any], row.get("status") or {}).get("video_status") or "")
