"""What was created is compared with the approved plan field by field, before it is switched on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agents.execution import checks
from agents.models import Strategy
from campaigns.models import Campaign, SpecVersion
from campaigns.specs.versions import read_back
from platforms.registry import platform_for
from tests.fixtures.plans import campaign_of, planned
from tests.fixtures.world import Launch, Sandbox

PLATFORMS = ["google", "meta", "tiktok"]
Edit = Callable[[Sandbox, Campaign], None]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_WAITS", (0.0,))


def problems(strategy: Strategy) -> list[str]:
    """As if it were not switched on yet."""
    wanted = planned(strategy)
    with platform_for(strategy.account) as client:
        return checks.problems(client, campaign_of(strategy), wanted)


def group_of(sandbox: Sandbox, strategy: Strategy) -> Any:
    remote_id = campaign_of(strategy).remote_id
    groups = sandbox.world.ad_groups.values()
    return next(group for group in groups if group.campaign_id == remote_id)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_was_launched_is_as_approved_and_kept_as_it_was_read(
    launch: Launch, platform: str
) -> None:
    strategy = Strategy.objects.get(brief=launch(platform))
    assert problems(strategy) == []
    read = SpecVersion.objects.filter(campaign=campaign_of(strategy), origin="read")
    assert [version.number for version in read.order_by("number")] == [2, 3]  # paused, then on
    assert [read_back(v).status for v in read.order_by("number")] == ["paused", "active"]
    assert [version.unsupported for version in read] == [[], []]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_another_budget_and_another_name_are_told_with_both_values(
    launch: Launch, sandbox: Sandbox, platform: str
) -> None:
    strategy = Strategy.objects.get(brief=launch(platform))
    remote = sandbox.world.get_campaign(campaign_of(strategy).remote_id)
    raw = dict(remote.raw)
    if platform == "meta":
        raw["daily_budget"] = "45000"
    elif platform == "tiktok":
        raw["budget"] = 450.0
    name = f"Other [{campaign_of(strategy).reference}]"
    sandbox.world.update_campaign(remote.id, daily_budget_micros=450_000_000, raw=raw, name=name)
    budget = planned(strategy).budget.amount
    assert problems(strategy) == [
        f"Name is “Other”, planned was “{campaign_of(strategy).name}”.",
        f"Budget amount is $450.00, planned was {budget}.",
    ]


@pytest.mark.parametrize("platform", ["meta", "tiktok"])
def test_another_text_is_told_with_its_ad(launch: Launch, sandbox: Sandbox, platform: str) -> None:
    strategy = Strategy.objects.get(brief=launch(platform))
    group = group_of(sandbox, strategy)
    ad = next(ad for ad in sandbox.world.ads.values() if ad.ad_group_id == group.id)
    if platform == "tiktok":
        sandbox.world.update_ad(ad.id, raw={**ad.raw, "ad_text": "Other words."})
    else:
        creative = sandbox.world.get_object("meta", "creatives", ad.raw["creative_id"])
        story = {**creative["object_story_spec"]}
        story["link_data"] = {**story["link_data"], "message": "Other words."}
        changed = {**creative, "object_story_spec": story}
        sandbox.world.put_object("meta", "creatives", creative["id"], changed)
    [found] = problems(strategy)
    assert found.startswith("Ad group “")
    assert ", body is “Other words.”, planned was “" in found


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_paused_part_and_a_part_that_is_gone_are_told(
    launch: Launch, sandbox: Sandbox, platform: str
) -> None:
    strategy = Strategy.objects.get(brief=launch(platform))
    group = group_of(sandbox, strategy)
    first, second, *_ = (ad for ad in sandbox.world.ads.values() if ad.ad_group_id == group.id)
    sandbox.world.update_ad(first.id, status="paused")
    sandbox.world.update_ad(second.id, status="removed")
    found = problems(strategy)
    assert len(found) == 2
    assert len([one for one in found if one.endswith("” is missing there.")]) == 1
    says = "”, status is “paused”, planned was “active”."
    assert len([one for one in found if one.endswith(says)]) == 1


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_ad_that_somebody_added_is_named(
    launch: Launch, sandbox: Sandbox, platform: str
) -> None:
    strategy = Strategy.objects.get(brief=launch(platform))
    group = group_of(sandbox, strategy)
    ad = next(ad for ad in sandbox.world.ads.values() if ad.ad_group_id == group.id)
    added = type(ad)(**{**vars(ad), "id": sandbox.world.new_id(platform), "name": "Theirs"})
    if platform == "google":
        added.raw = {key: value for key, value in ad.raw.items() if key != "pb"}
    sandbox.world.add_ad(added)
    [found] = problems(strategy)
    assert "was made elsewhere." in found
    assert found.startswith("The ad “")
