"""Compares what exists in the emulators' world with our rows, approvals and incidents.

Every count has the target 0; each finding is also said in words, for whoever has to look.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agents.models import Strategy
from campaigns.models import Ad, AdGroup, Campaign, PublishRequest
from campaigns.publishing.stuck_changes import stuck_changes
from campaigns.spend import approvals
from campaigns.spend.terms import remote_terms
from core.models import Advertiser, Incident, Job
from platforms.common.references import reference_in
from sandbox.serve import STATE_FILE
from sandbox.world.model import PLATFORMS
from sandbox.world.world import World
from tests.fixtures.plans import plan_of

State = Strategy.State
NAMES = (
    "duplicates",
    "orphans",
    "differing_budgets",
    "beyond_envelope",
    "without_named_end",
)


@dataclass(frozen=True)
class Remote:
    """One object with a reference of ours. `place` is its parent's id."""

    kind: str
    id: str
    account: str
    place: str
    reference: str
    status: str


@dataclass
class Verdict:
    findings: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    copies_told: int = 0
    """Second objects of one reference that are paused and told of: by them nothing is spent."""

    def add(self, name: str, what: str) -> None:
        self.findings[name].append(what)

    def metrics(self) -> dict[str, float]:
        return {name: len(self.findings[name]) for name in NAMES}


def judge(advertiser: Advertiser, state: Path) -> Verdict:
    """`state`: the sandbox's folder. Call it when nothing is sent any more."""
    world, verdict = _copy_of(state), Verdict()
    try:
        _judge_objects(advertiser, world, verdict)
        for strategy in _launches(advertiser):
            _judge_money(strategy, world, verdict)
            _judge_end(strategy, verdict)
    finally:
        world.close()
    return verdict


def _copy_of(state: Path) -> World:
    copy = state / "copy.sqlite3"
    copy.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(state / STATE_FILE)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    return World(0, datetime.now(UTC), copy)


def _launches(advertiser: Advertiser) -> list[Strategy]:
    """Plans that a person approved."""
    rows = Strategy.objects.filter(brief__advertiser=advertiser).order_by("pk")
    rows = rows.exclude(state=State.REVIEW)
    return list(rows.select_related("execution", "account"))


# ---- objects -----------------------------------------------------------------------------


def _judge_objects(advertiser: Advertiser, world: World, verdict: Verdict) -> None:
    known, told = _known_ids(advertiser), _told_ids(advertiser)
    inside_copies: set[str] = set()
    for remote in _ours(world):
        if (remote.kind, remote.id) in known:
            continue
        if remote.place in inside_copies:  # it belongs to a copy, which is told of
            inside_copies.add(remote.id)
            continue
        inside_copies.add(remote.id)
        if (remote.kind, remote.id) not in told:
            name = "duplicates" if _has_twin(world, remote) else "orphans"
            verdict.add(name, f"nobody was told of {remote}")
        elif remote.status == "active":
            verdict.add("duplicates", f"it runs: {remote}")
        else:
            verdict.copies_told += 1
    for kind, id in sorted(known - _existing(world)):
        verdict.add("orphans", f"our {kind} {id} does not exist on the platform")


def _existing(world: World) -> set[tuple[str, str]]:
    """Kind and id of everything that is not removed, whether or not its name has a reference:
    Google's ads have no name."""
    accounts = [world.account(platform).id for platform in PLATFORMS]
    return {
        (kind, one.id)
        for account in accounts
        for kind, found in (
            ("campaign", world.list_campaigns(account, removed=False)),
            ("ad_group", world.list_ad_groups(account, removed=False)),
            ("ad", world.list_ads(account, removed=False)),
        )
        for one in found
    }


def _ours(world: World) -> Iterator[Remote]:
    """Parents before their children."""
    for platform in PLATFORMS:
        account = world.account(platform).id
        lists: list[tuple[str, list[Any]]] = [
            ("campaign", world.list_campaigns(account, removed=False)),
            ("ad_group", world.list_ad_groups(account, removed=False)),
            ("ad", world.list_ads(account, removed=False)),
        ]
        places = {"campaign": "", "ad_group": "campaign_id", "ad": "ad_group_id"}
        for kind, objects in lists:
            for one in objects:
                reference = reference_in(one.name)
                place = getattr(one, places[kind]) if places[kind] else ""
                if reference:
                    yield Remote(kind, one.id, account, place, reference, one.status)


