"""Plans that wait, as the overview tells of them."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.attention import plans
from agents.models import Strategy
from agents.services import plan_brief
from campaigns.overview import attention
from campaigns.overview.attention import AttentionItem
from campaigns.services import create_brief
from core.models import Actor, Advertiser
from tests.campaigns.page_rows import make_account
from tests.fixtures.people import People, make_advertiser
from tests.fixtures.world import brief_wish

pytestmark = pytest.mark.usefixtures("noon", "media")


def test_a_plan_waits_on_the_overview_until_it_is_approved(
    viewer: Client, people: People, advertiser: Advertiser
) -> None:
    actor, account = Actor.person(people.editor), make_account(advertiser, "meta")
    brief = create_brief(
        actor=actor, advertiser=advertiser, content=brief_wish(advertiser, [account])
    )
    plan_brief(actor=actor, brief=brief)
    (group,) = viewer.get("/a/acme/").context["waiting"]
    assert (group.name, group.count) == ("Plans to approve or correct", 1)
    assert group.lines == (
        AttentionItem("Boots on Meta", "Waits for approval", f"/a/acme/briefs/{brief.pk}/"),
    )
    Strategy.objects.update(state="approved")
    assert viewer.get("/a/acme/").context["waiting"] == []


def test_only_the_present_plans_of_the_advertiser_count(
    people: People, advertiser: Advertiser
) -> None:
    actor, account = Actor.person(people.editor), make_account(advertiser, "meta")
    brief = create_brief(
        actor=actor, advertiser=advertiser, content=brief_wish(advertiser, [account])
    )
    plan_brief(actor=actor, brief=brief)
    plan_brief(actor=actor, brief=brief)
    assert Strategy.objects.filter(state="replaced").count() == 1
    assert plans(advertiser, frozenset()).count == 1
    Strategy.objects.exclude(state="replaced").update(state="blocked")
    assert plans(advertiser, frozenset()).lines[0].says == "Needs a correction"
    assert plans(make_advertiser("rival"), frozenset()).count == 0
    assert plans in attention._sources
