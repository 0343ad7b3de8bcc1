"""Videos: what is kept and what is refused, and how they are served."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import Client
from PIL import Image

from campaigns.library.video_probe import POSTER_PIXELS, Unreadable, probe_video
from campaigns.library.videos import MAX_BYTES
from campaigns.models import Asset
from campaigns.presentation.formats import video_length
from campaigns.services import save_asset, save_video
from core.common.errors import InvalidInput
from core.models import Advertiser
from tests.fixtures.people import People, make_advertiser
from tests.fixtures.videos import (
    film,
    of_codec,
    opened,
    shortened,
    sound_only,
    stretched,
    turned,
    video,
)
from tests.fixtures.world import picture

pytestmark = [pytest.mark.usefixtures("media"), pytest.mark.django_db]


def kept_files(settings: Any) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def brightest(poster: bytes) -> int:
    shades = Image.open(BytesIO(poster)).convert("L").histogram()
    return max(shade for shade, count in enumerate(shades) if count)


# ---- reading ----


def test_a_film_is_measured_and_stands_for_itself_by_a_frame() -> None:
    found = probe_video(opened(film(540, 960, 6)))
    assert (found.codec, found.mime) == ("h264", "video/mp4")
    assert (found.width, found.height, found.duration_ms) == (540, 960, 6000)
    poster = Image.open(BytesIO(found.poster))
    assert (poster.format, poster.size) == ("JPEG", (540, 960))


def test_the_poster_is_not_the_black_before_the_film_begins() -> None:
    assert brightest(probe_video(opened(film(dark=14))).poster) > 200
    assert brightest(probe_video(opened(film(dark=30))).poster) < 30


def test_a_film_held_upright_by_its_header_is_upright() -> None:
    found = probe_video(opened(turned(film(960, 540))))
    assert (found.width, found.height) == (540, 960)
    assert Image.open(BytesIO(found.poster)).size == (540, 960)


def test_a_film_whose_pixels_are_not_square_is_measured_as_it_is_shown() -> None:
    found = probe_video(opened(stretched(film(540, 540), 3, 2)))
    assert (found.width, found.height) == (810, 540)
    assert Image.open(BytesIO(found.poster)).size == (810, 540)


def test_a_large_films_poster_is_small_enough_for_every_platform() -> None:
    found = probe_video(opened(film(3840, 2160, 0.4)))
    width, height = Image.open(BytesIO(found.poster)).size
    assert width * height <= POSTER_PIXELS
    assert width / height == pytest.approx(16 / 9, abs=0.002)


def test_a_film_that_was_trimmed_at_the_end_is_whole() -> None:
    assert probe_video(opened(shortened(film(seconds=8), 6))).duration_ms == pytest.approx(
        6000, 400
    )


def test_a_quicktime_file_is_known_as_one() -> None:
    assert probe_video(opened(film(kind="mov"))).mime == "video/quicktime"


# ---- keeping ----


def test_a_video_is_kept_with_its_poster(advertiser: Advertiser) -> None:
    content = film(540, 960, 6)
    asset = save_video(advertiser=advertiser, file=opened(content), name="boots.mp4")
    assert (asset.kind, asset.name, asset.mime) == ("video", "boots.mp4", "video/mp4")
    assert (asset.width, asset.height, asset.duration_ms) == (540, 960, 6000)
    assert asset.sha256 == hashlib.sha256(content).hexdigest()
    assert Path(asset.file.path).read_bytes() == content
    poster = Path(asset.poster.path).read_bytes()
    assert hashlib.sha256(poster).hexdigest() == asset.poster_sha256
    assert str(asset.file.name).endswith(".mp4")


def test_a_video_is_kept_once(advertiser: Advertiser, settings: Any) -> None:
    first = video(advertiser)
    again = save_video(advertiser=advertiser, file=opened(film()), name="other name.mp4")
    assert again == first
    assert Asset.objects.count() == 1
    assert len(kept_files(settings)) == 2


@pytest.mark.parametrize("part", ["file", "poster"])
@pytest.mark.parametrize("harm", ["gone", "altered"])
def test_a_video_that_lost_a_file_gets_it_back_by_being_uploaded_again(
    part: str, harm: str, advertiser: Advertiser, settings: Any
) -> None:
    first = video(advertiser)
    path = Path(getattr(first, part).path)
    whole = path.read_bytes()
    path.unlink() if harm == "gone" else path.write_bytes(b"other")
    again = save_video(advertiser=advertiser, file=opened(film()), name="again.mp4")
    again.refresh_from_db()
    assert (again.pk, again.poster_sha256) == (first.pk, first.poster_sha256)
    assert Path(getattr(again, part).path).read_bytes() == whole
    assert len(kept_files(settings)) == 2


def test_a_poster_that_is_made_again_is_known_by_its_new_content(advertiser: Advertiser) -> None:
    first = video(advertiser)
    Asset.objects.update(poster_sha256="0" * 64)
    video(advertiser)
    again = Asset.objects.get(pk=first.pk)
    assert again.poster_sha256 == hashlib.sha256(Path(again.poster.path).read_bytes()).hexdigest()
    assert again.poster_sha256 == first.poster_sha256


@pytest.mark.parametrize("harm", ["gone", "altered"])
def test_a_picture_that_lost_its_file_gets_it_back_by_being_uploaded_again(
    harm: str, advertiser: Advertiser, settings: Any
) -> None:
    first = picture(advertiser)
    path = Path(first.file.path)
    whole = path.read_bytes()
    path.unlink() if harm == "gone" else path.write_bytes(b"other")
    again = picture(advertiser)
    again.refresh_from_db()
    assert (again.pk, Path(again.file.path).read_bytes()) == (first.pk, whole)
    assert len(kept_files(settings)) == 1


def test_two_uploads_of_one_film_at_the_same_moment_are_one(
    advertiser: Advertiser, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, manager = video(advertiser), type(Asset.objects)
    monkeypatch.setattr(manager, "filter", lambda *_, **__: Asset.objects.none())
    again = save_video(advertiser=advertiser, file=opened(film()), name="again.mp4")
    assert again == first
    assert len(kept_files(settings)) == 2
    assert Path(first.file.path).read_bytes() == film()


def test_more_frames_than_an_ad_can_show_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.library.video_probe.MOST_FRAMES", 29)
    with pytest.raises(Unreadable, match="Cut it shorter"):
        probe_video(opened(film(seconds=6)))


def test_an_upload_on_disk_is_moved_and_not_read_whole(
    advertiser: Advertiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = TemporaryUploadedFile("boots.mp4", "video/mp4", len(film()), None)
    upload.write(film())
    sizes: list[int] = []
    inner: Any = upload.file
    read = inner.read

    def watched(size: int = -1) -> bytes:
        sizes.append(size)
        return bytes(read(size))

    monkeypatch.setattr(inner, "read", watched)
    save_video(advertiser=advertiser, file=upload, name="boots.mp4")
    assert sizes
    assert 0 < min(sizes) <= max(sizes) <= 1 << 16
    assert not Path(upload.temporary_file_path()).exists()
    upload.close()


def test_pictures_and_videos_come_through_one_door(advertiser: Advertiser) -> None:
    data = BytesIO()
    Image.new("RGB", (1200, 628), "#336699").save(data, "PNG")
    picture = save_asset(advertiser=advertiser, file=data, name="a.png")
    film_ = save_asset(advertiser=advertiser, file=opened(film()), name="no ending")
    assert [picture.kind, film_.kind] == ["picture", "video"]


REFUSED: list[tuple[str, Callable[[], bytes], str]] = [
    ("note.mp4", lambda: b"hello", "note.mp4 cannot be read as a video. Use an MP4 or MOV file"),
    ("empty.mp4", lambda: b"", "empty.mp4 cannot be read as a video."),
    ("boots.webm", lambda: film(codec="libvpx", kind="webm"), "boots.webm cannot be read"),
    ("cut.mp4", lambda: film()[:-400], "cut.mp4 is damaged or cut short. Export it again"),
    ("cut.mov", lambda: film(front=False)[:-400], "cut.mov cannot be read as a video."),
    ("half.mp4", lambda: film()[: len(film()) * 2 // 3], "half.mp4 is damaged or cut short."),
    ("song.mp4", sound_only, "song.mp4 has no picture track."),
    ("old.mp4", lambda: film(codec="mpeg4"), "is encoded as MPEG4. Export it as MP4 with H.264."),
    ("no.mp4", lambda: film(seconds=0), "no.mp4 has no picture track."),
    ("zero.mp4", lambda: shortened(film(seconds=1), 0), "zero.mp4 shows no picture."),
    ("blink.mp4", lambda: film(seconds=1), "lasts 1.0 seconds. Use a video of 5 to 60 seconds."),
    ("long.mp4", lambda: film(seconds=61), "lasts 61.0 seconds. Use a video of 5 to 60 seconds."),
    ("huge.mp4", lambda: film(4800, 2700, 0.4), "huge.mp4 is larger than 4096 pixels. Export it"),
    ("small.mp4", lambda: film(360, 640), "is 360×640. Each side needs at least 540 pixels."),
    ("tall.mp4", lambda: film(540, 1200), "is 540×1200. Use an upright (9:16, 4:5), square"),
    ("odd.mov", lambda: of_codec(film(), b"xxxx"), "odd.mov uses an encoding that is not known"),
    ("flat.mp4", lambda: stretched(film(), 2000, 1), "flat.mp4 has pixels of an odd shape. Export"),
    ("thin.mp4", lambda: stretched(film(), 1, 2000), "thin.mp4 has pixels of an odd shape. Export"),
    ("wide.mp4", lambda: film(1280, 540), "is 1280×540. Use an upright (9:16, 4:5), square"),
]


@pytest.mark.parametrize(("name", "content", "why"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_no_platform_could_use_is_refused_with_the_remedy(
    name: str, content: Callable[[], bytes], why: str, advertiser: Advertiser, settings: Any
) -> None:
    with pytest.raises(InvalidInput) as raised:
        save_asset(advertiser=advertiser, file=opened(content()), name=name)
    assert why in raised.value.user_message
    assert raised.value.field == "images"
    assert not Asset.objects.exists()
    assert kept_files(settings) == []


def test_a_file_over_the_bound_is_refused_by_its_name(
    advertiser: Advertiser, settings: Any
) -> None:
    with TemporaryUploadedFile("big.mp4", "video/mp4", 0, None) as upload:
        upload.truncate(MAX_BYTES + 1)
        with pytest.raises(InvalidInput) as raised:
            save_video(advertiser=advertiser, file=upload, name="big.mp4")
    assert raised.value.user_message == "big.mp4 is larger than 100 MB. Export it at 1080p."
    assert kept_files(settings) == []


# ---- serving ----


@pytest.fixture
def member(client: Client, people: People) -> Client:
    client.force_login(people.viewer)
    return client


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def test_a_video_is_served_whole_and_says_that_parts_can_be_asked_for(
    member: Client, advertiser: Advertiser
) -> None:
    answer = member.get(f"/media/assets/{video(advertiser).pk}/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "video/mp4")
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Content-Length"] == str(len(film()))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'"
    assert body(answer) == film()


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=1000-1999", slice(1000, 2000)),
        ("bytes=2000-", slice(2000, None)),
        ("bytes=-500", slice(-500, None)),
        ("bytes=3000-99999999999", slice(3000, None)),
    ],
)
def test_a_part_is_served_so_that_seeking_works(
    asked: str, part: slice, member: Client, advertiser: Advertiser
) -> None:
    answer = member.get(f"/media/assets/{video(advertiser).pk}/", headers={"Range": asked})
    expected, whole = film()[part], len(film())
    first = part.indices(whole)[0]
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {first}-{first + len(expected) - 1}/{whole}"
    assert answer["Content-Length"] == str(len(expected))
    assert answer["Content-Security-Policy"] == "default-src 'none'"
    assert body(answer) == expected


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_part_behind_the_end_is_said_so(
    asked: str, member: Client, advertiser: Advertiser
) -> None:
    answer = member.get(f"/media/assets/{video(advertiser).pk}/", headers={"Range": asked})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(film())}")
    assert body(answer) == b""


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-9", "bytes=9-1", "bytes=-", "lines=1-2", "bytes=a-"]
)
def test_what_is_no_single_range_gets_the_whole(
    asked: str, member: Client, advertiser: Advertiser
) -> None:
    answer = member.get(f"/media/assets/{video(advertiser).pk}/", headers={"Range": asked})
    assert (answer.status_code, body(answer)) == (200, film())


def test_a_poster_is_a_jpeg_and_a_picture_has_none(member: Client, advertiser: Advertiser) -> None:
    asset = video(advertiser)
    answer = member.get(asset.still_url)
    assert (asset.still_url, answer["Content-Type"]) == (
        f"/media/assets/{asset.pk}/poster/",
        "image/jpeg",
    )
    assert hashlib.sha256(body(answer)).hexdigest() == asset.poster_sha256
    plain = picture(advertiser)
    assert plain.still_url == f"/media/assets/{plain.pk}/"
    assert member.get(f"/media/assets/{plain.pk}/poster/").status_code == 404


def test_another_advertisers_video_is_not_there(member: Client, advertiser: Advertiser) -> None:
    foreign = video(make_advertiser("rival"))
    for address in (f"/media/assets/{foreign.pk}/", foreign.still_url):
        assert member.get(address).status_code == 404
        assert Client().get(address).status_code == 302


# ---- the library that reads films ----


def test_pages_do_not_load_the_reader_of_films() -> None:
    """It is large: only an upload pays for it."""
    look = "import django, sys; django.setup(); import adsengine.urls; print('av' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [(6000, "0:06"), (59_400, "0:59"), (59_600, "1:00"), (75_000, "1:15")],
)
def test_a_length_is_shown_as_players_do(milliseconds: int, shown: str) -> None:
    assert video_length(milliseconds) == shown
