"""The library: fatigue, usage, pictures with their results, and their upload."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from campaigns.library.assets import MAX_BYTES
from campaigns.library.fatigue import fatigue_of
from campaigns.models import Ad, Asset, Campaign, DailyMetric
from campaigns.overview import winner_sources
from core.models import Advertiser
from tests.campaigns.page_rows import YESTERDAY, deliver, make_account, make_ad, make_campaign
from tests.fixtures.clients import text
from tests.fixtures.people import make_advertiser
from tests.fixtures.videos import film, of_codec, video
from tests.fixtures.world import picture

pytestmark = pytest.mark.usefixtures("noon", "media")
ADS, PICTURES = "/a/acme/creatives/", "/a/acme/creatives/pictures/"
UPLOAD = f"{PICTURES}upload/"


@pytest.fixture
def campaign(advertiser: Advertiser) -> Campaign:
    return make_campaign(make_account(advertiser))


def aged(ad: Ad, early: int, late: int, age: int = 40, second: int = 13) -> Ad:
    """Two days of its first 14 and two of the last 7, each with that many clicks."""
    first, impressions = YESTERDAY - timedelta(days=age - 1), 1000
    for day in (first, first + timedelta(days=second)):
        deliver(ad, day, clicks=early, impressions=impressions)
    for day in (YESTERDAY - timedelta(days=6), YESTERDAY):
        deliver(ad, day, clicks=late, impressions=impressions)
    return ad


def again(ad: Ad) -> Ad:
    return Ad.objects.select_related("ad_group__campaign__account").get(pk=ad.pk)


def used(asset: Asset, *ads: Ad) -> None:
    for ad in ads:
        assert ad.creative is not None
        ad.creative.assets.add(asset)


def file(name: str, size: tuple[int, int] = (1200, 628)) -> Any:
    data = BytesIO()
    Image.new("RGB", size, "#336699").save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue(), "image/png")


# ---- fatigue ----


def test_a_fall_of_thirty_percent_is_told_with_both_figures(
    viewer: Client, campaign: Campaign
) -> None:
    ad = aged(make_ad(campaign), early=30, late=21)
    found = fatigue_of([again(ad)])
    says = "CTR 2.10% in the last 7 days, 3.00% in its first 14: 30% less."
    assert found[ad.pk].says == says
    page = text(viewer.get(ADS))
    assert '<span class="badge wait">tired</span>' in page
    assert says in page


def test_a_smaller_fall_is_no_fatigue(viewer: Client, campaign: Campaign) -> None:
    ad = aged(make_ad(campaign), early=60, late=43)
    assert fatigue_of([again(ad)]) == {}
    assert "tired" not in text(viewer.get(ADS))


@pytest.mark.parametrize("window", [0, 3])
def test_both_windows_need_two_thousand_impressions(campaign: Campaign, window: int) -> None:
    ad = aged(make_ad(campaign), early=30, late=5)
    assert set(fatigue_of([again(ad)])) == {ad.pk}
    day = sorted(DailyMetric.objects.values_list("day", flat=True))[window]
    DailyMetric.objects.filter(day=day).update(impressions=999)
    assert fatigue_of([again(ad)]) == {}


def test_today_and_the_days_between_do_not_count(campaign: Campaign) -> None:
    ad = aged(make_ad(campaign), early=30, late=20)
    deliver(ad, YESTERDAY + timedelta(days=1), clicks=900, impressions=1000)
    deliver(ad, YESTERDAY - timedelta(days=7), clicks=900, impressions=1000)
    first = YESTERDAY - timedelta(days=39)
    deliver(ad, first + timedelta(days=14), clicks=0, impressions=9000)
    found = fatigue_of([again(ad)])[ad.pk]
    assert (str(found.first), str(found.last)) == ("0.03", "0.02")


def test_an_ad_whose_first_days_are_its_last_is_not_judged(campaign: Campaign) -> None:
    assert fatigue_of([again(aged(make_ad(campaign), early=30, late=5, age=20, second=12))]) == {}
    assert len(fatigue_of([again(aged(make_ad(campaign, "Old"), early=30, late=5, age=21))])) == 1


def test_an_imported_period_is_no_day(campaign: Campaign) -> None:
    ad = aged(make_ad(campaign), early=30, late=5)
    DailyMetric.objects.filter(day=YESTERDAY).update(period_first=YESTERDAY - timedelta(days=30))
    assert fatigue_of([again(ad)]) == {}


# ---- usage ----


def test_an_ad_says_where_its_picture_is_used(viewer: Client, campaign: Campaign) -> None:
    other = make_campaign(campaign.account, "Hats")
    ads = [make_ad(campaign, "Blue"), make_ad(campaign, "Red"), make_ad(other, "Green")]
    used(picture(campaign.account.advertiser), *ads)
    make_ad(other, "Plain")
    usage = {card.row.item.name: str(card.usage) for card in viewer.get(ADS).context["cards"]}
    assert usage == {
        "Blue": "in 3 ads of 2 campaigns",
        "Red": "in 3 ads of 2 campaigns",
        "Green": "in 3 ads of 2 campaigns",
        "Plain": "in 1 ad of 1 campaign",
    }
    page = text(viewer.get(ADS))
    assert "Picture in 3 ads of 2 campaigns" in page
    assert "Texts in 1 ad of 1 campaign" in page


def test_the_ads_of_one_picture_are_shown_alone(viewer: Client, campaign: Campaign) -> None:
    asset, ad = picture(campaign.account.advertiser), make_ad(campaign, "Blue")
    used(asset, ad)
    make_ad(campaign, "Red")
    response = viewer.get(f"{ADS}?picture={asset.pk}")
    assert [row.item.name for row in response.context["table"].rows] == ["Blue"]
    assert asset.name in text(response)
    foreign = picture(make_advertiser("rival"), "#993333")
    used(foreign, make_ad(make_campaign(make_account(Advertiser.objects.get(slug="rival")))))
    response = viewer.get(f"{ADS}?picture={foreign.pk}")
    assert response.context["table"].count == 0
    assert foreign.name not in text(response)


# ---- pictures ----


def test_a_picture_carries_the_sums_of_its_ads(
    viewer: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    advertiser = campaign.account.advertiser
    asset, spare = picture(advertiser), picture(advertiser, "#993333")
    first, second = make_ad(campaign, "Blue"), make_ad(campaign, "Red")
    used(asset, first, second)
    deliver(first, spend=10, revenue=20, clicks=10, impressions=1000)
    deliver(second, spend=30, revenue=100, clicks=30, impressions=1000)
    monkeypatch.setattr(winner_sources, "_sources", [lambda _: {second.pk}])
    response = viewer.get(PICTURES)
    top, unused = response.context["table"].rows
    assert (top.item.asset, str(top.item.usage), top.item.won) == (
        asset,
        "in 2 ads of 1 campaign",
        True,
    )
    assert (str(top.figures.spend), top.figures.ctr * 100, top.figures.roas) == ("$40.00", 2, 3)
    assert (unused.item.asset, str(unused.item.usage), unused.item.won) == (
        spare,
        "not used yet",
        False,
    )
    page = text(response)
    assert f'<a href="/a/acme/creatives/?picture={asset.pk}">in 2 ads of 1 campaign</a>' in page
    assert str(response.context["table"].total.spend) == "$40.00"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?sort=-spend", ["dear", "cheap", "spare"]),
        ("?sort=-ctr", ["cheap", "dear", "spare"]),
        ("?sort=-roas", ["cheap", "dear", "spare"]),
        ("?sort=name", ["cheap", "dear", "spare"]),
        ("?search=EA", ["dear", "cheap"]),
        ("?platform=google", ["cheap"]),
        ("?search=nothing", []),
    ],
)
def test_pictures_are_sorted_searched_and_filtered(
    query: str, names: list[str], viewer: Client, campaign: Campaign
) -> None:
    advertiser = campaign.account.advertiser
    dear, cheap, spare = (picture(advertiser, c) for c in ("#111111", "#222222", "#333333"))
    for asset, name in ((dear, "dear"), (cheap, "cheap"), (spare, "spare")):
        Asset.objects.filter(pk=asset.pk).update(name=name)
    costly = make_ad(campaign, "A")
    good = make_ad(make_campaign(make_account(advertiser, "google")), "B")
    used(dear, costly)
    used(cheap, good)
    deliver(costly, spend=100, revenue=100, clicks=10)
    deliver(good, spend=10, revenue=90, clicks=40)
    rows = viewer.get(PICTURES + query).context["table"].rows
    assert [row.item.asset.name for row in rows] == names


def test_another_advertisers_pictures_are_not_in_the_library(viewer: Client) -> None:
    picture(make_advertiser("rival"))
    assert viewer.get(PICTURES).context["table"].count == 0


@pytest.mark.parametrize("path", [ADS, PICTURES])
def test_queries_do_not_grow_with_pictures_and_ads(
    path: str, viewer: Client, campaign: Campaign, django_assert_max_num_queries: Any
) -> None:
    def grow(shades: str) -> None:
        for shade in shades:
            ad = aged(make_ad(campaign, shade), early=30, late=5)
            used(picture(campaign.account.advertiser, f"#{shade * 6}"), ad)

    grow("1")
    viewer.get(path)
    with django_assert_max_num_queries(35) as few:
        viewer.get(path)
    grow("23456789")
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert viewer.get(path).context["table"].count == 9


# ---- videos ----


def test_a_video_is_in_the_library_with_poster_length_and_player(
    viewer: Client, campaign: Campaign
) -> None:
    asset, ad = video(campaign.account.advertiser), make_ad(campaign, "Blue")
    used(asset, ad)
    deliver(ad, spend=10, revenue=20, clicks=10, impressions=1000)
    response = viewer.get(PICTURES)
    (row,) = response.context["table"].rows
    assert (row.item.asset, str(row.item.usage)) == (asset, "in 1 ad of 1 campaign")
    assert str(row.figures.spend) == "$10.00"
    page = text(response)
    address = f"/media/assets/{asset.pk}/"
    assert f'<video controls preload="none" playsinline src="{address}"' in page
    assert f'poster="{address}poster/" width="540" height="960"' in page
    assert "Video, </span>0:06</span>" in page


def test_an_ad_with_a_video_shows_its_poster_and_length(viewer: Client, campaign: Campaign) -> None:
    asset, ad = video(campaign.account.advertiser), make_ad(campaign, "Blue")
    used(asset, ad)
    page = text(viewer.get(ADS))
    assert f'<img src="/media/assets/{asset.pk}/poster/" alt="{asset.name}"' in page
    assert "Video, </span>0:06</span>" in page
    assert "Video in 1 ad of 1 campaign" in page


# ---- upload ----


def test_an_uploaded_picture_is_in_the_library(editor: Client, advertiser: Advertiser) -> None:
    answer = editor.post(UPLOAD, {"images": [file("boots.png")]}, follow=True)
    assert answer.redirect_chain == [(PICTURES, 302)]
    assert "1 picture saved." in text(answer)
    kept = Asset.objects.get()
    assert (kept.advertiser, kept.name, kept.width, kept.height) == (
        advertiser,
        "boots.png",
        1200,
        628,
    )


def test_pictures_and_videos_are_uploaded_together(editor: Client, advertiser: Advertiser) -> None:
    films = [SimpleUploadedFile(f"{n}.mp4", film(colour=n), "video/mp4") for n in ("red", "blue")]
    answer = editor.post(UPLOAD, {"images": [file("boots.png"), *films]}, follow=True)
    assert "1 picture and 2 videos saved." in text(answer)
    assert sorted(asset.kind for asset in Asset.objects.all()) == ["picture", "video", "video"]


def test_a_videos_refusal_names_the_file_and_keeps_nothing(
    editor: Client, advertiser: Advertiser
) -> None:
    blink = SimpleUploadedFile("blink.mp4", film(seconds=1), "video/mp4")
    answer = editor.post(UPLOAD, {"images": [blink]})
    assert answer.status_code == 422
    assert "blink.mp4 lasts 1.0 seconds. Use a video of 5 to 60 seconds." in text(answer)
    assert not Asset.objects.exists()


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (lambda: file("thin.png", (1200, 300)), "Each side needs at least 500 pixels."),
        (lambda: file("long.png", (1600, 600)), "Use a square (1:1), 4:5 or wide (1.91:1)"),
        (lambda: SimpleUploadedFile("note.png", b"hello"), "note.png is not a picture."),
        (lambda: SimpleUploadedFile("big.png", b"x" * (MAX_BYTES + 1)), "is larger than 5 MB."),
    ],
)
def test_what_a_brief_refuses_is_refused_here_in_the_same_words(
    sent: Any, why: str, editor: Client, advertiser: Advertiser
) -> None:
    answer = editor.post(UPLOAD, {"images": [sent()]})
    assert answer.status_code == 422
    assert why in text(answer)
    assert not Asset.objects.exists()


def test_the_good_ones_of_several_are_kept(editor: Client, advertiser: Advertiser) -> None:
    answer = editor.post(UPLOAD, {"images": [file("good.png"), file("thin.png", (1200, 300))]})
    assert answer.status_code == 422
    assert answer.context["refusals"] == [
        "thin.png is 1200×300. Each side needs at least 500 pixels."
    ]
    assert [asset.name for asset in Asset.objects.all()] == ["good.png"]


def test_a_video_of_an_unknown_encoding_does_not_keep_the_others_from_being_kept(
    editor: Client, advertiser: Advertiser
) -> None:
    odd = SimpleUploadedFile("odd.mp4", of_codec(film(), b"xxxx"), "video/mp4")
    answer = editor.post(UPLOAD, {"images": [odd, file("good.png")]})
    assert answer.status_code == 422
    assert answer.context["refusals"] == [
        "odd.mp4 uses an encoding that is not known here. Export it as MP4 with H.264."
    ]
    assert [asset.name for asset in Asset.objects.all()] == ["good.png"]


def test_no_file_is_said_so(editor: Client, advertiser: Advertiser) -> None:
    answer = editor.post(UPLOAD)
    assert answer.status_code == 422
    assert "Choose a picture or a video first." in text(answer)


def test_a_viewer_sees_pictures_and_cannot_add_any(viewer: Client, advertiser: Advertiser) -> None:
    assert "upload/" not in text(viewer.get(PICTURES))
    assert viewer.post(UPLOAD, {"images": [file("boots.png")]}).status_code == 403
    assert not Asset.objects.exists()


def test_links_of_a_page_with_a_refusal_lead_back_to_the_library(editor: Client) -> None:
    answer = editor.get(f"{UPLOAD}?sort=name")
    assert answer["Location"] == f"{PICTURES}?sort=name"
