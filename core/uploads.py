"""Uploads go to disk as they come in: for people who are signed in, and all files of one request
together no further than is of use."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from core.common.errors import InvalidInput

LARGEST_REQUEST = 128 * 1024 * 1024  # above every limit of a service, which then refuses by name


class FilesTooLarge(RequestDataTooBig):
    """More than LARGEST_REQUEST in one request."""


class BoundedFileUploadHandler(TemporaryFileUploadHandler):
    """One counts all files of a request. What goes beyond the bound is read and dropped, so that
    the sender sees the refusal; of a stranger's files only the names go on (adsengine.kept)."""

    _sent = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._sent += len(raw_data)
        user = getattr(self.request, "user", None)
        if self._sent <= LARGEST_REQUEST and user is not None and user.is_authenticated:
            self.file.write(raw_data)

    def upload_complete(self) -> None:
        """Raises FilesTooLarge: a file that was dropped in part must not reach a service."""
        if self._sent > LARGEST_REQUEST:
            raise FilesTooLarge


def too_much(error: Exception) -> InvalidInput | None:
    """The refusal in words, where a request was refused for the size or number of its files."""
    if isinstance(error, TooManyFilesSent):
        most = f"at most {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files"
    elif isinstance(error, FilesTooLarge):
        most = f"files of {LARGEST_REQUEST >> 20} MB in all"
    else:
        return None
    return InvalidInput(
        f"That was too much at once: one form takes {most}. Nothing of it was kept. Go back, where "
        "what you typed still stands, and send fewer or smaller files at a time.",
        code="too_large",
    )
