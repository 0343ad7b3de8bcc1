"""Random specs: every format, script, level and platform."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from core.common.money import Money
from platforms.spec.ads import (
    Ad,
    Card,
    CarouselAd,
    DemandGenAd,
    ExistingPostAd,
    Media,
    PinnedText,
    ResponsiveSearchAd,
    SingleImageAd,
    SingleVideoAd,
)
from platforms.spec.base import SpecStatus
from platforms.spec.campaign import (
    AdGroupSpec,
    BiddingSpec,
    BudgetSpec,
    CampaignSpec,
    ConversionSpec,
    Declarations,
    Hours,
    Schedule,
)
from platforms.spec.extensions import Callout, Sitelink
from platforms.spec.platform_parts import (
    GoogleCampaign,
    MetaAd,
    MetaAdGroup,
    MetaCampaign,
    TikTokAdGroup,
    TikTokCampaign,
)
from platforms.spec.targeting import (
    Audience,
    Keyword,
    Locations,
    NegativeKeyword,
    Place,
    Targeting,
)

WORDS = st.text(st.sampled_from("abz éß靴中한🥾\u202e\"\\'-"), min_size=1, max_size=8).filter(
    str.strip
)
STATUS: st.SearchStrategy[SpecStatus] = st.sampled_from(["active", "paused"])
COUNTRIES = st.lists(st.sampled_from(["DE", "US", "JP", "FR", "BR"]), max_size=3)
DAY = st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31))
MEDIA = st.builds(
    Media,
    asset=st.integers(1, 50),
    sha256=st.sampled_from(["a" * 64, "0123456789abcdef" * 4]),
    role=st.sampled_from(["landscape", "square", "logo"]),
)
ADDRESSES = st.sampled_from(["https://shop.example.com/a", "https://shop.example.com/b?x=1"])


def amounts(currency: str) -> st.SearchStrategy[Money]:
    scale = 0 if currency == "JPY" else 2
    return st.integers(0, 10**9).map(lambda n: Money(Decimal(n).scaleb(-scale), currency))


def ads(reference: str) -> st.SearchStrategy[Ad]:
    known: dict[str, Any] = {
        "reference": st.just(reference),
        "name": WORDS,
        "status": STATUS,
        "landing_url": ADDRESSES,
    }
    texts = st.lists(WORDS, min_size=1, max_size=3).map(tuple)
    pinned = st.lists(
        st.builds(PinnedText, text=WORDS, pin=st.integers(0, 3)), min_size=1, max_size=3
    ).map(tuple)
    cards = st.lists(
        st.builds(Card, headline=WORDS, landing_url=ADDRESSES, image=MEDIA), min_size=2, max_size=3
    ).map(tuple)
    shown = {**known, "headline": WORDS, "body": WORDS}
    media = st.lists(MEDIA, min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(
            ResponsiveSearchAd,
            format=st.just("responsive_search"),
            headlines=pinned,
            descriptions=pinned,
            **known,
        ),
        st.builds(SingleImageAd, format=st.just("single_image"), image=MEDIA, **shown),
        st.builds(SingleVideoAd, format=st.just("single_video"), video=MEDIA, **shown),
        st.builds(CarouselAd, format=st.just("carousel"), body=WORDS, cards=cards, **known),
        st.builds(
            DemandGenAd,
            format=st.just("demand_gen"),
            headlines=texts,
            descriptions=texts,
            media=media,
            **known,
        ),
        st.builds(ExistingPostAd, format=st.just("existing_post"), post=st.just("p1"), **known),
    )


def unique(items: list[Any], *fields: str) -> tuple[Any, ...]:
    return tuple({tuple(getattr(one, field) for field in fields): one for one in items}.values())


@st.composite
def locations(draw: st.DrawFn) -> Locations:
    countries, excluded = draw(COUNTRIES), draw(COUNTRIES)
    radius = st.none() | st.integers(1_000, 3_000)
    place = st.builds(Place, remote_id=st.sampled_from("4567"), name=WORDS, radius_metres=radius)
    places = unique(draw(st.lists(place, max_size=3)), "remote_id")
    split = draw(st.integers(0, len(places)))
    return Locations(
        countries=tuple(countries),
        cities=places[:split],
        excluded_countries=tuple(code for code in excluded if code not in countries),
        excluded_places=places[split:],
    )


@st.composite
def targetings(draw: st.DrawFn, currency: str) -> Targeting:
    bids = st.none() | amounts(currency)
    match = st.sampled_from(["exact", "phrase", "broad"])
    keywords = draw(st.lists(st.builds(Keyword, text=WORDS, match=match, bid=bids), max_size=4))
    negative = draw(st.lists(st.builds(NegativeKeyword, text=WORDS, match=match), max_size=2))
    use = st.sampled_from(["included", "excluded", "observed"])
    audiences = draw(
        st.lists(
            st.builds(Audience, remote_id=st.sampled_from("123"), name=WORDS, use=use), max_size=2
        )
    )
    return Targeting(
        locations=draw(locations()),
        age_min=draw(st.integers(13, 30)),
        age_max=draw(st.integers(30, 65)),
        gender=draw(st.sampled_from(["any", "female", "male"])),
        keywords=unique(keywords, "match", "text"),
        negative_keywords=unique(negative, "match", "text"),
        audiences=unique(audiences, "remote_id"),
        may_expand=draw(st.booleans()),
    )


def hours(weekday: int, first: int) -> Hours:
    return Hours(weekday=weekday, first=first, end=first + 9)


@st.composite
def groups(draw: st.DrawFn, reference: str, platform: str, currency: str, on_groups: bool) -> Any:
    parts: dict[str, Any] = {
        "google": None,
        "meta": MetaAdGroup(platform="meta", goal="LINK_CLICKS", billing="IMPRESSIONS"),
        "tiktok": TikTokAdGroup(platform="tiktok", goal="CLICK", billing="CPC"),
    }
    count = draw(st.integers(0, 3))
    made = [draw(ads(f"{reference}-{n}")) for n in range(count)]
    if platform == "meta":
        part = MetaAd(platform="meta", page="7")
        made = [ad.model_copy(update={"part": part}) for ad in made]
    return AdGroupSpec(
        reference=reference,
        name=draw(WORDS),
        status=draw(STATUS),
        budget=draw(amounts(currency)) if on_groups else None,
        bid=draw(st.none() | amounts(currency)),
        targeting=draw(targetings(currency)),
        ads=tuple(made),
        part=parts[platform],
    )


PARTS: dict[str, Any] = {
    "google": GoogleCampaign(platform="google"),
    "meta": MetaCampaign(platform="meta"),
    "tiktok": TikTokCampaign(platform="tiktok"),
}


@st.composite
def specs(draw: st.DrawFn, platform: str | None = None) -> CampaignSpec:
    """All of one reference, so that any two of one platform can be compared."""
    platform = platform or draw(st.sampled_from(sorted(PARTS)))
    currency = draw(st.sampled_from(["USD", "JPY"]))
    on_groups = draw(st.booleans())
    period: Any = draw(st.sampled_from(["daily", "flight"]))
    target = draw(st.sampled_from(["target_cost", "target_return", "none"]))
    names = draw(st.lists(st.sampled_from(["ae-g1", "ae-g2", "ae-g3"]), unique=True, max_size=3))
    start = draw(DAY)
    limited = st.integers(0, 60)
    days = draw(limited if period == "flight" else st.none() | limited)
    extensions: list[Any] = draw(
        st.lists(st.builds(Callout, kind=st.just("callout"), text=WORDS), max_size=2)
    ) + draw(
        st.lists(
            st.builds(Sitelink, kind=st.just("sitelink"), text=WORDS, landing_url=ADDRESSES),
            max_size=1,
        )
    )
    return CampaignSpec(
        reference="ae-campaign",
        name=draw(WORDS),
        status=draw(STATUS),
        objective=draw(st.sampled_from(["traffic", "conversions"])),
        kind="search" if platform == "google" else "auction",
        budget=BudgetSpec(
            level="ad_group" if on_groups else "campaign",
            period=period,
            amount=None if on_groups else draw(amounts(currency)),
        ),
        bidding=BiddingSpec(
            strategy=draw(st.sampled_from(["clicks", "conversions"])),
            bid_cap=draw(st.none() | amounts(currency)),
            target_cost=draw(amounts(currency)) if target == "target_cost" else None,
            target_return=draw(st.integers(1, 10**7)) if target == "target_return" else None,
        ),
        conversion=draw(
            st.none() | st.just(ConversionSpec(source="pixel", remote_id="9", event="Purchase"))
        ),
        schedule=Schedule(
            start=start,
            end=None if days is None else start + dt.timedelta(days),
            hours=tuple(draw(st.lists(st.builds(hours, st.integers(1, 3), st.integers(7, 9))))),
        ),
        declarations=Declarations(political_ads=draw(st.booleans()), payer=draw(WORDS)),
        extensions=tuple(extensions),
        ad_groups=tuple(draw(groups(n, platform, currency, on_groups)) for n in names),
        part=PARTS[platform],
    )


@st.composite
def pairs(draw: st.DrawFn) -> tuple[CampaignSpec, CampaignSpec]:
    platform = draw(st.sampled_from(sorted(PARTS)))
    return draw(specs(platform)), draw(specs(platform))
