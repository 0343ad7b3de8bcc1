"""Specs of a moment are kept as they were."""

from __future__ import annotations

import dataclasses

import pytest

from agents.models import Strategy
from campaigns.models import Campaign, SpecVersion
from campaigns.services import set_daily_budget
from campaigns.specs import versions
from campaigns.specs.in_force import spec_of
from core import jobs
from core.models import Actor
from platforms.spec.remote import Unsupported
from platforms.spec.text import hash_of
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch


@pytest.fixture
def campaign(launch: Launch) -> Campaign:
    found = campaign_of(Strategy.objects.get(brief=launch("meta")))
    assert found is not None
    return found


def told(campaign: Campaign) -> list[tuple[int, str]]:
    return list(campaign.spec_versions.order_by("number").values_list("number", "origin"))


def test_a_launch_keeps_what_was_approved_and_what_was_read(campaign: Campaign) -> None:
    assert told(campaign) == [(1, "approved"), (2, "read")]
    approved = versions.read_back(campaign.spec_versions.get(number=1))
    assert approved.model_copy(update={"status": "active"}) == spec_of(campaign)
    assert campaign.spec_versions.get(number=1).hash == hash_of(approved)


def test_the_same_again_adds_none_and_another_reading_adds_one(campaign: Campaign) -> None:
    spec, origin = spec_of(campaign), SpecVersion.Origin.READ
    first = versions.store(campaign, spec, origin)
    assert versions.store(campaign, spec, origin) == first
    cannot_say = [Unsupported("ad_groups[ae-x]", "attribution_spec", "7 days")]
    second = versions.store(campaign, spec, origin, cannot_say)
    assert second.number == first.number + 1
    assert second.unsupported == [dataclasses.asdict(cannot_say[0])]


def test_a_stored_spec_is_neither_changed_nor_deleted(campaign: Campaign) -> None:
    version = campaign.spec_versions.get(number=1)
    version.hash = "0" * 64
    with pytest.raises(TypeError):
        version.save()
    with pytest.raises(TypeError):
        version.delete()
    assert campaign.spec_versions.get(number=1).hash != "0" * 64


def test_the_spec_in_force_follows_the_rows_and_the_approved_one_stays(
    campaign: Campaign, actor: Actor
) -> None:
    before = campaign.spec_versions.get(number=1).text
    budget = campaign.account.money(250_000_000)
    set_daily_budget(actor=actor, campaign=campaign, budget=budget)
    jobs.run_due()
    campaign.refresh_from_db()
    assert spec_of(campaign).budget.amount == budget
    assert campaign.spec_versions.get(number=1).text == before
