"""A daily budget that the platform keeps on ad groups is changed as one, on the emulators."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from campaigns import services
from campaigns.models import Campaign, CampaignBudgetChange, PublishRequest
from campaigns.spend.terms import spend_so_far, wanted_terms
from campaigns.sync import metrics_sync
from core import jobs
from core.common import clock
from core.common.errors import InvalidInput
from core.common.money import Money
from core.models import Actor, Advertiser, Incident
from platforms.meta.api import MetaApi
from tests.fixtures.clients import text
from tests.fixtures.people import People
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch, Sandbox, strategy_of

pytestmark = pytest.mark.django_db
PLATFORMS = ("meta", "tiktok")


@pytest.fixture(params=PLATFORMS)
def live(
    request: pytest.FixtureRequest, launch: Launch, sandbox: Sandbox, actor: Actor
) -> Campaign:
    """A running campaign whose 100.00 a day somebody moved to two ad groups: 60.00 and 40.00."""
    strategy = strategy_of(launch(request.param))
    jobs.run_due()
    strategy.refresh_from_db()
    campaign = campaign_of(strategy)
    assert campaign is not None
    world = sandbox.world
    [group] = [g for g in world.ad_groups.values() if g.campaign_id == campaign.remote_id]
    other = deepcopy(group)
    other.id, other.name = world.new_id(request.param, "ad_group"), "Other"
    there = world.campaigns[campaign.remote_id]
    off = {"budget_optimize_on": False, "budget_mode": "BUDGET_MODE_INFINITE", "budget": 0.0}
    world.update_campaign(there.id, daily_budget_micros=None, raw={**there.raw, **off})
    first = {**group.raw, "budget_mode": "BUDGET_MODE_DAY", "budget": 60.0}
    world.update_ad_group(group.id, daily_budget_micros=60_000_000, raw=first)
    other.daily_budget_micros, other.raw = 40_000_000, {**first, "budget": 40.0}
    world.add_ad_group(other)
    metrics_sync.sync_account(campaign.account)
    campaign.refresh_from_db()
    assert (campaign.budget_on, campaign.daily_budget_micros) == ("ad_group", 100_000_000)
    return campaign


def there(sandbox: Sandbox, campaign: Campaign) -> list[int]:
    groups = sandbox.world.ad_groups.values()
    mine = [g for g in groups if g.campaign_id == campaign.remote_id]
    return sorted(int(g.daily_budget_micros) for g in mine)


def ask(actor: Actor, campaign: Campaign, amount: str) -> PublishRequest:
    budget = Money(Decimal(amount), "USD")
    request = services.set_daily_budget(actor=actor, campaign=campaign, budget=budget)
    assert request is not None
    return request


def later() -> None:
    """Until everything that waits is due."""
    for _ in range(3):
        PublishRequest.objects.update(not_before=clock.real_now() - timedelta(hours=1))
        jobs.run_due()


def test_a_cut_and_its_undo_are_split_above_the_minimums(
    live: Campaign, sandbox: Sandbox, actor: Actor
) -> None:
    least = live.account.min_daily_budget_micros or 0
    request = ask(actor, live, "70")
    parts = [part["micros"] for part in request.payload["groups"]]
    assert sum(parts) == 70_000_000
    assert min(parts) >= least
    jobs.run_due()
    assert there(sandbox, live) == sorted(parts)
    live.refresh_from_db()
    own = live.ad_groups.values_list("daily_budget_micros", flat=True)
    assert sorted(filter(None, own)) == sorted(parts)
    assert live.remote_daily_budget_micros == 70_000_000
    terms = wanted_terms(live)
    assert terms.figures(spend_so_far(live)).per_day == 70_000_000
    ask(actor, live, "100")
    jobs.run_due()
    assert there(sandbox, live) == [40_000_000, 60_000_000]
    changes = CampaignBudgetChange.objects.order_by("pk")
    assert list(changes.values_list("old_micros", "new_micros"))[-2:] == [
        (100_000_000, 70_000_000),
        (70_000_000, 100_000_000),
    ]


def test_what_cannot_be_split_is_refused_before_it_is_accepted(
    live: Campaign, sandbox: Sandbox, actor: Actor
) -> None:
    before = PublishRequest.objects.count()
    with pytest.raises(InvalidInput, match="cannot be split over 2 ad groups") as refused:
        ask(actor, live, "1.50")
    assert refused.value.field == "daily_budget"
    live.refresh_from_db()
    assert live.daily_budget_micros == 100_000_000
    assert PublishRequest.objects.count() == before
    assert there(sandbox, live) == [40_000_000, 60_000_000]


def test_a_refused_part_sets_the_others_back(
    live: Campaign, sandbox: Sandbox, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second ad group is archived on the platform between the wish and the sending."""
    request = ask(actor, live, "80")
    second = live.ad_groups.order_by("pk").last()
    assert second is not None
    sandbox.world.update_ad_group(second.remote_id, status="removed")
    jobs.run_due()
    request.refresh_from_db()
    assert request.state == "refused"
    live.refresh_from_db()
    assert live.daily_budget_micros == 100_000_000
    assert there(sandbox, live) == [40_000_000, 60_000_000]
    assert Incident.objects.filter(key=f"publish:{live.pk}", resolved_at=None).exists()


