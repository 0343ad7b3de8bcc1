"""What the table of capabilities promises is launched and reads back equal; what it lacks is
refused by its path, and nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.common.money import Money
from platforms.errors import PlatformError
from platforms.rules.pack import spec_problems
from platforms.spec.ads import ResponsiveSearchAd, SingleImageAd, SingleVideoAd, media_of
from platforms.spec.campaign import CampaignSpec
from platforms.spec.extensions import Callout
from platforms.spec.remote import KnownNodes
from platforms.spec.settings import BiddingSpec, BudgetSpec, ConversionSpec, Declarations, Hours
from platforms.spec.targeting import Audience, Keyword, Locations, NegativeKeyword, Place
from platforms.types import RemoteRef
from tests.fixtures.specs import changed, in_countries, video_ad_spec
from tests.platforms.contract.side import Side

Change = Callable[[CampaignSpec], CampaignSpec]


def with_group(**values: Any) -> Change:
    return lambda spec: changed(
        spec, ad_groups=tuple(changed(group, **values) for group in spec.ad_groups)
    )


def with_targeting(**values: Any) -> Change:
    return lambda spec: with_group(targeting=changed(spec.ad_groups[0].targeting, **values))(spec)


def with_ads(change: Callable[[Any], Any]) -> Change:
    return lambda spec: with_group(ads=tuple(map(change, spec.ad_groups[0].ads)))(spec)


def with_part(**values: Any) -> Change:
    return lambda spec: changed(spec, part=changed(spec.part, **values))


def pinned(ad: Any) -> Any:
    first, *others = ad.headlines
    return changed(ad).model_copy(update={"headlines": (changed(first, pin=1), *others)})


def as_video(ad: Any) -> SingleVideoAd:
    from platforms.meta.capabilities import CAPABILITIES

    film = video_ad_spec(CAPABILITIES).video
    return SingleVideoAd(
        reference=ad.reference,
        name=ad.name,
        landing_url=ad.landing_url,
        format="single_video",
        headline=ad.headline,
        body=ad.body,
        call_to_action="SHOP_NOW",
        video=film,
    )


EVERYWHERE: dict[str, Change] = {
    "as it is": lambda spec: spec,
    "countries": lambda spec: in_countries(spec, "DE", "US"),
    "all ages, men": with_targeting(age_min=18, age_max=65, gender="male"),
    "a paused group": with_group(status="paused"),
    "paused ads": with_ads(lambda ad: changed(ad, status="paused")),
    "an end": lambda spec: changed(spec, end=spec.schedule.start.replace(year=2027)),
}
OWN: dict[str, dict[str, Change]] = {
    "google": {
        "networks": with_part(search_partners=True, display_network=True),
        "presence": with_part(presence="presence"),
        "pins": with_ads(pinned),
        "match types": lambda spec: with_group(
            targeting=spec.ad_groups[0].targeting.model_copy(
                update={
                    "keywords": (
                        Keyword(text="boots", match="broad"),
                        Keyword(text="boots", match="exact"),
                    )
                }
            )
        )(spec),
        "political": lambda spec: changed(spec, political_ads=True),
    },
    "meta": {
        "payer": lambda spec: in_countries(
            spec.model_copy(
                update={"declarations": Declarations(payer="Shop Ltd", beneficiary="Brand Ltd")}
            ),
            "DE",
        ),
        "political": lambda spec: changed(spec, political_ads=True),
        "videos": with_ads(as_video),
    },
    "tiktok": {"videos": with_ads(as_video)},
}
CASES = [
    (platform, name, change)
    for platform, own in OWN.items()
    for name, change in {**EVERYWHERE, **own}.items()
]


def read_back(side: Side, spec: CampaignSpec, refs: list[RemoteRef]) -> CampaignSpec:
    ads = [ad for group in spec.ad_groups for ad in group.ads]
    nodes = [spec, *spec.ad_groups, *ads]
    files = {one.role: one for ad in ads for one in media_of(ad)}
    known = KnownNodes(
        references={ref.remote_id: ref.reference for ref in refs},
        names={node.reference: node.name for node in nodes},
        media=lambda file: files.get("video" if file.name.endswith(".mp4") else "landscape"),
    )
    there = side.client.read_spec(refs[0].remote_id, known)
    assert there is not None
    assert (there.unsupported, there.opaque) == ((), ())
    return there.spec


@pytest.mark.parametrize(
    ("side", "change"),
    [(p, c) for p, _, c in CASES],
    ids=[f"{p}: {n}" for p, n, _ in CASES],
    indirect=["side"],
)
def test_what_the_table_promises_is_launched_and_reads_back_equal(
    side: Side, change: Change
) -> None:
    spec = change(side.spec())
    assert spec_problems(side.can, spec) == []
    there = read_back(side, spec, side.create(spec))
    declared = spec.declarations if spec.declarations.payer else there.declarations
    assert there == spec.model_copy(update={"status": "paused", "declarations": declared})
    assert there.declarations.political_ads == spec.declarations.political_ads


def on_groups(spec: CampaignSpec) -> CampaignSpec:
    each = Money.parse(60, "USD")
    return with_group(budget=each)(spec.model_copy(update={"budget": BudgetSpec(level="ad_group")}))


LACKING: dict[str, Change] = {
    "bidding.strategy": lambda s: changed(s, bidding=BiddingSpec(strategy="conversions")),
    "bidding.bid_cap": lambda s: changed(s, bidding=BiddingSpec(bid_cap=Money.parse(1, "USD"))),
    "conversion.source": lambda s: changed(
        s, conversion=ConversionSpec(source="pixel", remote_id="1", event="Purchase")
    ),
    "schedule.hours[0].weekday": lambda s: s.model_copy(
        update={
            "schedule": s.schedule.model_copy(
                update={"hours": (Hours(weekday=1, first=8, end=18),)}
            )
        }
    ),
    "languages": lambda s: changed(s, languages=("de",)),
    "extensions[0].kind": lambda s: changed(
        s, extensions=(Callout(kind="callout", text="Free returns"),)
    ),
    "budget.level": on_groups,
    "ad_groups[0].bid": with_group(bid=Money.parse(1, "USD")),
    "ad_groups[0].placements": with_group(placements=("feed",)),
    "ad_groups[0].targeting.audiences[0].remote_id": with_targeting(
        audiences=(Audience(remote_id="5", name="Buyers"),)
    ),
    "ad_groups[0].targeting.devices": with_targeting(devices=("phone",)),
    "ad_groups[0].targeting.may_expand": with_targeting(may_expand=True),
    "ad_groups[0].targeting.negative_keywords[0].text": with_targeting(
        negative_keywords=(NegativeKeyword(text="free"),)
    ),
    "ad_groups[0].targeting.locations.cities[0].remote_id": lambda s: with_group(
        targeting=s.ad_groups[0].targeting.model_copy(
            update={
                "locations": Locations(
                    countries=s.ad_groups[0].targeting.locations.countries,
                    cities=(Place(remote_id="9", name="Ulm"),),
                )
            }
        )
    )(s),
    "ad_groups[0].ads[0].tracking": with_ads(lambda ad: changed(ad, tracking="x=1")),
}


@pytest.mark.parametrize("path", LACKING)
def test_what_the_table_lacks_is_refused_by_its_path_and_nothing_is_sent(
    side: Side, path: str
) -> None:
    spec = LACKING[path](side.spec())
    problems = [problem for problem in spec_problems(side.can, spec) if problem.path]
    assert path in {problem.path for problem in problems}
    with pytest.raises(PlatformError):
        side.client.create_campaign(spec)
    assert side.campaigns_named(spec) == []


def test_an_ad_of_another_format_is_refused_by_name(side: Side) -> None:
    def other(ad: Any) -> Any:
        if isinstance(ad, SingleImageAd):
            from platforms.google.capabilities import CAPABILITIES
            from tests.fixtures.specs import ad_spec

            return changed(ad_spec(CAPABILITIES), reference=ad.reference)
        assert isinstance(ad, ResponsiveSearchAd)
        return ad.model_copy(update={"paths": ("sale",)})

    spec = with_ads(other)(side.spec())
    paths = {problem.path for problem in spec_problems(side.can, spec)}
    wanted = "paths" if side.name == "google" else "format"
    assert f"ad_groups[0].ads[0].{wanted}" in paths
    with pytest.raises(PlatformError):
        side.client.create_campaign(spec)
    assert side.campaigns_named(spec) == []
