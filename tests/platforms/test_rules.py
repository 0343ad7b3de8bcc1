"""Each rule refuses by its path, says its limit and its remedy, and has a sentence for planners."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from core.common.money import Money
from platforms.google.capabilities import CAPABILITIES as GOOGLE
from platforms.meta.capabilities import CAPABILITIES as META
from platforms.rules.capabilities import Capabilities
from platforms.rules.pack import PACK, RULES_VERSION, sentences, spec_problems
from platforms.spec.campaign import CampaignSpec
from platforms.tiktok.capabilities import CAPABILITIES as TIKTOK
from tests.fixtures.specs import campaign_spec, changed

ALL = [GOOGLE, META, TIKTOK]
Change = Callable[[CampaignSpec], CampaignSpec]


def in_group(**values: Any) -> Change:
    return lambda spec: changed(
        spec, ad_groups=tuple(changed(group, **values) for group in spec.ad_groups)
    )


def in_targeting(**values: Any) -> Change:
    return lambda spec: in_group(targeting=changed(spec.ad_groups[0].targeting, **values))(spec)


def in_ads(**values: Any) -> Change:
    return lambda spec: in_group(ads=tuple(changed(ad, **values) for ad in spec.ad_groups[0].ads))(
        spec
    )


CASES: list[tuple[Capabilities, Change, str, str]] = [
    (TIKTOK, lambda s: changed(s, political_ads=True), "declarations.political_ads", "carries no"),
    (
        META,
        lambda s: changed(s, daily_budget=Money.from_micros(10_001_000, "USD")),
        "budget.amount",
        "in steps of $0.01",
    ),
    (
        META,
        lambda s: changed(s, daily_budget=Money.parse(100, "KWD")),
        "budget.amount.currency",
        "Use an ad account in another currency.",
    ),
    (GOOGLE, in_targeting(age_min=20), "ad_groups[0].targeting.age_min", "Choose one of these."),
    (TIKTOK, in_targeting(age_max=40), "ad_groups[0].targeting.age_max", "Choose a last age"),
    (GOOGLE, in_targeting(keywords=()), "ad_groups[0].targeting.keywords", "at least one keyword"),
    (
        GOOGLE,
        in_targeting(keywords=("boots", "50% off")),
        "ad_groups[0].targeting.keywords[1].text",
        "takes no % in a keyword",
    ),
    (
        GOOGLE,
        in_targeting(keywords=tuple(f"boots {n}" for n in range(20_000))),
        "ad_groups[0].targeting.keywords",
        "“Runners” has 20,000.",
    ),
    (GOOGLE, in_ads(headlines=("One", "Two")), "ad_groups[0].ads[0].headlines", "3 to 15 are"),
    (META, in_ads(headlines=()), "ad_groups[0].ads[0].headline", "1 to 1 are needed"),
    (TIKTOK, in_ads(descriptions=("靴" * 51,)), "ad_groups[0].ads[1].body", "has 102 characters"),
    (
        GOOGLE,
        in_ads(headlines=("One", "One", "Two")),
        "ad_groups[0].ads[0].headlines",
        "the same text twice",
    ),
    (
        META,
        in_ads(landing_url="https://x.example/" + "a" * 2048),
        "ad_groups[0].ads[0].landing_url",
        "2048 fit",
    ),
    (GOOGLE, in_ads(landing_url="https://shop"), "ad_groups[0].ads[0].landing_url", "full one"),
    (TIKTOK, in_group(name="Boots 🥾"), "ad_groups[0].name", "takes no emoji"),
    (META, lambda s: changed(s, name="Two\nlines"), "name", "Take it out."),
]


@pytest.mark.parametrize(("can", "change", "path", "says"), CASES)
def test_a_rule_refuses_by_its_path(
    can: Capabilities, change: Change, path: str, says: str
) -> None:
    spec = campaign_spec(can, date(2030, 3, 1))
    assert spec_problems(can, spec) == []
    found = {problem.path: problem.message for problem in spec_problems(can, change(spec))}
    assert says in found[path]


@pytest.mark.parametrize("can", ALL)
def test_a_planner_is_told_of_every_rule_that_concerns_its_platform(can: Capabilities) -> None:
    told = dict(sentences(can))
    silent = {rule.id for rule in PACK} - told.keys()
    assert (
        silent
        == {
            "google": {"political-ads"},
            "meta": {"political-ads", "keywords", "size"},
            "tiktok": {"keywords", "size"},
        }[can.platform]
    )
    assert all(text.endswith((".", "―")) for text in told.values())


def test_rules_have_ids_of_their_own_and_each_platform_a_version() -> None:
    ids = [rule.id for rule in PACK]
    assert len(set(ids)) == len(ids) == 11
    assert set(RULES_VERSION) == {can.platform for can in ALL}
    assert {tuple(sorted(rule.since)) for rule in PACK} == {("google", "meta", "tiktok")}
