"""The plan language says all that the planner's plans say today, on each platform."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from agents.planners.drafts import draft_of_ad
from core.common.money import Money
from platforms.spec.campaign import CampaignSpec
from platforms.spec.changes.difference import diff
from platforms.spec.errors import SpecMalformed
from platforms.spec.first_edition import spec_of_first_edition
from platforms.spec.settings import BudgetSpec, Schedule
from platforms.spec.targeting import Locations
from platforms.spec.text import hash_of, parse_spec, serialise
from tests.fixtures.first_edition import campaign_content

STAY_DRY = "Boots that stay dry."
PLATFORMS = ["google", "meta", "tiktok"]


@pytest.fixture(params=PLATFORMS)
def stored(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return request.param, campaign_content(request.param)


def test_a_plan_of_the_first_edition_is_a_spec_that_says_the_same(
    stored: tuple[str, dict[str, Any]],
) -> None:
    platform, content = stored
    spec = spec_of_first_edition(platform, content)
    assert (spec.platform, spec.kind) == (platform, "search" if platform == "google" else "auction")
    assert spec.budget == BudgetSpec(amount=Money.parse(50, "USD"))
    assert (spec.reference, spec.name, spec.objective) == ("ae-first-1", "Boots", "traffic")
    assert spec.schedule == Schedule(start=date(2030, 3, 1), end=date(2030, 3, 31))
    [group] = spec.ad_groups
    places = [spec.locations, group.targeting.locations]
    wanted = [Locations(countries=("DE", "US")), Locations()]
    assert places == (wanted if platform == "google" else wanted[::-1])
    words = [(word.text, word.match) for word in group.targeting.keywords]
    google = [("hiking boots", "phrase"), ("靴", "phrase")]
    assert sorted(words) == (google if platform == "google" else [])
    assert [ad.reference for ad in group.ads] == ["ae-first-3", "ae-first-4"]
    assert parse_spec(serialise(spec)) == spec


@pytest.mark.parametrize(
    ("platform", "headlines", "descriptions"),
    [
        (
            "google",
            ("Light boots", "Dry feet", "Free returns"),
            (STAY_DRY, "A firm grip."),
        ),
        ("meta", ("Light boots",), (STAY_DRY,)),
        ("tiktok", (), (STAY_DRY,)),  # it shows no headline
    ],
)
def test_its_ads_show_what_they_showed(
    platform: str, headlines: tuple[str, ...], descriptions: tuple[str, ...]
) -> None:
    spec = spec_of_first_edition(platform, campaign_content(platform))
    draft = draft_of_ad(spec.ad_groups[0].ads[0])
    assert (draft.headlines, draft.descriptions) == (headlines, descriptions)
    assert draft.landing_url == "https://shop.example/boots?ad=3"
    assert (draft.image.asset if draft.image else None) == (None if platform == "google" else 3)


def test_two_writings_of_it_have_one_hash_and_no_difference(
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
