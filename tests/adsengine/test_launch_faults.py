"""The verdict of the benchmark of launches under faults finds what it is there to find."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from agents.models import Strategy
from campaigns.models import Campaign, SpendApproval
from campaigns.sync import metrics_sync
from core import jobs
from core.models import Advertiser, Incident, Job
from platforms.models import AdAccount
from tests.benchmarks.launch_faults.scaling import shorter
from tests.benchmarks.launch_faults.verdict import NAMES, Verdict, judge
from tests.fixtures.world import Launch, Sandbox, strategy_of

NOTHING = dict.fromkeys(NAMES, 0.0)


@pytest.fixture
def live(launch: Launch) -> Strategy:
    strategy = strategy_of(launch("meta"))
    jobs.run_due()
    return strategy


def verdict(advertiser: Advertiser, tmp_path: Path) -> Verdict:
    return judge(advertiser, tmp_path)


def found(advertiser: Advertiser, tmp_path: Path) -> dict[str, float]:
    """The counts that are not 0."""
    return {k: v for k, v in verdict(advertiser, tmp_path).metrics().items() if v}


def campaign_of(strategy: Strategy) -> Campaign:
    [campaign] = strategy.launched
    return campaign


def second_copy(sandbox: Sandbox, strategy: Strategy, status: str = "active") -> Any:
    """Of the campaign alone, on the platform."""
    world = sandbox.world
    copy = deepcopy(world.get_campaign(campaign_of(strategy).remote_id))
    copy.id, copy.status, copy.history = world.new_id("meta", "campaign"), status, []
    world.add_campaign(copy)
    return copy


def test_launch_that_went_well_leaves_nothing_to_find(
    live: Strategy, advertiser: Advertiser, tmp_path: Path
) -> None:
    judged = verdict(advertiser, tmp_path)
    assert judged.metrics() == NOTHING
    assert judged.copies_told == 0


def test_second_copy_that_nobody_was_told_of_is_a_duplicate(
    live: Strategy, advertiser: Advertiser, sandbox: Sandbox, tmp_path: Path
) -> None:
    second_copy(sandbox, live, "paused")
    assert found(advertiser, tmp_path) == {"duplicates": 1}


def test_second_copy_that_a_sync_paused_and_told_of_is_none(
    live: Strategy, advertiser: Advertiser, sandbox: Sandbox, tmp_path: Path
) -> None:
    copy = second_copy(sandbox, live)
    metrics_sync.sync_account(AdAccount.objects.get(platform="meta"))
    judged = verdict(advertiser, tmp_path)
    assert (judged.metrics(), judged.copies_told) == (NOTHING, 1)
    sandbox.world.update_campaign(copy.id, status="active")
    assert found(advertiser, tmp_path) == {"duplicates": 1}


def test_object_that_no_row_knows_is_an_orphan(
    live: Strategy, advertiser: Advertiser, tmp_path: Path
) -> None:
    campaign = campaign_of(live)
    Campaign.objects.filter(pk=campaign.pk).update(remote_id="")
    assert found(advertiser, tmp_path)["orphans"] == 1


def test_row_without_an_object_is_an_orphan_too(
    live: Strategy, advertiser: Advertiser, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.world.update_campaign(campaign_of(live).remote_id, status="removed")
    assert found(advertiser, tmp_path)["orphans"] >= 1


def test_other_budget_than_the_approved_one_is_found(
    live: Strategy, advertiser: Advertiser, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.world.update_campaign(campaign_of(live).remote_id, daily_budget_micros=101_000_000)
    assert found(advertiser, tmp_path) == {"differing_budgets": 1}


def test_campaign_that_can_spend_more_than_its_approval_is_found(
    live: Strategy, advertiser: Advertiser, tmp_path: Path
) -> None:
    approval = SpendApproval.objects.get(reference=campaign_of(live).reference)
    assert approval.envelope_micros is not None
    SpendApproval.objects.update(envelope_micros=approval.envelope_micros - 1, days=None)
    assert found(advertiser, tmp_path) == {"beyond_envelope": 1}


@pytest.mark.parametrize("state", ["executing", "failed", "approved"])
def test_launch_without_a_named_end_is_found(
    live: Strategy, advertiser: Advertiser, tmp_path: Path, state: str
) -> None:
    Strategy.objects.filter(pk=live.pk).update(state=state)
    assert found(advertiser, tmp_path) == {"without_named_end": 1}


def test_failure_with_a_sentence_and_an_incident_is_a_named_end(
    live: Strategy, advertiser: Advertiser, tmp_path: Path
) -> None:
    Strategy.objects.filter(pk=live.pk).update(state="failed")
    type(live.execution).objects.filter(pk=live.execution.pk).update(error="The account is closed.")
    Incident.open(advertiser, f"launch:{live.pk}", title="It failed", next_step="Try again.")
    assert found(advertiser, tmp_path) == {}


def test_waiting_with_a_sentence_and_a_job_is_a_named_end(
    live: Strategy, advertiser: Advertiser, tmp_path: Path
) -> None:
    Strategy.objects.filter(pk=live.pk).update(state="executing")
    type(live.execution).objects.filter(pk=live.execution.pk).update(waiting_for="The switch.")
    Job.objects.create(kind="execute", key=str(live.pk), advertiser=advertiser)
    assert found(advertiser, tmp_path) == {}


def test_times_are_divided_but_not_below_what_a_poll_costs() -> None:
    assert [shorter(seconds, 15) for seconds in (300, 15, 1)] == [20, 3, 1]


def test_benchmark_is_not_part_of_an_installation() -> None:
    assert "tests.benchmarks.launch_faults" not in settings.INSTALLED_APPS
