"""Steps of daily budgets, asked for here or made on the platform, and which of them are large."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from campaigns.models import CampaignBudgetChange, LearningEdit
from core.common.measures import is_learning_step

WINDOW = timedelta(hours=24)
"""Steps of one day count together: four small ones are a large one."""


@dataclass(frozen=True)
class Step:
    campaign_id: int
    market_at: datetime
    old_micros: int
    """0: it had none."""
    new_micros: int
    takes_back: bool = False
    """What the platform refused is taken back by it."""


def large_steps(campaign_ids: list[int], since: datetime) -> Iterator[Step]:
    """Those that restart learning, each from the budget of a day before; of steps since then, and
    of the day before it."""
    found = [*_own(campaign_ids, since - WINDOW), *_outside(campaign_ids, since - WINDOW)]
    by_campaign: dict[int, list[Step]] = defaultdict(list)
    for step in sorted(found, key=lambda step: step.market_at):
        by_campaign[step.campaign_id].append(step)
    for steps in by_campaign.values():
        yield from _large(_made(steps))


def _own(campaign_ids: list[int], since: datetime) -> Iterator[Step]:
    rows = CampaignBudgetChange.objects.filter(campaign__in=campaign_ids, market_at__gt=since)
    for row in rows.order_by("market_at", "id"):
        returns = row.origin == CampaignBudgetChange.Origin.RETURN
        yield Step(row.campaign_id, row.market_at, row.old_micros or 0, row.new_micros, returns)


def _outside(campaign_ids: list[int], since: datetime) -> Iterator[Step]:
    rows = LearningEdit.objects.filter(campaign__in=campaign_ids, market_at__gt=since)
    values = rows.exclude(new_micros=None).order_by("market_at", "id")
    for row in values:
        yield Step(row.campaign_id, row.market_at, row.old_micros or 0, row.new_micros or 0)


def _made(steps: list[Step]) -> list[Step]:
    """Without what the platform refused: the step that takes it back, and those since the budget
    that it goes back to. One that was replaced before it was sent is among these."""
    made: list[Step] = []
    for step in steps:
        if not step.takes_back:
            made.append(step)
            continue
        since = [at for at, one in enumerate(made) if one.old_micros == step.new_micros]
        del made[since[-1] if since else -1 :]
    return made


def _large(steps: list[Step]) -> Iterator[Step]:
    for at, step in enumerate(steps):
        day = (one for one in steps[: at + 1] if one.market_at > step.market_at - WINDOW)
        old = next(day).old_micros
        if old and is_learning_step(old, step.new_micros):
            yield replace(step, old_micros=old)
