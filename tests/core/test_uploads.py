"""How much one request may bring, and from whom it gets onto the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campaigns.models import Asset
from core import uploads
from core.models import Advertiser
from core.uploads import BoundedFileUploadHandler
from tests.fixtures.clients import text

pytestmark = pytest.mark.usefixtures("media")
MB = 1 << 20
UPLOAD = "/a/acme/creatives/pictures/upload/"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes on disk of each file, when it was complete."""
    sizes: list[int] = []
    complete = BoundedFileUploadHandler.file_complete

    def watched(self: BoundedFileUploadHandler, file_size: int) -> Any:
        self.file.flush()
        sizes.append(Path(self.file.temporary_file_path()).stat().st_size)
        return complete(self, file_size)

    monkeypatch.setattr(BoundedFileUploadHandler, "file_complete", watched)
    return sizes


def files(count: int, size: int) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(f"{n}.png", b"x" * size, "image/png") for n in range(count)]


def test_the_bound_counts_all_files_of_a_request(
    editor: Client, advertiser: Advertiser, written: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_REQUEST", 3 * MB)
    answer = editor.post(UPLOAD, {"images": files(4, MB + 1)})
    assert answer.status_code == 413
    assert "one form takes at most 3 MB of files. Nothing was saved." in text(answer)
    assert sum(written) <= 3 * MB
    assert not Asset.objects.exists()


def test_files_within_the_bound_arrive_whole(
    editor: Client, advertiser: Advertiser, written: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_REQUEST", 4 * MB)
    assert editor.post(UPLOAD, {"images": files(2, 2 * MB)}).status_code == 422
    assert written == [2 * MB, 2 * MB]


def test_a_program_is_told_in_its_own_form(
    editor: Client, advertiser: Advertiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_REQUEST", 3 * MB)
    [sent] = files(1, 3 * MB + 1)
    answer = editor.post("/api/v1/assets/", {"advertiser": advertiser.slug, "file": sent})
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
    assert answer.json()["code"] == "too_large"
    assert not Asset.objects.exists()


def test_nothing_of_a_strangers_files_is_written_and_the_form_is_kept(
    client: Client, advertiser: Advertiser, written: list[int]
) -> None:
    answer = client.post("/a/acme/briefs/new/", {"name": "Boots", "images": files(3, MB)})
    assert answer.status_code == 401
    assert written == [0, 0, 0]
    assert 'name="kept"' in text(answer)


def test_more_files_than_a_form_takes_are_refused_in_words(
    editor: Client, advertiser: Advertiser
) -> None:
    answer = editor.post(UPLOAD, {"images": files(41, 10)})
    assert answer.status_code == 413
    assert "one form takes at most 40 files." in text(answer)
    assert not Asset.objects.exists()
