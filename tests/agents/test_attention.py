"""Plans that wait, as the overview tells of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from adsengine.common import clock
from adsengine.models import Actor, Advertiser
from agents.attention import plans
from agents.models import Strategy
from agents.services import plan_brief
from campaigns import attention
from campaigns.attention import Line
from campaigns.services import create_brief
from tests.campaigns.page_rows import NOW, make_account
from tests.fixtures.people import People, make_advertiser
from tests.fixtures.world import brief_wish


@pytest.fixture(autouse=True)
def _noon(settings: object, tmp_path: object) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    with clock.frozen(NOW):
        yield


def test_a_plan_waits_on_the_overview_until_it_is_approved(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    actor, account = Actor.person(people.editor), make_account(advertiser, "meta")
    brief = create_brief(actor=actor, advertiser=advertiser, wish=brief_wish(advertiser, [account]))
    plan_brief(actor=actor, brief=brief)
    client.force_login(people.viewer)
    (group,) = client.get("/a/acme/").context["waiting"]
    assert (group.name, group.count) == ("Plans to approve or correct", 1)
    assert group.lines == (
        Line("Boots on Meta", "Waits for approval", f"/a/acme/briefs/{brief.pk}/"),
    )
    Strategy.objects.update(state="approved")
    assert client.get("/a/acme/").context["waiting"] == []


def test_only_the_present_plans_of_the_advertiser_count(
    people: People, advertiser: Advertiser
) -> None:
    actor, account = Actor.person(people.editor), make_account(advertiser, "meta")
    brief = create_brief(actor=actor, advertiser=advertiser, wish=brief_wish(advertiser, [account]))
    plan_brief(actor=actor, brief=brief)
    plan_brief(actor=actor, brief=brief)
    assert Strategy.objects.filter(state="replaced").count() == 1
    assert plans(advertiser, frozenset()).count == 1
    Strategy.objects.exclude(state="replaced").update(state="blocked")
    assert plans(advertiser, frozenset()).lines[0].says == "Needs a correction"
    assert plans(make_advertiser("rival"), frozenset()).count == 0
    assert plans in attention._sources
