"""What the rows say of a campaign's spend: its budgets as wanted and as confirmed, and what was
spent so far. The figures themselves are computed in `max_spend`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from campaigns.models import (
    AdGroup,
    Campaign,
    CampaignBudgetChange,
    DailyMetric,
    Level,
    PublishRequest,
    RemoteState,
    Wanted,
)
from campaigns.spend.group_budgets import least_micros, split, step_micros
from campaigns.spend.max_spend import (
    DAY,
    NOTHING,
    OVERSPEND,
    Budget,
    SpendFigures,
    SpendSoFar,
    figures,
    highest_by_day,
)
from core.common import clock, dates
from platforms.models import AdAccount

LONG_AGO = date(2000, 1, 1)
# Google's figures of today lag about three hours (its "data freshness"); taken for all.
REPORTS_LAG = timedelta(hours=3)
CHUNK = 5000  # SQLite bounds the number of parameters
NOT_SPENDING = (RemoteState.PAUSED, RemoteState.ENDED, RemoteState.ABSENT)


@dataclass(frozen=True)
class Terms:
    """What decides how much one campaign may spend."""

    platform: str
    budgets: tuple[Budget, ...]
    is_on: bool = True
    shown_micros: int = 0
    """The daily budget that the campaign shows for budgets on its ad groups: their sum."""
    ran_from: date | None = None
    """The first day on which the platform may have run it, as far as that is known."""
    least_micros: int = 0
    step_micros: int = 1
    """The smallest daily budget of one ad group, and what it is a multiple of."""

    def figures(self, so_far: SpendSoFar) -> SpendFigures:
        """Nothing while it is paused."""
        return figures(self.platform, self.budgets, so_far) if self.is_on else NOTHING

    def switched(self, on: bool) -> Terms:
        return replace(self, is_on=on)

    def with_dates(self, start: date | None, end: date | None) -> Terms:
        moved = tuple(replace(budget, first=start, last=end) for budget in self.budgets)
        return replace(self, budgets=moved)

    def with_daily(self, micros: int) -> Terms:
        """Another daily budget. Budgets on ad groups change as `group_budgets.split` has it; those
        of them that are on, in their part of the sum."""
        if not self.shown_micros:
            return replace(self, budgets=tuple(_with_daily(b, micros) for b in self.budgets))
        if micros == self.shown_micros:
            return self
        now = [b.daily_micros for b in self.budgets]
        mine = -(-sum(now) * micros // self.shown_micros)
        parts = split(mine, now, self.least_micros, self.step_micros)
        if parts is None:  # nobody can ask for it: the services refuse it
            parts = [-(-each * micros // self.shown_micros) for each in now]
        budgets = (_with_daily(b, part) for b, part in zip(self.budgets, parts, strict=True))
        return replace(self, budgets=tuple(budgets), shown_micros=micros)

    @property
    def flight_days(self) -> int | None:
        """Of its one daily budget from a first to a last day; None for anything else."""
        if self.shown_micros or len(self.budgets) != 1:
            return None
        [budget] = self.budgets
        if budget.total_micros is not None or budget.first is None or budget.last is None:
            return None
        return (budget.last - budget.first).days + 1

    def has_run_before(self, day: date | None, today: date) -> bool:
        """Whether the platform may have run it before `day`."""
        ran = self.ran_from
        return ran is not None and ran <= today and day is not None and ran < day

    @property
    def first(self) -> date | None:
        """The first day of any of its budgets; None where one has no start."""
        starts = [budget.first for budget in self.budgets]
        known = [day for day in starts if day is not None]
        return min(known) if known and len(known) == len(starts) else None


def _with_daily(budget: Budget, micros: int) -> Budget:
    return budget if budget.total_micros is not None else replace(budget, daily_micros=micros)


# ---- what is wanted and what is there ------------------------------------------------------


def wanted_terms(campaign: Campaign, *, also: AdGroup | None = None) -> Terms:
    """As asked for here, and on where it is wanted active; as if the ad group `also` were on."""
    own = _on(campaign, lambda group: group == also or group.wanted == Wanted.ACTIVE)
    terms = _terms(campaign, own, campaign.daily_budget_micros, campaign.start, campaign.end)
    return terms.switched(campaign.wanted == Wanted.ACTIVE)


def remote_terms(campaign: Campaign, *, also: AdGroup | None = None) -> Terms:
    """As the platform last confirmed; nothing where it has none of it. What it never stated is
    taken as wanted. As if campaign and ad group were on, where `also` names one."""
    platform = campaign.account.platform
    if not campaign.remote_id:
        return Terms(platform, (), is_on=False)
    remote = campaign.remote_daily_budget_micros
    daily = campaign.daily_budget_micros if remote is None else remote
    start, end = campaign.start, campaign.end
    if campaign.remote_dates_known:
        start, end = campaign.remote_start, campaign.remote_end
    own = _on(campaign, lambda group: group == also or group.remote not in NOT_SPENDING)
    terms = _terms(campaign, own, daily, start, end)
    return terms.switched(also is not None or campaign.remote not in NOT_SPENDING)


def largest_of(campaign: Campaign, so_far: SpendSoFar) -> SpendFigures:
    """The larger of what is wanted and what is there, each where it is on."""
    return wanted_terms(campaign).figures(so_far).most(remote_terms(campaign).figures(so_far))


def largest_if_on(campaign: Campaign, so_far: SpendSoFar) -> SpendFigures:
    """The same as if both were on; what is not on the platform is not there."""
    wanted = wanted_terms(campaign).switched(True).figures(so_far)
    if not campaign.remote_id:
        return wanted
    return wanted.most(remote_terms(campaign).switched(True).figures(so_far))


def has_own_budget(group: AdGroup) -> bool:
    return group.daily_budget_micros is not None or group.total_budget_micros is not None


def _on(campaign: Campaign, is_on: Callable[[AdGroup], bool]) -> tuple[AdGroup, ...] | None:
    """The ad groups with a budget of their own that are on, without those that are gone; None where
    the budget is not theirs, or none of theirs is known."""
    if campaign.budget_on != Campaign.BudgetOn.AD_GROUP or campaign.pk is None:
        return None
    there = [group for group in campaign.ad_groups.all() if group.remote != RemoteState.ABSENT]
    own = [group for group in there if has_own_budget(group)]
    return tuple(filter(is_on, own)) if own else None


def _terms(
    campaign: Campaign,
    own: tuple[AdGroup, ...] | None,
    daily: int | None,
    start: date | None,
    end: date | None,
) -> Terms:
    platform = campaign.account.platform
    if own is not None:
        shown = campaign.remote_daily_budget_micros or daily or 0
        terms = Terms(
            platform,
            tuple(map(_group_budget, own)),
            shown_micros=shown,
            least_micros=least_micros(campaign.account),
            step_micros=step_micros(campaign.account),
        )
        return terms if daily is None else terms.with_daily(daily)
    ran_from = runs_from(campaign)
    if campaign.total_budget_micros is not None:
        total = Budget(0, start, end, campaign.total_budget_micros)
        return Terms(platform, (total,), ran_from=ran_from)
    return Terms(platform, (Budget(daily or 0, start, end),), ran_from=ran_from)


def runs_from(campaign: Campaign) -> date | None:
    """The first day on which the platform may run it: as it was created, or read since."""
    return campaign.remote_start if campaign.remote_id else None


def _group_budget(group: AdGroup) -> Budget:
    return Budget(group.daily_budget_micros or 0, group.start, group.end, group.total_budget_micros)


# ---- what was spent ------------------------------------------------------------------------


def spend_so_far(campaign: Campaign, *, since: date | None = None) -> SpendSoFar:
    """Of one campaign, at least from the running month or week on, and from `since` on."""
    return spend_of([campaign], since=since)[campaign.pk]


def spend_of(campaigns: Sequence[Campaign], *, since: date | None = None) -> dict[int, SpendSoFar]:
    """By campaign id; two queries for all of them."""
    today = {c.account_id: _today(c.account) for c in campaigns}
    firsts = {c.pk: _reads_from(c, today[c.account_id], since) for c in campaigns}
    spent = _spend_by_day(firsts)
    budgets = _budgets_by_day(campaigns, firsts, today)
    return {
        c.pk: SpendSoFar(
            today[c.account_id],
            reported_to(c.account, today[c.account_id]),
            spent.get(c.pk, {}),
            budgets.get(c.pk, {}),
        )
        for c in campaigns
    }


def reported_to(account: AdAccount, today: date) -> date | None:
    """The last day whose figures were complete, in the account's zone, when they were last
    read."""
    read = account.synced_market_at
    if read is None:
        return None
    return min(dates.today(account.time_zone, read - REPORTS_LAG), today) - DAY


def _today(account: AdAccount) -> date:
    return dates.today(account.time_zone)


def _reads_from(campaign: Campaign, today: date, since: date | None) -> date:
    """The running period begins earlier where days of it, or before it, are not read yet."""
    account = campaign.account
    unread = reported_to(account, today)
    open_day = today if unread is None else min(unread + DAY, today)
    if unread is None and campaign.start is not None:
        open_day = min(today, campaign.start)  # all of it counts as unread
    rule = OVERSPEND.get(account.platform)
    days = [open_day if rule is None else rule.period_of(open_day)[0]]
    if since is not None:
        days.append(since)
    if campaign.total_budget_micros is not None or campaign.budget_on == campaign.BudgetOn.AD_GROUP:
        days.append(campaign.start or LONG_AGO)
    return min(days)


def _spend_by_day(firsts: dict[int, date]) -> dict[int, dict[date, int]]:
    found: dict[int, dict[date, int]] = defaultdict(dict)
    ids = sorted(firsts)
    for at in range(0, len(ids), CHUNK):
        part = ids[at : at + CHUNK]
        rows = DailyMetric.objects.filter(
            level=Level.CAMPAIGN, entity_id__in=part, day__gte=min(firsts[pk] for pk in part)
        )
        for pk, day, micros in rows.values_list("entity_id", "day", "spend_micros"):
            if day >= firsts[pk]:
                found[pk][day] = micros
    return found


def _budgets_by_day(
    campaigns: Sequence[Campaign], firsts: dict[int, date], today: dict[int, date]
) -> dict[int, dict[date, int]]:
    """The highest daily budget in force on each day, of campaigns whose budget was changed."""
    zones = {c.pk: (c.account.time_zone, today[c.account_id]) for c in campaigns}
    found = {}
    for pk, steps in _changes(firsts).items():
        zone, last = zones[pk]
        days = [(dates.today(zone, at), old, new) for at, old, new in steps]
        found[pk] = highest_by_day(days, firsts[pk], last)
    return found


def _changes(firsts: dict[int, date]) -> dict[int, list[tuple[datetime, int, int]]]:
    """(market time, old, new) of each change since the day in question, oldest first."""
    steps: dict[int, list[tuple[datetime, int, int]]] = defaultdict(list)
    ids = sorted(firsts)
    for at in range(0, len(ids), CHUNK):
        part = ids[at : at + CHUNK]
        since = dates.day_start(min(firsts[pk] for pk in part), "UTC") - timedelta(days=1)
        rows = CampaignBudgetChange.objects.filter(campaign__in=part, market_at__gte=since)
        rows = rows.order_by("market_at", "id")
        columns = ("campaign_id", "market_at", "old_micros", "new_micros", "origin")
        for pk, when, old, new, origin in rows.values_list(*columns):
            is_return = origin == CampaignBudgetChange.Origin.RETURN
            if is_return and steps[pk] and steps[pk][-1][1:] == (new, old):
                steps[pk].pop()  # the refused change was never in force
            else:
                steps[pk].append((when, old or 0, new))
    return {pk: found for pk, found in steps.items() if found}


def budget_a_day_ago(campaign: Campaign, in_force: int) -> int:
    """The daily budget that was in force 24 hours of market time ago, in micros. What was only
    wished for was never in force: where the platform carried out no budget since, it is what is in
    force now."""
    since = clock.market_now() - timedelta(hours=24)
    changes = _changes({campaign.pk: LONG_AGO}).get(campaign.pk, [])
    steps = [step for step in changes if step[0] > since]
    if not steps:
        return in_force
    carried_out = PublishRequest.objects.filter(
        campaign=campaign,
        operation=PublishRequest.Operation.SET_BUDGET,
        state=PublishRequest.State.DONE,
        created_at__gte=clock.real_now() - timedelta(hours=24),
    )
    return steps[0][1] if carried_out.exists() else min(steps[0][1], in_force)
