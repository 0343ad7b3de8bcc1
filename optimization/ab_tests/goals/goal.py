"""What a test is decided by: what the advertiser wants of the campaign, not what counts fastest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Sum

from campaigns.models import Campaign, DailyMetric, Level
from campaigns.models.brief import CONVERSION_OBJECTIVES
from core.common import dates
from core.common.money import MICROS
from core.models import Advertiser

SEEN_DAYS = 28
BREAK_EVEN_ROAS = 1.0
MONEY_METRICS = ("cpa", "roas")


@dataclass(frozen=True)
class Goal:
    """The metric that decides, the metrics that guard it, and why these."""

    metric: str
    guard_metrics: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Made:
    """What a campaign's ads made lately."""

    conversions: float = 0.0
    revenue: float = 0.0

    @property
    def lacks_values(self) -> bool:
        return self.conversions > 0 and self.revenue <= 0


@dataclass(frozen=True)
class Targets:
    """The advertiser's, as far as they hold in a currency; None where there is none."""

    roas: float | None
    cpa: float | None


def targets_of(advertiser: Advertiser, currency: str) -> Targets:
    """A cost per action in another currency is no target."""
    cpa = advertiser.target_cpa_micros if currency == advertiser.currency else None
    roas = advertiser.target_roas
    return Targets(None if roas is None else float(roas), None if cpa is None else cpa / MICROS)


def goal_of(campaign: Campaign) -> Goal:
    return goals_of([campaign])[campaign.pk]


def goals_of(campaigns: Iterable[Campaign]) -> dict[int, Goal]:
    """Campaign id to its goal; one query, whatever their number."""
    chosen = list(campaigns)
    made = _made(chosen)
    return {campaign.pk: _goal(campaign, made.get(campaign.pk, Made())) for campaign in chosen}


def _made(campaigns: list[Campaign]) -> Mapping[int, Made]:
    if not campaigns:
        return {}
    first = min(dates.today(c.account.time_zone) for c in campaigns) - timedelta(days=SEEN_DAYS)
    rows = DailyMetric.objects.filter(
        campaign_id__in=[c.pk for c in campaigns], level=Level.AD, day__gte=first
    )
    sums = rows.values_list("campaign_id").annotate(c=Sum("conversions"), r=Sum("revenue_micros"))
    return {pk: Made(float(made or 0), float(revenue or 0)) for pk, made, revenue in sums}


def _goal(campaign: Campaign, made: Made) -> Goal:
    account = campaign.account
    targets = targets_of(account.advertiser, account.currency)
    if targets.roas is not None and not made.lacks_values:
        why = f"The target is a ROAS of {targets.roas:g}x, so what an impression earns decides."
        return Goal("rpm", guards_of("rpm", targets), why)
    if targets.cpa is not None:
        why = "The target is a cost per action, so that decides."
        return Goal("cpa", guards_of("cpa", targets), why)
    if targets.roas is not None:
        why = "There is a target ROAS, but conversions carry no value here: their cost decides."
        return Goal("cpa", (), why)
    if campaign.objective in CONVERSION_OBJECTIVES:
        return _conversion_goal(made, targets)
    why = "Neither a target nor an objective asks for conversions, so clicks decide."
    return Goal("ctr", guards_of("ctr", targets), why)


def _conversion_goal(made: Made, targets: Targets) -> Goal:
    if made.revenue > 0:
        why = (
            "The objective is conversions and they carry a value: what an impression earns decides."
        )
        return Goal("rpm", guards_of("rpm", targets), why)
    return Goal("cpa", (), "The objective is conversions, so their cost decides.")


def guards_of(metric: str, targets: Targets) -> tuple[str, ...]:
    """The guards that are on by default: the metrics of the targets; without one of money, what
    clicks cost and bring. What an impression earns says nothing of its price, so there the return
    guards."""
    if metric == "rpm":
        return ("roas",)
    given = {"cpa": targets.cpa, "roas": targets.roas}
    wanted = tuple(name for name, target in given.items() if target is not None and name != metric)
    return wanted if wanted or metric in MONEY_METRICS else MONEY_METRICS
