"""The plan language says all that the planner's plans say today, on each platform."""

from __future__ import annotations

from typing import Any

import pytest

from agents.models import Strategy
from campaigns.publishing.specs import campaign_spec
from platforms.spec.ads import ResponsiveSearchAd, SingleImageAd
from platforms.spec.campaign import CampaignSpec
from platforms.spec.changes.difference import diff
from platforms.spec.errors import SpecMalformed
from platforms.spec.first_edition import spec_of_first_edition
from platforms.spec.targeting import Locations
from platforms.spec.text import hash_of, parse_spec, serialise
from platforms.types import AdSpec
from tests.fixtures.world import Launch

PLATFORMS = ["google", "meta", "tiktok"]


@pytest.fixture(params=PLATFORMS)
def stored(request: pytest.FixtureRequest, plan: Launch) -> tuple[str, dict[str, Any]]:
    brief = plan(request.param, countries=("US", "DE"), keywords=("hiking boots", "靴"))
    return request.param, Strategy.objects.get(brief=brief).plan["spec"]


def texts(platform: str, ad: Any, old: AdSpec) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Headlines and descriptions; of an ad with a picture the first alone are shown."""
    if isinstance(ad, ResponsiveSearchAd):
        return tuple(t.text for t in ad.headlines), tuple(t.text for t in ad.descriptions)
    assert isinstance(ad, SingleImageAd)
    shown = "".join(old.headlines[:1]) if platform != "tiktok" else ""
    assert (ad.headline, ad.body) == (shown, old.descriptions[0])
    return old.headlines, old.descriptions


def test_a_plan_is_a_spec_that_says_the_same(stored: tuple[str, dict[str, Any]]) -> None:
    platform, content = stored
    spec, old = spec_of_first_edition(platform, content), campaign_spec(content, with_media=False)
    assert (spec.platform, spec.kind) == (platform, "search" if platform == "google" else "auction")
    assert spec.budget.amount == old.daily_budget
    assert (spec.schedule.start, spec.schedule.end) == (old.start, old.end)
    assert (spec.reference, spec.name, spec.objective) == (old.reference, old.name, old.objective)
    assert spec.declarations.political_ads == old.political_ads
    for group, known in zip(spec.ad_groups, old.ad_groups, strict=True):
        targeting = known.targeting
        home = spec.locations if platform == "google" else group.targeting.locations
        assert home.countries == tuple(sorted(targeting.countries))
        assert (
            spec.locations if platform != "google" else group.targeting.locations
        ) == Locations()
        ages = (group.targeting.age_min, group.targeting.age_max, group.targeting.gender)
        assert ages == (targeting.age_min, targeting.age_max, targeting.gender)
        assert [word.text for word in group.targeting.keywords] == sorted(targeting.keywords)
        by_reference = {ad.reference: ad for ad in known.ads}
        assert len(group.ads) == len(by_reference)
        for ad in group.ads:
            before = by_reference[ad.reference]
            assert (ad.name, ad.landing_url) == (before.name, before.landing_url)
            assert texts(platform, ad, before) == (before.headlines, before.descriptions)
    assert parse_spec(serialise(spec)) == spec


def test_two_readings_of_a_plan_have_one_hash_and_no_difference(
    stored: tuple[str, dict[str, Any]],
) -> None:
    platform, content = stored
    other = {**content, "ad_groups": [dict(reversed(g.items())) for g in content["ad_groups"]]}
    first, second = (spec_of_first_edition(platform, one) for one in (content, other))
    assert hash_of(first) == hash_of(second)
    assert diff(first, second).is_empty
    assert isinstance(first, CampaignSpec)


@pytest.mark.parametrize(
    ("path", "key", "value", "says"),
    [
        ((), "colour", "red", "colour: is an unknown key"),
        (("ad_groups", 0), "bid", 5, "ad_groups[0].bid: is an unknown key"),
        (("ad_groups", 0, "ads", 1), "pin", 1, "ad_groups[0].ads[1].pin: is an unknown key"),
        (("ad_groups", 0, "targeting"), "age_min", "18", "ad_groups[0].targeting.age_min: "),
        ((), "daily_budget_micros", 1.5, "read. daily_budget_micros: "),
        ((), "daily_budget_micros", 2**64, "read. daily_budget_micros: "),
        ((), "start", "1767225600", "read. start: '1767225600' is no day"),
        ((), "ad_groups", {}, "read. ad_groups: is no list"),
        ((), "name", {1, 2}, "no JSON"),
        ((), 7, 1, "7: is an unknown key"),
        (("ad_groups", 0), "ads", None, "read. ad_groups[0].ads: is no list"),
        (("ad_groups", 0), "targeting", 5, "read. ad_groups[0].targeting: is no object"),
        (("ad_groups",), 0, "x", "read. ad_groups[0]: is no object"),
        (("ad_groups", 0, "ads", 1), "image", False, "ad_groups[0].ads[1].image: is no object"),
        (("ad_groups", 0, "ads", 1), "headlines", ["a", 5], "ads[1].headlines[1]: is no text"),
        (("ad_groups", 0, "ads", 1), "descriptions", "ab", "ads[1].descriptions: is no list"),
    ],
)
def test_a_plan_that_says_something_else_is_refused_with_its_path(
    stored: tuple[str, dict[str, Any]],
    path: tuple[str | int, ...],
    key: Any,
    value: Any,
    says: str,
) -> None:
    platform, content = stored
    part: Any = content
    for step in path:
        part = part[step]
    part[key] = value
    with pytest.raises(SpecMalformed) as caught:
        spec_of_first_edition(platform, content)
    assert says in str(caught.value)
