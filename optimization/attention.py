"""Proposals, verdicts and plans that wait for a person, for campaigns.attention."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from campaigns.overview import attention
from campaigns.overview.attention import AttentionItem, Group
from core.common import clock
from core.models import Advertiser
from optimization.models import ABTest, BudgetProposal, Decision, Rebalance
from optimization.pacing.course import open_plans, paces
from optimization.selectors import decisions_of, newest_analyses, tests_of, verdict_readings

DECIDED = (ABTest.Status.WINNER, ABTest.Status.INCONCLUSIVE)


def proposals(advertiser: Advertiser, told: frozenset[str]) -> Group:
    """Pauses and raises that wait for a yes or no."""
    return attention.group(
        decisions_of(advertiser).filter(state=Decision.State.PROPOSED),
        lambda decision: _proposal(advertiser, decision),
        name="Proposals to decide on",
        tone="wait",
        url=reverse("optimisation", args=[advertiser.slug]),
    )


def _proposal(advertiser: Advertiser, decision: Decision) -> AttentionItem:
    page, args = "optimisation", [advertiser.slug]
    if decision.test_id is not None:
        page, args = "ab_test", [advertiser.slug, str(decision.test_id)]
    title = str(decision)
    return AttentionItem(title[:1].upper() + title[1:], decision.reason, reverse(page, args=args))


def rebalances(advertiser: Advertiser, told: frozenset[str]) -> Group:
    """Budget moves that wait for an approver and have not expired."""
    fresh = Q(expires_at=None) | Q(expires_at__gt=clock.market_now())
    rows = Rebalance.objects.filter(fresh, advertiser=advertiser, state=Rebalance.State.PROPOSED)
    url = reverse("optimisation", args=[advertiser.slug])
    return attention.group(
        rows.prefetch_related("changes"),
        lambda rebalance: AttentionItem(str(rebalance), _moves(rebalance), url),
        name="Budget moves to apply",
        tone="wait",
        url=url,
    )


def _moves(rebalance: Rebalance) -> str:
    proposed = BudgetProposal.State.PROPOSED
    count = sum(1 for change in rebalance.changes.all() if change.state == proposed)
    return f"{count} budget{'' if count == 1 else 's'} would change, of {rebalance.total} a day."


def verdicts(advertiser: Advertiser, told: frozenset[str]) -> Group:
    """Decided tests that still run, but for those whose proposals wait already."""
    waiting = Decision.objects.filter(test=OuterRef("pk"), state=Decision.State.PROPOSED)
    rows = tests_of(advertiser).filter(state=ABTest.State.RUNNING, status__in=DECIDED)
    return attention.group(
        rows.exclude(Exists(waiting)),
        lambda test: AttentionItem(
            str(test), _verdict(test), reverse("ab_test", args=[advertiser.slug, test.pk])
        ),
        name="Tests with a verdict",
        tone="wait",
        url=reverse("ab_tests", args=[advertiser.slug]),
    )


def _verdict(test: ABTest) -> str:
    """As the test's page says it."""
    return verdict_readings([test], newest_analyses([test]))[test.pk].sentence


def off_course(advertiser: Advertiser, told: frozenset[str]) -> Group | None:
    """Plans that will not land where they should and have no incident yet."""
    plans = [plan for plan in open_plans(advertiser) if f"pacing:{plan.pk}" not in told]
    off = [paced for paced in paces(plans) if paced.pace.is_off]
    url = reverse("pacing", args=[advertiser.slug])
    lines = [AttentionItem(f"{p.plan}: {p.pace.label}", p.says, url) for p in off]
    shown = tuple(lines[: attention.SHOWN])
    return Group("Pacing off course", "wait", len(lines), shown, url)
