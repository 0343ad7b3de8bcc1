"""Starting and ending tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from campaigns.models import Ad, AdGroup, Campaign, DailyMetric, Level, Wanted
from core.common import dates
from core.common.errors import InvalidInput, InvalidMove
from core.models import Actor, AuditAction, record
from optimization.ab_tests.goals.goal import goal_of, guards_of, targets_of
from optimization.decisions import OPEN
from optimization.models import DESIGNS, MAX_ARMS, METRICS, MIN_ARMS, ABTest, Arm, Decision

PLANNED_DAYS = (3, 90)
LAST_WEEK = 7
FURTHEST_START = timedelta(days=90)
Subjects = Sequence[Ad] | Sequence[AdGroup]


def testable_ads(campaign: Campaign) -> list[Ad]:
    """The ads that can be compared: not archived, in their order."""
    ads = Ad.objects.filter(ad_group__campaign=campaign).exclude(wanted=Wanted.ARCHIVED)
    return list(ads.order_by("pk"))


def testable_groups(campaign: Campaign) -> list[AdGroup]:
    """The ad groups that can be compared."""
    return list(campaign.ad_groups.exclude(wanted=Wanted.ARCHIVED).order_by("pk"))


def create_test(
    *,
    actor: Actor,
    campaign: Campaign,
    metric: str | None = None,
    planned_days: int = 14,
    name: str = "",
    hypothesis: str = "",
    guard_metrics: Sequence[str] | None = None,
    smallest_effect: Decimal = Decimal("0.2"),
    design: str = "delivery",
    subject: str = ABTest.Subject.AD,
    ads: Sequence[Ad] | None = None,
    ad_groups: Sequence[AdGroup] | None = None,
    started_on: date | None = None,
) -> ABTest:
    """Start comparing a campaign's ads, or its ad groups. Raises InvalidInput on the field at
    fault. Without `ads` or `ad_groups` all that are not archived are compared; without a metric or
    guards the advertiser's goal says by which."""
    metric, guard_metrics = _measures(campaign, metric, guard_metrics)
    chosen = _arms_to_compare(campaign, subject, ads, ad_groups)
    _check_plan(metric, planned_days, guard_metrics, smallest_effect, design)
    _check_campaign(campaign, started_on)
    _check_arms(campaign, chosen, subject, given=ads is not None or ad_groups is not None)
    what = "ad group" if subject == ABTest.Subject.AD_GROUP else "ad"
    with transaction.atomic():
        _check_free(campaign, metric, subject)
        test = ABTest.objects.create(
            campaign=campaign,
            subject=subject,
            name=name.strip()[:200] or f"{campaign.name}: which {what} is better?"[:200],
            hypothesis=hypothesis.strip()[:500],
            metric=metric,
            guard_metrics=list(guard_metrics),
            smallest_effect=smallest_effect,
            design=design,
            planned_days=planned_days,
            started_on=started_on or _first_day(campaign, planned_days),
            created_by=actor.name[:150],
        )
        Arm.objects.bulk_create(_arm(test, one) for one in chosen)
        record(actor, AuditAction.START_AB_TEST, test, advertiser=campaign.account.advertiser)
    return test


def _measures(
    campaign: Campaign, metric: str | None, guards: Sequence[str] | None
) -> tuple[str, Sequence[str]]:
    """The metric and the guards, those of the goal where none are given."""
    if metric is None:
        goal = goal_of(campaign)
        metric = goal.metric
        guards = goal.guard_metrics if guards is None else guards
    account = campaign.account
    targets = targets_of(account.advertiser, account.currency)
    return metric, guards_of(metric, targets) if guards is None else guards


def _arms_to_compare(
    campaign: Campaign,
    subject: str,
    ads: Sequence[Ad] | None,
    ad_groups: Sequence[AdGroup] | None,
) -> Subjects:
    if subject not in ABTest.Subject.values:
        raise InvalidInput("Compare ads or ad groups.", field="subject")
    if subject == ABTest.Subject.AD_GROUP:
        return testable_groups(campaign) if ad_groups is None else ad_groups
    return testable_ads(campaign) if ads is None else ads


def _arm(test: ABTest, subject: Ad | AdGroup) -> Arm:
    if isinstance(subject, AdGroup):
        return Arm(test=test, ad_group=subject)
    return Arm(test=test, ad=subject)


