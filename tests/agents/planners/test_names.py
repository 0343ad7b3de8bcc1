"""The page of name patterns, and that plans and platforms get exactly these names and addresses."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from agents.models import Strategy
from campaigns.briefs.selectors import patterns_of
from campaigns.models import Brief, Campaign, Creative
from campaigns.naming import Patterns
from campaigns.services import set_patterns
from core.models import Actor, Advertiser
from platforms.models import AdAccount
from platforms.rules.addresses import MAX_ADDRESS_LENGTH
from tests.agents.forms.brief_pages import make_brief, strategies
from tests.fixtures.clients import said, text
from tests.fixtures.people import People
from tests.fixtures.plans import ads_of, planned

PAGE, SAVE = "/a/acme/briefs/names/", "/a/acme/briefs/names/save/"
SAMPLE = "/a/acme/briefs/names/sample/"
TYPED = {
    "campaign": "{platform} | {brief} | {countries}",
    "ad_group": "{ages} {gender}",
    "ad": "{letter}_{headline}",
    "url_tags": "utm_source={platform}&utm_campaign={campaign}&utm_content={ad}",
}


@pytest.mark.usefixtures("noon")
def test_saved_patterns_name_the_next_plan(
    editor: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    before = make_brief(people, advertiser, shops["meta"])
    page = editor.post(SAVE, TYPED, follow=True)
    assert said(page) == ["Saved. The next plans use these names and tags."]
    [old] = strategies(before)
    [new] = strategies(make_brief(people, advertiser, shops["meta"]))
    assert planned(old).name == "Boots · Meta"
    spec = planned(new)
    assert spec.name == "Meta | Boots | US"
    assert spec.ad_groups[0].name == "18–65+ everyone"
    ad = ads_of(new)[0]
    assert ad.name == "A_Light boots"
    assert ad.landing_url == (
        "https://shop.example.com/boots?utm_source=meta&utm_campaign=meta-boots-us"
        "&utm_content=a_light-boots"
    )


@pytest.mark.usefixtures("noon")
def test_refused_patterns_stand_in_the_form_and_change_nothing(
    editor: Client, advertiser: Advertiser
) -> None:
    page = editor.post(SAVE, TYPED | {"ad": "{x}"})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["ad"]
    assert page.context["form"]["campaign"].value() == TYPED["campaign"]
    assert patterns_of(advertiser) == Patterns()


@pytest.mark.usefixtures("noon")
def test_the_example_follows_what_is_typed_and_keeps_nothing(
    editor: Client, advertiser: Advertiser
) -> None:
    shown = editor.post(SAMPLE, TYPED).context["samples"]
    assert [sample.campaign for sample in shown] == [
        "Google | Autumn boots | US",
        "Meta | Autumn boots | US",
        "TikTok | Autumn boots | US",
    ]
    assert "utm_source=tiktok" in shown[2].address
    refused = text(editor.post(SAMPLE, TYPED | {"url_tags": "a b"}))
    assert "“a b” is no tag." in refused
    assert patterns_of(advertiser) == Patterns()


@pytest.mark.usefixtures("noon")
def test_a_viewer_reads_and_does_not_save(viewer: Client, advertiser: Advertiser) -> None:
    assert "Autumn boots · Meta" in text(viewer.get(PAGE))
    assert viewer.post(SAVE, TYPED).status_code == 403
    assert patterns_of(advertiser) == Patterns()


@pytest.mark.usefixtures("noon")
def test_an_address_that_its_tags_make_too_long_blocks_the_plan(
    actor: Actor, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    tags = Patterns(url_tags="utm_content={brief}{brief}{brief}")
    set_patterns(actor=actor, advertiser=advertiser, patterns=tags)
    url = "https://shop.example.com/" + "a" * 1900
    [plan] = strategies(
        make_brief(people, advertiser, shops["meta"], name="b" * 100, landing_url=url)
    )
    assert plan.state == Strategy.State.BLOCKED
    assert [problem["field"] for problem in plan.problems] == ["landing_url"]


def test_every_address_that_preflight_lets_pass_can_be_kept() -> None:
    column = Creative._meta.get_field("landing_url").max_length
    assert column is not None
    assert column >= MAX_ADDRESS_LENGTH


def test_each_platform_gets_the_names_and_the_address(
    launch: Any, actor: Actor, advertiser: Advertiser, sandbox: Any
) -> None:
    set_patterns(actor=actor, advertiser=advertiser, patterns=Patterns(**TYPED))
    brief: Brief = launch("google", "meta", "tiktok")
    for campaign in Campaign.objects.filter(brief=brief).select_related("account"):
        platform = campaign.account.platform
        assert campaign.remote in {"active", "in_review"}, platform
        assert campaign.name.endswith(" | Boots | US")
        assert f"utm_source={platform}&utm_campaign={platform}-boots-us" in at_vendor(
            sandbox, platform
        )
        [remote] = sandbox.campaigns(platform)
        assert remote.name.startswith(campaign.name)


def at_vendor(sandbox: Any, platform: str) -> str:
    """All that the platform holds of its ads and their creatives."""
    ads = sandbox.world.list_ads(sandbox.world.account(platform).id)
    held = [ad.raw for ad in ads], sandbox.world.list_objects(platform, "creatives")
    return str(held)
