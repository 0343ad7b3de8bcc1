"""Of what a platform keeps in its own way nothing is said; everything else is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from campaigns.specs.compare import differences
from core.common.money import Money
from platforms.spec.ads import PinnedText, ResponsiveSearchAd
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.platform_parts import GoogleCampaign
from platforms.spec.settings import BudgetSpec, Declarations, Schedule
from platforms.spec.targeting import Keyword, Targeting
from platforms.types import Kind

TODAY = date(2026, 5, 4)
AD = ResponsiveSearchAd(
    format="responsive_search",
    reference="ae-ad",
    name="A",
    landing_url="https://x.example",
    headlines=(PinnedText(text="H"),),
    descriptions=(PinnedText(text="D"),),
)
GROUP = AdGroupSpec(
    reference="ae-group",
    name="All.people_here",
    targeting=Targeting(keywords=(Keyword(text="Hiking Boots"),)),
    ads=(AD,),
)
SPEC = CampaignSpec(
    reference="ae-campaign",
    name="Boots",
    objective="traffic",
    kind="search",
    budget=BudgetSpec(amount=Money.from_micros(50_000_000, "USD")),
    schedule=Schedule(start=TODAY),
    ad_groups=(GROUP,),
    part=GoogleCampaign(platform="google"),
)


def cut(kind: Kind, name: str, reference: str) -> str:
    return name[:3]


def kept(kind: Kind, name: str, reference: str) -> str:
    return name


def said(there: CampaignSpec, wanted: CampaignSpec = SPEC, carried: Any = kept) -> list[str]:
    return [str(one) for one in differences(wanted, there, carried=carried, today=TODAY)]


def changed(node: Any, **values: Any) -> Any:
    return node.model_copy(update=values)


def with_group(**values: Any) -> CampaignSpec:
    spec: CampaignSpec = changed(SPEC, ad_groups=(changed(GROUP, **values),))
    return spec


@pytest.mark.parametrize(
    "there",
    [
        changed(SPEC, declarations=Declarations(payer="Acme", beneficiary="Acme")),
        with_group(targeting=Targeting(keywords=(Keyword(text="hiking boots"),))),
    ],
)
def test_what_a_platform_fills_in_is_no_difference(there: CampaignSpec) -> None:
    assert said(there) == []


def test_a_name_that_is_cut_is_none_and_another_name_is() -> None:
    there = changed(
        SPEC, name="Boo", ad_groups=(changed(GROUP, name="All", ads=(changed(AD, name="A"),)),)
    )
    assert said(there, carried=cut) == []
    assert said(changed(SPEC, name="Shoes")) == ["Name is “Shoes”, planned was “Boots”."]


def test_a_first_day_that_has_passed_may_be_today_and_no_later() -> None:
    late = changed(SPEC, schedule=Schedule(start=TODAY - timedelta(days=2)))
    assert said(SPEC, late) == []
    tomorrow = changed(SPEC, schedule=Schedule(start=TODAY + timedelta(days=1)))
    assert said(tomorrow) == ["Schedule start is 2026-05-05, planned was 2026-05-04."]


def test_each_field_is_told_with_the_names_of_its_nodes() -> None:
    there = with_group(ads=(changed(AD, landing_url="https://y.example"),))
    assert said(there) == [
        "Ad group “All.people_here”, ad “A”, landing url is “https://y.example”, "
        "planned was “https://x.example”."
    ]


def test_a_node_that_is_missing_and_one_too_many_are_told() -> None:
    assert said(with_group(ads=())) == ["Ad group “All.people_here”, ad “A” is missing there."]
    second = changed(AD, reference="ae-other", name="B")
    assert said(with_group(ads=(AD, second))) == [
        "Ad group “All.people_here”, ad “B” is there and was not planned."
    ]


def test_another_match_of_a_keyword_is_told() -> None:
    there = with_group(targeting=Targeting(keywords=(Keyword(text="Hiking Boots", match="broad"),)))
    [one] = said(there)
    assert one.startswith("Ad group “All.people_here”, targeting keywords is ")
