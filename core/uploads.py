"""Streams uploads to disk, for signed-in users only, with a size limit for all files of a
request."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from core.common.errors import InvalidInput

LARGEST_REQUEST = 128 * 1024 * 1024  # above the services' own limits, whose errors name the file


class FilesTooLarge(RequestDataTooBig):
    """More than LARGEST_REQUEST in one request."""


class BoundedFileUploadHandler(TemporaryFileUploadHandler):
    """Counts the bytes of all files of a request. Data above the limit is read and discarded, so
    that the sender receives the error. Of files from users who are not signed in only the names
    are used (adsengine.form_resubmission)."""

    _sent = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._sent += len(raw_data)
        user = getattr(self.request, "user", None)
        if self._sent <= LARGEST_REQUEST and user is not None and user.is_authenticated:
            self.file.write(raw_data)

    def upload_complete(self) -> None:
        """Raises FilesTooLarge, so that no service receives an incomplete file."""
        if self._sent > LARGEST_REQUEST:
            raise FilesTooLarge


def upload_error(error: Exception) -> InvalidInput | None:
    """The message for a request with too many or too large files; None for any other error."""
    if isinstance(error, TooManyFilesSent):
        limit = f"{settings.DATA_UPLOAD_MAX_NUMBER_FILES} files"
    elif isinstance(error, FilesTooLarge):
        limit = f"{LARGEST_REQUEST >> 20} MB of files"
    else:
        return None
    return InvalidInput(
        f"The upload is too large: one form takes at most {limit}. Nothing was saved. Go back "
        "and send fewer or smaller files at a time.",
        code="too_large",
    )
