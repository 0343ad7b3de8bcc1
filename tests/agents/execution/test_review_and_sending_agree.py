"""Whatever passes the review is taken by the platform: random briefs against the emulators."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from agents.contracts import ExecutionContext
from agents.execution.preflight import preflight
from agents.planners.budget_split import _budget_of
from agents.planners.rules import RulePlanner
from agents.plans import ExecutionPlan
from campaigns.models import Asset, Brief
from campaigns.models.brief import CALLS_TO_ACTION
from campaigns.specs.media_source import AssetMedia
from core.common import dates
from core.common.countries import CODES
from core.models import Advertiser
from platforms.interface import AdPlatform
from platforms.models import AdAccount
from platforms.registry import capabilities_of, platform_for
from platforms.spec.campaign import CampaignSpec
from platforms.spec.media_files import MediaSource
from tests.fixtures.world import picture

PLATFORMS = ["google", "meta", "tiktok"]
PLAIN = st.text(st.sampled_from("abc déß靴中𠀀한ｗ-'"), min_size=1, max_size=45)
SIGNS = '!?&%@,*()"+–―|^~`<>{}[]\\;=👟☀\u200d\n.'
words = st.one_of(
    PLAIN,
    st.builds(lambda text, sign: f"{text[:12]}{sign}", PLAIN, st.sampled_from(SIGNS)),
    st.sampled_from(["靴" * 15, "靴" * 16, "靴" * 46, "x" * 30, "x" * 31, "x" * 90, "x " * 11]),
)
URLS = ["https://shop.example.com/a", "http://localhost/a", "https://x.de/ a", "https://[::1]/"]
BOUNDS = [18, 21, 25, 35, 45, 55, 65]


ORDINARY: dict[str, Any] = {
    "name": "Boots",
    "objective": "traffic",
    "total_budget_micros": 3_000_000_000,
    "start": 1,
    "days": 30,
    "landing_url": "https://shop.example.com/boots",
    "countries": ["US"],
    "age_min": 18,
    "age_max": 65,
    "gender": "any",
    "keywords": ["hiking boots"],
    "headlines": ["Light boots", "Dry feet all day", "Walk further"],
    "descriptions": ["Boots that stay dry.", "Light boots with a firm grip."],
    "call_to_action": "LEARN_MORE",
    "political_ads": False,
}
COUNTRIES = st.sampled_from(["US", "DE", "JP", "CH", *sorted(CODES)])
ODD: dict[str, st.SearchStrategy[Any]] = {
    "name": words,
    "total_budget_micros": st.integers(1, 500_000).map(lambda cents: cents * 10_000),
    "start": st.integers(0, 1300),
    "days": st.integers(1, 40),
    "landing_url": st.sampled_from(URLS),
    "countries": st.lists(COUNTRIES, min_size=1, max_size=3, unique=True),
    "age_min": st.sampled_from(BOUNDS),
    "age_max": st.sampled_from([24, 34, 44, 54, 64, 65]),
    "gender": st.sampled_from(["any", "female", "male"]),
    "keywords": st.lists(words, max_size=2),
    "headlines": st.lists(words, min_size=1, max_size=4, unique=True),
    "descriptions": st.lists(words, min_size=1, max_size=3, unique=True),
    "call_to_action": st.sampled_from([code for code, _ in CALLS_TO_ACTION]),
    "political_ads": st.booleans(),
}


@st.composite
def briefs(draw: st.DrawFn) -> dict[str, Any]:
    """An ordinary brief with up to three odd fields, texts more often than others."""
    names = [*sorted(ODD), *("headlines", "descriptions", "keywords", "name") * 3]
    fields = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    return ORDINARY | {field: draw(ODD[field]) for field in fields}


def planned(
    content: dict[str, Any], account: AdAccount, images: list[Asset]
) -> tuple[ExecutionContext, ExecutionPlan]:
    values = dict(content)
    start = dates.today(account.time_zone) + timedelta(days=values.pop("start"))
    end: date = start + timedelta(days=values.pop("days") - 1)
    brief = Brief(
        advertiser=account.advertiser, currency=account.currency, start=start, end=end, **values
    )
    context = ExecutionContext(
        brief=brief,
        account=account,
        capabilities=capabilities_of(account.platform),
        images=tuple(images),
        budget=_budget_of(brief, account, brief.total_budget_micros, set()),
    )
    return context, RulePlanner().plan(context)


def create(client: AdPlatform, spec: CampaignSpec, media: MediaSource) -> None:
    [campaign, *_] = client.create_campaign(spec)
    if client.capabilities.atomic_tree:
        return
    for group in spec.ad_groups:
        made = client.create_ad_group(campaign, group, spec)
        for ad in group.ads:
            client.create_ad(made, ad, media)


@pytest.fixture
def images(advertiser: Advertiser) -> list[Asset]:
    return [picture(advertiser, "#336699"), picture(advertiser, "#996633")]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_passes_the_review_is_created(
    platform: str, accounts: dict[str, AdAccount], images: list[Asset]
) -> None:
    taken = 0

    @settings(
        max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(content=briefs())
    def agree(content: dict[str, Any]) -> None:
        nonlocal taken
        context, plan = planned(content, accounts[platform], images)
        assume(preflight(context, plan).ok)
        [spec] = plan.campaigns
        with platform_for(accounts[platform]) as client:
            if client.capabilities.finds_places:
                assume(not client.unserved_countries(content["countries"]))
            if client.capabilities.validates != "nothing":
                client.validate_campaign(spec)
            create(client, spec, AssetMedia(context.account.advertiser_id))
        taken += 1

    agree()
    assert taken >= 10, "too few random briefs pass to say anything"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_ordinary_brief_passes_the_review(
    platform: str, accounts: dict[str, AdAccount], images: list[Asset]
) -> None:
    context, plan = planned(ORDINARY, accounts[platform], images)
    assert preflight(context, plan).problems == ()
