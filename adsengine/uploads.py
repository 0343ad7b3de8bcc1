"""Uploads go to disk as they come in, and no further than the largest file that is of use."""

from __future__ import annotations

from django.core.files.uploadhandler import TemporaryFileUploadHandler

LARGEST_UPLOAD = 128 * 1024 * 1024  # above every limit of a service, which then refuses by name


class BoundedFileUploadHandler(TemporaryFileUploadHandler):
    """What goes beyond the bound is read and dropped; the file's size still says what was sent, so
    that it is refused and nobody can fill the disk."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        room = LARGEST_UPLOAD - start
        if room > 0:
            self.file.write(raw_data[:room])