@pytest.mark.parametrize("kind", ["lose_answer", "timeout_before", "server_error"])
def test_a_fault_between_two_parts_ends_with_all_of_them(
    live: Campaign, sandbox: Sandbox, actor: Actor, kind: str
) -> None:
    request = ask(actor, live, "80")
    _after_first_part(sandbox, live, kind)
    jobs.run_due()
    later()
    request.refresh_from_db()
    assert request.state == "done"
    assert sum(there(sandbox, live)) == 80_000_000


@pytest.mark.parametrize("live", ["meta"], indirect=True)
def test_a_raise_that_is_stopped_between_two_parts_leaves_none_of_them(
    live: Campaign, sandbox: Sandbox, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, update = ask(actor, live, "110"), MetaApi.update
    sent: list[str] = []

    def update_then_stop(self: MetaApi, remote_id: str, **changes: Any) -> Any:
        done = update(self, remote_id, **changes)
        sent.append(remote_id)
        Advertiser.objects.update(stopped_at=clock.real_now())
        return done

    monkeypatch.setattr(MetaApi, "update", update_then_stop)
    jobs.run_due()
    later()
    request.refresh_from_db()
    live.refresh_from_db()
    assert len(sent) == 2  # the raise of one, and back
    assert (request.state, live.daily_budget_micros) == ("refused", 100_000_000)
    assert there(sandbox, live) == [40_000_000, 60_000_000]


def _after_first_part(sandbox: Sandbox, live: Campaign, kind: str) -> None:
    """The fault meets the call after the first one that changed an ad group."""
    world: Any = sandbox.world
    update = world.update_ad_group

    def update_then_fail(ad_group_id: str, **changes: Any) -> Any:
        done = update(ad_group_id, **changes)
        world.update_ad_group = update
        platform = live.account.platform
        operation = {"meta": "adset.update", "tiktok": "adgroup/*"}[platform]
        sandbox.fault(platform, operation, kind)
        return done

    world.update_ad_group = update_then_fail


def test_the_page_shows_each_part_and_that_a_change_is_split(
    live: Campaign, people: People, client: Client
) -> None:
    client.force_login(people.approver)
    page = text(client.get(f"/a/{live.account.advertiser.slug}/campaigns/{live.pk}/"))
    for said in ("$60.00 a day", "$40.00 a day", "a change is split over them"):
        assert said in page


@pytest.mark.parametrize("live", ["tiktok"], indirect=True)
def test_a_cut_raises_no_ad_group_where_another_one_has_ended(
    live: Campaign, sandbox: Sandbox, actor: Actor
) -> None:
    """The sum counts what is over: its part of a cut is not left to the one that runs."""
    first, second = live.ad_groups.order_by("-daily_budget_micros")
    over = sandbox.world.ad_groups[second.remote_id]
    ended = clock.market_now() - timedelta(days=1)
    raw = {**over.raw, "schedule_type": "SCHEDULE_START_END", "schedule_end_time": f"{ended:%F %T}"}
    sandbox.world.update_ad_group(over.id, end_date=ended.date() - timedelta(days=1), raw=raw)
    metrics_sync.sync_account(live.account)
    second.refresh_from_db()
    live.refresh_from_db()
    assert (second.remote, live.daily_budget_micros) == ("ended", 100_000_000)
    request = ask(actor, live, "80")
    parts = {part["id"]: part["micros"] for part in request.payload["groups"]}
    assert sum(parts.values()) == 80_000_000
    assert parts[first.pk] < 60_000_000
    jobs.run_due()
    metrics_sync.sync_account(live.account)
    live.refresh_from_db()
    assert live.daily_budget_micros == 80_000_000
    assert not Incident.objects.filter(resolved_at=None).exists()