def _check_plan(
    metric: str, planned_days: int, guards: Sequence[str], effect: Decimal, design: str
) -> None:
    known = dict(METRICS)
    if metric not in known:
        raise InvalidInput(f"Choose one of: {', '.join(known)}.", field="metric")
    if not PLANNED_DAYS[0] <= planned_days <= PLANNED_DAYS[1]:
        raise InvalidInput("Plan 3 to 90 days.", field="planned_days")
    if len(set(guards)) != len(guards) or not set(guards) <= set(known) - {metric}:
        raise InvalidInput(
            "Guard metrics are others than the one that decides, each once.", field="guard_metrics"
        )
    if not Decimal("0.01") <= effect <= 5:
        raise InvalidInput(
            "The smallest effect is between 0.01 (1 %) and 5 (500 %).", field="smallest_effect"
        )
    if design not in dict(DESIGNS):
        raise InvalidInput(f"Choose one of: {', '.join(dict(DESIGNS))}.", field="design")


def _check_campaign(campaign: Campaign, started_on: date | None) -> None:
    if campaign.wanted == Wanted.ARCHIVED:
        raise InvalidInput("This campaign is archived: nothing of it runs.", field="campaign")
    if started_on is None:
        return
    today = dates.today(campaign.account.time_zone)
    first = _first_figures(campaign) or today
    if not first <= started_on <= today + FURTHEST_START:
        raise InvalidInput(
            f"Start between {first:%-d %b %Y}, the first day with figures, and "
            f"{FURTHEST_START.days} days from now.",
            field="started_on",
        )


def _check_arms(campaign: Campaign, arms: Subjects, subject: str, *, given: bool) -> None:
    of_groups = subject == ABTest.Subject.AD_GROUP
    what = "ad groups" if of_groups else "ads"
    field = what.replace(" ", "_") if given else "subject" if of_groups else "campaign"
    if not MIN_ARMS <= len(arms) <= MAX_ARMS:
        raise InvalidInput(
            f"A test compares {MIN_ARMS} to {MAX_ARMS} {what}; here are {len(arms)}.", field=field
        )
    if len({one.pk for one in arms}) != len(arms):
        raise InvalidInput(f"Each of the {what} can be in the test once.", field=field)
    owners = {one.ad_group.campaign_id if isinstance(one, Ad) else one.campaign_id for one in arms}
    if owners != {campaign.pk}:
        raise InvalidInput(f"Some of the {what} belong to another campaign.", field=field)
    archived = [str(one) for one in arms if one.wanted == Wanted.ARCHIVED]
    if archived:
        raise InvalidInput(f"“{archived[0]}” is archived and gets no delivery.", field=field)


def _check_free(campaign: Campaign, metric: str, subject: str) -> None:
    # The lock keeps two simultaneous starts from both finding no running test.
    list(Campaign.objects.select_for_update(no_key=True).filter(pk=campaign.pk).values_list("pk"))
    running = ABTest.objects.filter(campaign=campaign, state=ABTest.State.RUNNING)
    if running.filter(metric=metric, subject=subject).exists():
        raise InvalidInput(
            f"A test on {metric.upper()} is running for this campaign already.", field="campaign"
        )


def _first_figures(campaign: Campaign) -> date | None:
    rows = DailyMetric.objects.filter(campaign=campaign, level=Level.AD).order_by("day")
    found = rows.values_list("period_first", "day").first()
    return (found[0] or found[1]) if found else None


def _first_day(campaign: Campaign, planned_days: int) -> date:
    """The ads' first figures count, but on a platform the last week of the plan is still to come:
    a test that is started on an old campaign must not be over at once."""
    today = dates.today(campaign.account.time_zone)
    first = _first_figures(campaign) or today
    if campaign.origin == Campaign.Origin.IMPORT:
        return first
    return max(first, today - timedelta(days=max(planned_days - LAST_WEEK, 0)))


@transaction.atomic
def stop_test(*, actor: Actor, test: ABTest, reason: str = "") -> ABTest:
    """End the test today; its verdict, analyses and proposed pauses stay. A raise needs a running
    test, so an open one expires."""
    changed = ABTest.objects.filter(pk=test.pk, state=ABTest.State.RUNNING).update(
        state=ABTest.State.STOPPED, ended_on=dates.today(test.campaign.account.time_zone)
    )
    if not changed:
        raise InvalidMove("This test has ended already.", field="state")
    Decision.objects.filter(test=test, action=Decision.Action.SCALE, state__in=OPEN).update(
        state=Decision.State.EXPIRED
    )
    test.refresh_from_db()
    record(
        actor,
        AuditAction.STOP_AB_TEST,
        test,
        advertiser=test.campaign.account.advertiser,
        reason=reason,
    )
    return test
