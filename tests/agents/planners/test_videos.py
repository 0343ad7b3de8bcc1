"""A brief with videos: what is planned of it, what is refused, and its launch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from agents import services
from agents.execution.platform_check import check_with_platform
from agents.models import Strategy
from agents.services import plan_brief
from campaigns.models import Asset, Creative, PublishRequest
from campaigns.publishing import outbox_worker
from campaigns.services import lift_stop, stop
from core import jobs
from core.common import clock
from core.common.errors import InvalidInput
from core.models import Actor, Advertiser, Incident
from platforms.meta.media import MetaMedia
from platforms.spec.ads import Media
from platforms.spec.media_files import VideoFile
from platforms.tiktok.media import TikTokMedia
from tests.agents.execution.test_execution import run_again
from tests.fixtures.plans import ads_of, plan_of
from tests.fixtures.videos import video
from tests.fixtures.world import Launch, Sandbox, picture, strategy_of

pytestmark = pytest.mark.usefixtures("media")


@pytest.fixture
def mixed(advertiser: Advertiser) -> tuple[int, ...]:
    """Two pictures and a video."""
    pictures = [picture(advertiser, shade) for shade in ("#336699", "#996633")]
    return (*(asset.pk for asset in pictures), video(advertiser).pk)


def kinds(strategy: Strategy) -> list[str]:
    return ["video" if ad.video else "picture" if ad.image else "" for ad in ads_of(strategy)]


# ---- planning ----


@pytest.mark.parametrize("platform", ["meta", "tiktok"])
def test_pictures_and_videos_take_turns(
    platform: str, plan: Launch, mixed: tuple[int, ...]
) -> None:
    strategy = strategy_of(plan(platform, image_ids=mixed))
    assert strategy.state == "review"
    assert kinds(strategy) == ["picture", "video", "picture"]
    film = Asset.objects.get(kind="video")
    assert ads_of(strategy)[1].video == Media(
        asset=film.pk,
        sha256=film.sha256,
        role="video",
        cover_sha256=film.poster_sha256,
        duration_ms=6000,
    )


def test_no_more_ads_than_before_and_what_is_left_out_is_named(
    plan: Launch, advertiser: Advertiser
) -> None:
    pictures = [picture(advertiser, f"#{n}{n}6699") for n in "1234"]
    film = video(advertiser)
    strategy = strategy_of(plan("meta", image_ids=(*(a.pk for a in pictures), film.pk)))
    assert kinds(strategy) == ["picture", "video", "picture", "picture"]
    last = max(pictures, key=lambda asset: asset.pk)
    assert f"Left out the picture “{last.name}”: 4 ads are made." in plan_of(strategy).warnings


def test_a_video_alone_makes_ads_with_different_texts(plan: Launch, advertiser: Advertiser) -> None:
    strategy = strategy_of(plan("tiktok", image_ids=(video(advertiser).pk,)))
    assert (strategy.state, kinds(strategy)) == ("review", ["video", "video"])
    assert len({ad.descriptions[0] for ad in ads_of(strategy)}) == 2


def test_a_search_plan_says_that_videos_are_left_out(plan: Launch, mixed: tuple[int, ...]) -> None:
    strategy = strategy_of(plan("google", image_ids=mixed))
    assert set(kinds(strategy)) == {""}
    says = "The chosen video is left out here: a search ad shows texts only."
    assert says in plan_of(strategy).warnings


def test_a_plan_shows_poster_and_length(
    viewer: Client, plan: Launch, mixed: tuple[int, ...]
) -> None:
    brief = plan("meta", image_ids=mixed)
    page = viewer.get(f"/a/acme/briefs/{brief.pk}/").content.decode()
    film = Asset.objects.get(kind="video")
    assert f'src="/media/assets/{film.pk}/poster/"' in page
    assert "Video, </span>0:06</span>" in page


# ---- preflight ----


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"duration_ms": 90_000}, "lasts 90.0 seconds; TikTok takes 5 to 60."),
        ({"width": 2000}, "is 2000×960, which TikTok does not take."),
        ({"width": 400, "height": 500}, "at least 540 pixels on each side"),
    ],
)
def test_a_video_that_a_platform_does_not_take_blocks_its_plan(
    changes: dict[str, int],
    why: str,
    plan: Launch,
    mixed: tuple[int, ...],
    actor: Actor,
) -> None:
    brief = plan("tiktok", image_ids=mixed)
    Asset.objects.filter(kind="video").update(**changes)
    [strategy] = plan_brief(actor=actor, brief=brief)
    assert strategy.state == "blocked"
    [problem] = strategy.problems
    assert problem["field"] == "images"
    assert why in problem["message"]


def test_a_video_that_has_gone_keeps_a_plan_from_being_approved(
    plan: Launch, mixed: tuple[int, ...], actor: Actor
) -> None:
    strategy = strategy_of(plan("meta", image_ids=mixed))
    Asset.objects.filter(kind="video").delete()
    with pytest.raises(InvalidInput) as raised:
        services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    assert "A video of this plan is gone. Upload it again." in raised.value.user_message
    strategy.refresh_from_db()
    assert strategy.state == "review"


# ---- launching ----


@pytest.mark.parametrize("platform", ["meta", "tiktok"])
def test_a_brief_with_a_video_goes_live(
    platform: str, launch: Launch, sandbox: Sandbox, mixed: tuple[int, ...]
) -> None:
    strategy = strategy_of(launch(platform, image_ids=mixed))
    assert [step.state for step in strategy.execution.steps.all()] == ["done"] * 5
    shown = [creative.image for creative in Creative.objects.order_by("pk")]
    assert [asset.kind for asset in shown if asset] == ["picture", "video", "picture"]
    [campaign] = sandbox.campaigns(platform)
    ads = sandbox.world.list_ads(campaign.account_id, campaign_id=campaign.id)
    assert len(ads) == 3
    assert len(sandbox.world.list_objects(platform, "videos")) == 1


@pytest.mark.parametrize("platform", ["meta", "tiktok"])
@pytest.mark.parametrize("fault", ["lose_answer", "timeout_before", "server_error", "throttle"])
def test_a_video_launch_survives_faults_without_a_duplicate(
    platform: str,
    fault: str,
    plan: Launch,
    actor: Actor,
    sandbox: Sandbox,
    mixed: tuple[int, ...],
) -> None:
    strategy = strategy_of(plan(platform, image_ids=mixed))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    for operation in ("*video*", "ads.create", "ad/create"):
        sandbox.fault(platform, operation, fault, 2)
    jobs.run_due()
    for _ in range(8):
        run_again()
    strategy.refresh_from_db()
    assert strategy.state == "live", (strategy.execution.error, strategy.execution.waiting_for)
    [campaign] = sandbox.campaigns(platform)
    ads = sandbox.world.list_ads(campaign.account_id, campaign_id=campaign.id)
    assert len(ads) == 3


def test_a_launch_waits_while_the_platform_prepares_the_video(
    plan: Launch, actor: Actor, sandbox: Sandbox, mixed: tuple[int, ...], monkeypatch: Any
) -> None:
    monkeypatch.setattr("platforms.common.uploads.POLL_WAITS", (0.01,))
    strategy = strategy_of(plan("tiktok", image_ids=mixed))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    sandbox.world.faults.add("tiktok", "videos.processing", "delay", 1, seconds=2)
    jobs.run_due()
    strategy.refresh_from_db()
    assert strategy.state == "executing"
    assert strategy.execution.waiting_for == "The platform is still preparing the video."
    monkeypatch.setattr("platforms.common.uploads.POLL_WAITS", (1.0, 1.0, 1.0))
    run_again()
    strategy.refresh_from_db()
    assert strategy.state == "live"
    assert len(sandbox.world.list_objects("tiktok", "videos")) == 1


@pytest.mark.parametrize(("platform", "media"), [("meta", MetaMedia), ("tiktok", TikTokMedia)])
def test_the_stop_switch_pressed_while_a_video_goes_up_holds_its_ad(
    platform: str,
    media: Any,
    plan: Launch,
    actor: Actor,
    advertiser: Advertiser,
    sandbox: Sandbox,
    mixed: tuple[int, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strategy = strategy_of(plan(platform, image_ids=mixed))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    sent = media.video_id

    def meanwhile(self: Any, film: VideoFile) -> str:
        found: str = sent(self, film)
        stop(actor=actor, advertiser=advertiser)
        return found

    monkeypatch.setattr(media, "video_id", meanwhile)
    jobs.run_due()
    [campaign] = sandbox.campaigns(platform)
    account, world = campaign.account_id, sandbox.world
    assert len(world.list_ads(account, campaign_id=campaign.id)) == 1
    strategy.refresh_from_db()
    assert strategy.state == "executing"
    assert "The stop switch is on" in strategy.execution.waiting_for
    waiting = PublishRequest.objects.filter(operation="create_ad").exclude(state="done")
    assert {(row.state, row.maybe_sent) for row in waiting} == {("waiting", False)}

    monkeypatch.setattr(media, "video_id", sent)
    lift_stop(actor=actor, advertiser=advertiser)
    run_again()
    strategy.refresh_from_db()
    assert strategy.state == "live", strategy.execution.error
    assert len(world.list_ads(account, campaign_id=campaign.id)) == 3
    assert len(world.list_objects(platform, "videos")) == 1


def test_a_person_is_told_of_a_video_that_never_gets_ready(
    plan: Launch, actor: Actor, sandbox: Sandbox, mixed: tuple[int, ...], monkeypatch: Any
) -> None:
    monkeypatch.setattr("platforms.common.uploads.POLL_WAITS", (0.01,))
    monkeypatch.setattr(outbox_worker, "TELL_AFTER_WAITS", 2)
    strategy = strategy_of(plan("meta", image_ids=mixed))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    sandbox.world.faults.add("meta", "videos.processing", "delay", 1, seconds=4)
    jobs.run_due()
    assert not Incident.objects.filter(resolved_at=None).exists()
    run_again()
    [incident] = Incident.objects.filter(resolved_at=None)
    assert incident.title == "Boots · Meta: a video is still not ready"
    monkeypatch.setattr("platforms.common.uploads.POLL_WAITS", (1.0,) * 5)
    run_again()
    strategy.refresh_from_db()
    assert strategy.state == "live"
    assert not Incident.objects.filter(resolved_at=None).exists()


@pytest.mark.parametrize("part", ["file", "poster"])
def test_a_film_that_is_not_the_approved_one_is_never_sent(
    part: str, plan: Launch, actor: Actor, sandbox: Sandbox, mixed: tuple[int, ...]
) -> None:
    strategy = strategy_of(plan("meta", image_ids=mixed))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    path = Path(getattr(Asset.objects.get(kind="video"), part).path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    jobs.run_due()
    strategy.refresh_from_db()
    assert strategy.state == "failed"
    assert (
        "A picture or video of this plan is missing or is not the one" in strategy.execution.error
    )
    assert sandbox.world.list_objects("meta", "videos") == {}


@pytest.mark.parametrize("part", ["file", "poster"])
def test_a_film_that_was_lost_goes_live_after_it_was_uploaded_and_planned_again(
    part: str,
    plan: Launch,
    actor: Actor,
    advertiser: Advertiser,
    sandbox: Sandbox,
    mixed: tuple[int, ...],
) -> None:
    brief = plan("meta", image_ids=mixed)
    services.approve(
        actor=actor, strategy=strategy_of(brief), seen_hash=strategy_of(brief).plan_hash
    )
    Path(getattr(Asset.objects.get(kind="video"), part).path).unlink()
    jobs.run_due()
    assert strategy_of(brief).state == "failed"
    video(advertiser)
    [strategy] = plan_brief(actor=actor, brief=brief)
    check_with_platform(strategy)
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    jobs.run_due()
    strategy.refresh_from_db()
    assert strategy.state == "live", strategy.execution.error
    assert len(sandbox.world.list_objects("meta", "videos")) == 1


def test_the_lease_of_an_ad_with_a_video_outlasts_its_upload(
    launch: Launch, mixed: tuple[int, ...], monkeypatch: Any
) -> None:
    leases: list[float] = []
    outcome = outbox_worker._outcome

    def watched(client: Any, fence: Any, request: PublishRequest, act: Any) -> None:
        if request.operation == "create_ad" and request.lease_until:
            leases.append((request.lease_until - clock.real_now()).total_seconds() // 60)
        outcome(client, fence, request, act)

    monkeypatch.setattr(outbox_worker, "_outcome", watched)
    launch("tiktok", image_ids=mixed)
    assert leases == [2, 19, 2]
