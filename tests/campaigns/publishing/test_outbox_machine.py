"""Whatever persons, workers, vendors and machines do to the outbox: once the faults end, every
campaign reaches what was wished last, within bounded retries.

ADSENGINE_OUTBOX_RUNS asks for more runs than CI has time for.
"""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from campaigns.models import Campaign, PublishRequest
from core.models import Actor, Advertiser
from tests.campaigns.publishing.outbox_machine import PLATFORMS, OutboxMachine, Stage
from tests.fixtures.world import Launch, Sandbox


@pytest.fixture
def machine(
    launch: Launch, sandbox: Sandbox, actor: Actor, advertiser: Advertiser, settings: Any
) -> type[OutboxMachine]:
    settings.PUBLISH_SETTLE_SECONDS, settings.PUBLISH_SETTLE_SHORT_SECONDS = 180, 10
    launch()
    advertiser.max_step, advertiser.mode = Decimal(5), "act"
    advertiser.save()
    campaigns = {c.account.platform: c for c in Campaign.objects.filter(origin="ours")}
    assert set(campaigns) == set(PLATFORMS)
    stage = Stage(sandbox, actor, campaigns)
    return type("StagedOutboxMachine", (OutboxMachine,), {"stage": stage})


def test_every_campaign_reaches_what_was_wished_last(machine: type[OutboxMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("ADSENGINE_OUTBOX_RUNS", "20")),
            stateful_step_count=14,
            deadline=None,
            derandomize="ADSENGINE_OUTBOX_RUNS" not in os.environ,
            phases=[Phase.explicit, Phase.generate],  # shrinking takes minutes; the story says all
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("fault", ["timeout_before", "lose_answer"])
def test_seen_sequence_a_pause_in_a_fault_and_a_resume_three_seconds_later(
    platform: str, fault: str, machine: type[OutboxMachine]
) -> None:
    """The pause is unknown, the resume waits, the vendor is well again: no publish job dies, and
    the campaign can still be paused."""
    outbox = machine()
    outbox.fault(platform, fault, 2, writes_only=True)
    outbox.wish_status(platform, "paused")
    outbox.work(1)
    assert PublishRequest.objects.filter(operation="set_status").last().state in {  # type: ignore[union-attr]
        "unknown",
        "waiting",
    }
    outbox.wish_status(platform, "active")
    outbox.work(2)
    outbox.world.faults.clear()
    outbox.recover_a_while()
    outbox.wish_status(platform, "paused")
    outbox.recover_a_while()
    assert outbox._there(platform)["status"] == "paused"
    outbox.teardown()