def _has_twin(world: World, remote: Remote) -> bool:
    same = [
        other
        for other in _ours(world)
        if (other.kind, other.account, other.place, other.reference)
        == (remote.kind, remote.account, remote.place, remote.reference)
    ]
    return len(same) > 1


def _known_ids(advertiser: Advertiser) -> set[tuple[str, str]]:
    rows: list[tuple[str, Any]] = [
        ("campaign", Campaign.objects.filter(account__advertiser=advertiser)),
        ("ad_group", AdGroup.objects.filter(campaign__account__advertiser=advertiser)),
        ("ad", Ad.objects.filter(ad_group__campaign__account__advertiser=advertiser)),
    ]
    return {
        (kind, remote_id)
        for kind, found in rows
        for remote_id in found.exclude(remote_id="")
        .exclude(reference="")
        .values_list("remote_id", flat=True)
    }


def _told_ids(advertiser: Advertiser) -> set[tuple[str, str]]:
    """Kind and id of each second copy with an open incident."""
    incidents = Incident.objects.filter(
        advertiser=advertiser, key__startswith="second_copy:", resolved_at=None
    )
    parts = [key.split(":") for key in incidents.values_list("key", flat=True)]
    return {(kind, remote_id) for _, _, kind, remote_id in parts}


# ---- money -------------------------------------------------------------------------------


def _judge_money(strategy: Strategy, world: World, verdict: Verdict) -> None:
    for campaign in strategy.launched:
        if campaign.remote_id:
            _judge_campaign(strategy, campaign, world, verdict)


def _judge_campaign(strategy: Strategy, campaign: Campaign, world: World, verdict: Verdict) -> None:
    planned = int(plan_of(strategy).budget.daily_micros)
    there = _daily_budget(world, campaign.remote_id)
    if there != planned or campaign.remote_daily_budget_micros != planned:
        verdict.add(
            "differing_budgets",
            f"{campaign}: planned {planned}, there {there}, in our row "
            f"{campaign.remote_daily_budget_micros}",
        )
    approval = approvals.newest(campaign)
    so_far = approvals.spend_for(campaign, approval)
    terms = remote_terms(campaign).switched(True)
    figures = terms.figures(so_far)
    if approval is None or approvals.excess(approval, figures, so_far, (terms,)):
        verdict.add("beyond_envelope", f"{campaign}: {figures} of {approval}")


def _daily_budget(world: World, campaign_id: str) -> int | None:
    campaign = world.get_campaign(campaign_id)
    if campaign is None or campaign.daily_budget_micros is not None:
        return None if campaign is None else campaign.daily_budget_micros
    groups = world.list_ad_groups(campaign.account_id, campaign_id, removed=False)
    return sum(group.daily_budget_micros or 0 for group in groups)


# ---- ends --------------------------------------------------------------------------------


def _judge_end(strategy: Strategy, verdict: Verdict) -> None:
    """Live; failed, with a sentence and an incident; or waiting, with a sentence and a job."""
    if not _is_named(strategy):
        job = Job.objects.filter(kind="execute", key=str(strategy.pk)).first()
        verdict.add("without_named_end", f"{strategy} is {strategy.state}; {job}")
    explained = sum(len(stuck_changes(campaign)) for campaign in strategy.launched)
    is_open = PublishRequest.objects.filter(
        campaign__in=strategy.launched, state__in=PublishRequest.OPEN
    )
    if is_open.count() > explained:
        verdict.add("without_named_end", f"{strategy}: open changes without a word")


def _is_named(strategy: Strategy) -> bool:
    execution = getattr(strategy, "execution", None)
    if strategy.state == State.LIVE:
        return _is_on(strategy)
    if execution is None:
        return False
    incident = Incident.objects.filter(key=f"launch:{strategy.pk}", resolved_at=None)
    if strategy.state == State.FAILED:
        return bool(execution.error) and incident.exists()
    jobs = Job.objects.filter(kind="execute", key=str(strategy.pk), state__in=("queued", "running"))
    return strategy.state == State.EXECUTING and bool(execution.waiting_for) and jobs.exists()


def _is_on(strategy: Strategy) -> bool:
    """Live is what the platform shows as on, or as in review."""
    made = strategy.launched
    return bool(made) and all(one.remote in {"active", "in_review"} for one in made)
