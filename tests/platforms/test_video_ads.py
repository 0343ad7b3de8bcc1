"""Video ads through the clients and the emulators, with lost answers on every upload."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import pytest

from core.common.errors import InvalidInput
from platforms.common import uploads
from platforms.common.uploads import TimedReader
from platforms.errors import OutcomeUnknown, PlatformUnavailable, RateLimited, Rejected
from platforms.interface import AdPlatform
from platforms.spec.ads import Ad, SingleVideoAd
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.types import RemoteAd, RemoteRef
from tests.fixtures.sandbox import RunningSandbox
from tests.fixtures.specs import (
    MEDIA,
    ad_group_spec,
    campaign_spec,
    changed,
    video_ad_spec,
    video_file,
)
from tests.fixtures.videos import film, opened

pytestmark = pytest.mark.usefixtures("market_clock")
UPLOAD = {"meta": "advideos.create", "tiktok": "file/video/ad/upload"}
COVER = {"meta": "adimages.create", "tiktok": "file/image/ad/upload"}
CREATE = {"meta": "ads.create", "tiktok": "ad/create"}
_colours = iter(range(0x203040, 0xFFFFFF, 0x010203))


def fresh_film() -> bytes:
    """One that no other test has sent."""
    return film(colour=f"#{next(_colours):06x}")


@dataclass
class Side:
    """One platform with an ad group to put video ads into."""

    name: str
    sandbox: RunningSandbox
    client: AdPlatform
    campaign: RemoteRef
    group: RemoteRef

    def create(self, spec: Ad, *, resuming: bool = False) -> RemoteRef:
        return self.client.create_ad(self.group, spec, MEDIA, resuming=resuming)

    def ads(self) -> list[RemoteAd]:
        campaign = self.client.read_campaign(self.campaign.remote_id)
        assert campaign is not None
        return list(campaign.ad_groups[0].ads)

    def videos(self) -> int:
        """How many whole films the platform has."""
        world: Any = self.sandbox._sandbox.world
        kept = world.list_objects(self.name, "videos").values()
        return sum(1 for each in kept if each.get("complete", True))

    def fault(self, operation: str, kind: str, times: int = 1, **detail: Any) -> None:
        self.sandbox.fault(self.name, operation, kind, times, **detail)

    def video_ad(self, content: bytes | None = None) -> SingleVideoAd:
        return video_ad_spec(self.client.capabilities, content or fresh_film())


@pytest.fixture(params=["meta", "tiktok"])
def side(request: pytest.FixtureRequest, running_sandbox: RunningSandbox) -> Iterator[Side]:
    client = running_sandbox.client_for(request.param)
    spec: CampaignSpec = campaign_spec(client.capabilities, running_sandbox.today(request.param))
    bare: AdGroupSpec = changed(ad_group_spec(client.capabilities), ads=())
    campaign = client.create_campaign(spec)[0]
    group = client.create_ad_group(campaign, bare, spec)
    yield Side(request.param, running_sandbox, client, campaign, group)
    client.close()
    running_sandbox.clear_faults()


def test_a_video_ad_is_made_and_reads_back_as_one(side: Side) -> None:
    spec = side.video_ad()
    ref = side.create(spec)
    [ad] = side.ads()
    assert (ad.remote_id, ad.reference, ad.media_kind) == (ref.remote_id, spec.reference, "video")
    assert ad.body == spec.body
    if side.name == "meta":
        assert ad.headline == spec.headline


def test_a_film_goes_up_once_for_many_ads_and_clients(side: Side) -> None:
    content, before = fresh_film(), side.videos()
    side.create(side.video_ad(content))
    side.create(side.video_ad(content))
    with closing(side.sandbox.client_for(side.name)) as other:
        other.create_ad(side.group, side.video_ad(content), MEDIA)
    assert side.videos() == before + 1
    assert [ad.media_kind for ad in side.ads()] == ["video"] * 3


@pytest.mark.parametrize("earlier_calls", [0, 1, 2])
@pytest.mark.parametrize("kind", ["lose_answer", "timeout_before", "server_error"])
def test_a_lost_answer_on_an_upload_makes_no_second_ad(
    side: Side, kind: str, earlier_calls: int
) -> None:
    """Meta takes a film in three calls, TikTok in one."""
    if earlier_calls:
        side.fault(UPLOAD[side.name], "delay", earlier_calls, seconds=0)
    side.fault(UPLOAD[side.name], kind)
    side.create(side.video_ad())
    assert [ad.media_kind for ad in side.ads()] == ["video"]


def test_a_lost_answer_on_the_cover_is_sent_again(side: Side) -> None:
    side.fault(COVER[side.name], "lose_answer")
    side.create(side.video_ad())
    assert [ad.media_kind for ad in side.ads()] == ["video"]


@pytest.mark.parametrize("kind", ["lose_answer", "timeout_before", "server_error"])
def test_an_ad_whose_answer_was_lost_is_made_once_and_its_film_sent_once(
    side: Side, kind: str
) -> None:
    spec, before = side.video_ad(), side.videos()
    side.fault(CREATE[side.name], kind)
    with pytest.raises(OutcomeUnknown):
        side.create(spec)
    with closing(side.sandbox.client_for(side.name)) as other:
        other.create_ad(side.group, spec, MEDIA, resuming=True)
    assert [ad.reference for ad in side.ads()] == [spec.reference]
    assert side.videos() == before + 1


def test_a_film_that_is_not_ready_is_waited_for_and_not_sent_again(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "POLL_WAITS", (0.01, 0.01))
    spec, before = side.video_ad(), side.videos()
    side.fault("videos.processing", "delay", seconds=1.5)
    with pytest.raises(RateLimited) as raised:
        side.create(spec)
    assert (raised.value.retry_after, side.ads()) == (15.0, [])
    monkeypatch.setattr(uploads, "POLL_WAITS", (0.5,) * 4)
    with closing(side.sandbox.client_for(side.name)) as other:
        other.create_ad(side.group, spec, MEDIA)
    assert [ad.media_kind for ad in side.ads()] == ["video"]
    assert side.videos() == before + 1


def test_a_file_that_the_platform_cannot_read_is_final(side: Side) -> None:
    broken = fresh_film()[:-500]
    with pytest.raises(Rejected) as raised:
        side.create(side.video_ad(broken))
    assert raised.value.field == "video"
    assert side.ads() == []


def test_what_is_not_what_was_approved_is_not_sent(side: Side) -> None:
    def gone() -> Any:
        raise InvalidInput("not the film that was approved", field="video")

    before, film = side.videos(), replace(video_file(fresh_film()), open=gone)
    spec = changed(side.video_ad(), video=MEDIA.add(film))
    with pytest.raises(InvalidInput, match="approved"):
        side.create(spec)
    assert (side.ads(), side.videos()) == ([], before)


def test_an_upload_that_outlasts_its_time_stops_and_nothing_is_made(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LONGEST_UPLOAD_SECONDS", -1.0)
    with pytest.raises(PlatformUnavailable) as raised:
        side.create(side.video_ad())
    assert "more than ten minutes" in raised.value.user_message
    assert side.ads() == []


def test_a_timed_reader_reads_until_its_time_is_over() -> None:
    now = [0.0]
    reader = TimedReader(opened(b"abcdef"), "meta", "1", clock=lambda: now[0])
    assert (reader.read(2), reader.seek(4), reader.read(), reader.tell()) == (b"ab", 4, b"ef", 6)
    now[0] = uploads.LONGEST_UPLOAD_SECONDS + 0.5
    with pytest.raises(PlatformUnavailable):
        reader.read(1)


def test_a_large_film_goes_up_in_chunks(running_sandbox: RunningSandbox) -> None:
    """The emulator asks for 4 MB at a time; a box of padding makes a small film large."""
    padding = 9_000_000
    large = fresh_film() + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8)
    assert video_file(large).size > 8 << 20
    running_sandbox.records.clear()
    with closing(running_sandbox.client_for("meta")) as client:
        media: Any = client._media  # type: ignore[attr-defined]
        assert media.video_id(video_file(large))
    calls = [record.operation for record in running_sandbox.records]
    assert calls.count("POST act/advideos") == 2 + 3  # begin, end, and three chunks
