"""What a creation sends is the version of the spec that was approved, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agents import services
from agents.execution import steps
from agents.models import Strategy
from campaigns.models import Campaign, PublishRequest, SpecVersion
from campaigns.models.spec_versions import compress
from campaigns.specs.content_hashes import content_hash
from core import jobs
from core.models import Actor
from platforms.spec.text import hash_of, parse_spec, serialise
from tests.agents.execution.test_execution import Killed, kill_at, run_again
from tests.agents.execution.test_several_campaigns import of_first_edition
from tests.fixtures.plans import planned
from tests.fixtures.world import Launch, Sandbox, strategy_of

PLATFORMS = ["google", "meta", "tiktok"]


Waiting = Callable[[str], Strategy]


@pytest.fixture
def halted(plan: Launch, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    """halted("meta"): an approved plan whose rows and requests are written; nothing was sent."""

    def make(platform: str) -> Strategy:
        strategy = strategy_of(plan(platform))
        services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
        with monkeypatch.context() as patch, pytest.raises(Killed):
            kill_at(patch, steps, "_create_campaign", 1, after=True)
            jobs.run_due()
        return strategy

    return make


@pytest.fixture(params=PLATFORMS)
def waiting(request: pytest.FixtureRequest, halted: Waiting) -> Strategy:
    return halted(request.param)


def alter(strategy: Strategy, **values: Any) -> None:
    """As somebody would who can write to the database alone."""
    spec = planned(strategy)
    amount = spec.budget.amount
    assert amount is not None
    budget = spec.budget.model_copy(update={"amount": amount + amount})
    text = serialise(spec.model_copy(update={"budget": budget}))
    SpecVersion.objects.filter(origin="approved").update(compressed=compress(text), **values)


def test_each_creation_names_the_approved_version(waiting: Strategy) -> None:
    version = SpecVersion.objects.get(origin="approved")
    assert (version.hash, parse_spec(version.text)) == (hash_of(planned(waiting)), planned(waiting))
    payloads = PublishRequest.objects.values_list("payload", flat=True)
    assert list(payloads) == [{"spec_version": version.pk, "spec_hash": version.hash}] * len(
        payloads
    )


def test_a_launch_is_the_difference_to_nothing_parents_first(waiting: Strategy) -> None:
    sent = list(PublishRequest.objects.order_by("pk").values_list("operation", "reference"))
    spec = planned(waiting)
    [group] = spec.ad_groups
    whole = [
        ("create_campaign", spec.reference),
        ("create_ad_group", group.reference),
        *[("create_ad", ad.reference) for ad in sorted(group.ads, key=lambda ad: ad.name)],
    ]
    assert sent == (whole[:1] if waiting.account.platform == "google" else whole)


@pytest.mark.parametrize("with_its_hash", [False, True])
def test_another_text_is_never_sent(
    waiting: Strategy, sandbox: Sandbox, with_its_hash: bool
) -> None:
    alter(waiting)
    if with_its_hash:
        changed = SpecVersion.objects.get(origin="approved").text
        SpecVersion.objects.filter(origin="approved").update(hash=hash_of(parse_spec(changed)))
    run_again()
    waiting.refresh_from_db()
    assert waiting.state == "failed"
    assert sandbox.campaigns(waiting.account.platform) == []
    states = set(PublishRequest.objects.values_list("state", flat=True))
    assert states <= {"refused", "cancelled"}


def test_a_creation_of_the_first_edition_that_waits_is_sent_as_it_was_asked_for(
    halted: Waiting, sandbox: Sandbox
) -> None:
    """Of an installation that was upgraded in the middle of a launch."""
    waiting = halted("google")
    payload = {"spec": of_first_edition(waiting)["spec"]}
    PublishRequest.objects.update(payload=payload, content_hash=content_hash(payload))
    run_again()
    waiting.refresh_from_db()
    assert waiting.state == "live"
    campaign = Campaign.objects.get()
    [there] = sandbox.campaigns("google")
    assert (there.id, there.daily_budget_micros) == (campaign.remote_id, 300_000_000)
