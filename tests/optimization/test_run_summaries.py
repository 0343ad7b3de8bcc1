"""What a run did in one sentence: true numbers, and why campaigns were left alone."""

from __future__ import annotations

import pytest

from campaigns.models import Ad, Campaign
from core.models import Advertiser, Mode
from optimization.models import Run, RunOutcome
from optimization.selectors import outcomes_of, runs_of
from optimization.worker_runs.reading import RunLine, pool_text, run_lines
from tests.optimization.live import fill, make_campaign, passed, rebalanced


@pytest.fixture
def acting(advertiser: Advertiser) -> Advertiser:
    advertiser.mode = Mode.ACT
    advertiser.save()
    return advertiser


@pytest.fixture
def two(acting: Advertiser, campaign: Campaign) -> list[Campaign]:
    """One campaign with a proven loser, one with a single ad that is on."""
    fill(campaign, [300, 100])
    other = make_campaign(campaign.account, 2)
    fill(other, [200, 200])
    last = Ad.objects.filter(ad_group__campaign=other).order_by("-pk").first()
    assert last is not None
    Ad.objects.filter(pk=last.pk).update(wanted="paused")
    return [campaign, other]


def line_of(run: Run, advertiser: Advertiser) -> RunLine:
    return run_lines(runs_of(advertiser).filter(pk=run.pk))[0]


def test_only_campaigns_with_a_paused_ad_or_a_raise_count_as_changed(
    acting: Advertiser, two: list[Campaign]
) -> None:
    run = passed(acting)
    assert line_of(run, acting).summary == (
        "checked 2 campaigns: 1 changed, 1 left alone (fewer than two ads, nothing to test)"
    )
    changed, _ = outcomes_of(run, state="changed", page="")
    unchanged, _ = outcomes_of(run, state="unchanged", page="")
    assert [row.campaign_id for row in changed] == [two[0].pk]
    assert [row.campaign_id for row in unchanged] == [two[1].pk]


def test_a_proposal_changes_nothing(advertiser: Advertiser, campaign: Campaign) -> None:
    advertiser.mode = Mode.SUGGEST
    advertiser.save()
    fill(campaign, [300, 100])
    run = passed(advertiser)
    assert run.outcomes.get().changed is False
    assert "1 changed" not in line_of(run, advertiser).summary


def test_outcomes_of_earlier_versions_are_not_called_changed(
    advertiser: Advertiser, campaign: Campaign
) -> None:
    run = Run.objects.create(advertiser=advertiser, kind="optimize", slot="a")
    RunOutcome.objects.create(
        run=run, campaign=campaign, key=str(campaign.pk), state="done", said="collecting"
    )
    assert line_of(run, advertiser).summary == "checked 1 campaign: 1 done"


def test_a_rebalance_is_summed_up_by_currency(acting: Advertiser, pool: list[Campaign]) -> None:
    run = rebalanced(acting)
    row = run.outcomes.get()
    assert row.changed is True
    assert line_of(run, acting).summary == f"USD budgets: {row.said}"


@pytest.mark.parametrize(
    ("state", "said", "text"),
    [
        ("skipped", "The figures are old.", "no change, because the figures are old"),
        ("skipped", "USD has no rate.", "no change, because USD has no rate"),
        ("done", "proposal 3", "no change yet: proposal 3"),
        ("failed", "No answer.", "failed: No answer."),
    ],
)
def test_a_pool_that_did_not_change_says_why(state: str, said: str, text: str) -> None:
    row = RunOutcome(key="USD", state=state, said=said, changed=False)
    assert pool_text(row) == f"USD budgets: {text}"
