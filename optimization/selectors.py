"""Reads of tests, pools and decisions: a fixed number of queries, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Case, Count, OuterRef, Prefetch, Q, QuerySet, Subquery, When

from campaigns.models import Ad, AdGroup, Campaign, Wanted
from campaigns.restoring.offers import UndoOffer, undo_offers
from core.common.paging import Pages, paginate
from core.models import Advertiser, AuditEntry
from optimization.models import (
    MAX_ARMS,
    MIN_ARMS,
    ABTest,
    Analysis,
    Arm,
    BudgetProposal,
    Decision,
    Rebalance,
    Run,
    RunOutcome,
    SelfTest,
)
from optimization.presentation.labels import (
    STATUS,
    leader_of,
    next_step,
    self_test_says,
    self_test_word,
)
from optimization.presentation.verdict_reading import VerdictReading

CANDIDATES = 50
HISTORY = 12
SELF_TESTS = 4
# Rows of earlier versions do not say whether anything was changed: they are neither.
_UNCHANGED = Q(state=RunOutcome.State.SKIPPED) | Q(state=RunOutcome.State.DONE, changed=False)
OUTCOME_FILTERS: dict[str, Q] = {
    "changed": Q(changed=True),
    "unchanged": _UNCHANGED,
    RunOutcome.State.FAILED: Q(state=RunOutcome.State.FAILED),
    RunOutcome.State.WAITING: Q(state=RunOutcome.State.WAITING),
}


def winner_ad_ids(advertiser: Advertiser) -> set[int]:
    """Ads that won a test; campaigns.winner_sources shows them."""
    won = ABTest.objects.filter(
        campaign__account__advertiser=advertiser,
        status=ABTest.Status.WINNER,
        winner__isnull=False,
    )
    return {pk for pk in won.values_list("winner_id", flat=True) if pk is not None}


# ---- tests -------------------------------------------------------------------------------


@dataclass(frozen=True)
class ABTestRow:
    test: ABTest
    leader: Ad | AdGroup | None
    verdict: VerdictReading
    next_step: str

    @property
    def metric(self) -> str:
        return self.test.metric.upper()

    @property
    def word(self) -> str:
        return STATUS[self.test.status][0]

    @property
    def tone(self) -> str:
        return STATUS[self.test.status][1]


def tests_of(advertiser: Advertiser) -> QuerySet[ABTest]:
    mine = ABTest.objects.filter(campaign__account__advertiser=advertiser)
    return mine.select_related(
        "campaign__account__advertiser", "winner__creative", "winner_group", "deciding"
    )


def test_lines(
    advertiser: Advertiser, *, state: str, search: str, page: str
) -> tuple[list[ABTestRow], Pages]:
    """Running tests first, then the newest, each with the result of its newest analysis."""
    tests = tests_of(advertiser)
    if state in ABTest.State.values:
        tests = tests.filter(state=state)
    if search:
        tests = tests.filter(Q(name__icontains=search) | Q(campaign__name__icontains=search))
    shown = paginate(tests.count(), page)
    found = list(_with_waiting(tests).order_by("state", "-pk")[shown.rows])
    analyses = newest_analyses(found)
    readings = verdict_readings(found, analyses)
    leaders = _leaders(readings)
    lines = [
        ABTestRow(
            test,
            leaders.get(test.pk),
            readings[test.pk],
            next_step(test, analyses.get(test.pk)),
        )
        for test in found
    ]
    return lines, shown


def verdict_readings(
    tests: list[ABTest], analyses: dict[int, Analysis]
) -> dict[int, VerdictReading]:
    """Test id to its verdict, with the names of its arms; one query."""
    arms = Arm.objects.filter(test__in=tests).select_related("ad", "ad_group")
    names: dict[int, dict[int, str]] = defaultdict(dict)
    for arm in arms:
        names[arm.test_id][arm.subject_id] = arm.subject.name
    return {test.pk: VerdictReading(test, analyses.get(test.pk), names[test.pk]) for test in tests}


def _leaders(readings: dict[int, VerdictReading]) -> dict[int, Ad | AdGroup]:
    """Test id to its winner or leader."""
    tests = [reading.test for reading in readings.values()]
    ids = {test.pk: leader_of(test, readings[test.pk].newest) for test in tests}
    ads = Ad.objects.select_related("creative").in_bulk(
        [pk for test in tests if not test.compares_groups and (pk := ids[test.pk])]
    )
    groups = AdGroup.objects.in_bulk(
        [pk for test in tests if test.compares_groups and (pk := ids[test.pk])]
    )
    found: dict[int, Ad | AdGroup] = {}
    for test in tests:
        pk = ids[test.pk] or 0
        leader = groups.get(pk) if test.compares_groups else ads.get(pk)
        if leader is not None:
            found[test.pk] = leader
    return found


def _with_waiting(tests: QuerySet[ABTest]) -> QuerySet[ABTest]:
    """Adds `waiting`: pauses that wait for a person."""
    proposed = Q(decisions__state=Decision.State.PROPOSED)
    return tests.annotate(waiting=Count("decisions", filter=proposed))


def newest_analyses(tests: Iterable[ABTest]) -> dict[int, Analysis]:
    """Test id to its newest analysis."""
    newest = Analysis.objects.filter(test=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    wanted = ABTest.objects.filter(pk__in=[test.pk for test in tests])
    ids = wanted.annotate(look=Subquery(newest)).values_list("look", flat=True)
    analyses = Analysis.objects.filter(pk__in=[pk for pk in ids if pk is not None])
    return {analysis.test_id: analysis for analysis in analyses}


def arms_of(test: ABTest) -> list[Arm]:
    arms = Arm.objects.filter(test=test).select_related(
        "ad__creative", "ad__ad_group__campaign", "ad_group__campaign"
    )
    return list(arms.prefetch_related("ad__creative__assets"))


def testable_campaigns(advertiser: Advertiser, search: str) -> QuerySet[Campaign]:
    """Campaigns with enough ads to compare, the newest first, with their number of `ads`."""
    living = Count("ad_groups__ads", filter=~Q(ad_groups__ads__wanted=Wanted.ARCHIVED))
    mine = Campaign.objects.filter(account__advertiser=advertiser)
    if search:
        mine = mine.filter(name__icontains=search)
    counted = mine.exclude(wanted=Wanted.ARCHIVED).annotate(ads=living)
    fitting = counted.filter(ads__gte=MIN_ARMS, ads__lte=MAX_ARMS)
    return fitting.select_related("account").order_by("-pk")


@dataclass(frozen=True)
class SelfTestRow:
    row: SelfTest

    @property
    def says(self) -> str:
        return self_test_says(self.row)

    @property
    def word(self) -> str:
        return self_test_word(self.row)[0]

    @property
    def tone(self) -> str:
        return self_test_word(self.row)[1]


def self_tests_of(advertiser: Advertiser) -> tuple[list[SelfTestRow], bool]:
    """The newest results, and whether one is still to come."""
    rows = SelfTest.objects.filter(advertiser=advertiser)
    done = rows.filter(state=SelfTest.State.DONE)[:SELF_TESTS]
    return [SelfTestRow(row) for row in done], rows.filter(state=SelfTest.State.WAITING).exists()


# ---- decisions, rebalances, runs ---------------------------------------------------------


def decisions_of(advertiser: Advertiser) -> QuerySet[Decision]:
    mine = Decision.objects.filter(campaign__account__advertiser=advertiser)
    return mine.select_related("campaign__account__advertiser", "ad__creative", "ad_group", "test")


def undo_offers_of(advertiser: Advertiser, decisions: list[Decision]) -> dict[int, UndoOffer]:
    """Decision id to the offer to undo the change that it made; without one it cannot be undone, or
    not any more."""
    if not decisions:
        return {}
    since = min(decision.market_at for decision in decisions) - timedelta(hours=1)
    entries = AuditEntry.objects.filter(advertiser=advertiser, market_at__gte=since).filter(
        Q(evidence__has_key="decision") | Q(evidence__has_key="rebalance")
    )
    by_key = {_key_of_entry(entry): entry for entry in entries.order_by("pk")}
    made = {d.pk: by_key[key] for d in decisions if (key := _key_of(d)) in by_key}
    offers = undo_offers(made.values())
    return {pk: offers[entry.pk] for pk, entry in made.items() if entry.pk in offers}


def _key_of(decision: Decision) -> tuple[str, int, int]:
    if decision.rebalance_id is not None:
        return "rebalance", decision.rebalance_id, decision.campaign_id
    return "decision", decision.pk, 0


def _key_of_entry(entry: AuditEntry) -> tuple[str, int, int]:
    if "decision" in entry.evidence:
        return "decision", entry.evidence["decision"], 0
    return "rebalance", entry.evidence["rebalance"], entry.target_id or 0


def rebalances_of(advertiser: Advertiser) -> QuerySet[Rebalance]:
    changes = BudgetProposal.objects.select_related("campaign__account", "rebalance")
    return Rebalance.objects.filter(advertiser=advertiser).prefetch_related(
        Prefetch("changes", changes.order_by("campaign__account__platform", "campaign__name"))
    )


def undone_rebalance_ids(advertiser: Advertiser) -> frozenset[int]:
    """Ids of rebalances that another one undid."""
    back = Rebalance.objects.filter(advertiser=advertiser, undoes__isnull=False)
    return frozenset(back.values_list("undoes_id", flat=True))


def runs_of(advertiser: Advertiser) -> QuerySet[Run]:
    """Runs, the newest first, with the numbers of their outcomes, of those with `changed`, and of
    finished ones of earlier versions, where that is unknown (`unknown`)."""
    done = Q(outcomes__state=RunOutcome.State.DONE)
    runs = with_outcome_counts(Run.objects.filter(advertiser=advertiser)).annotate(
        changed=Count("outcomes", filter=Q(outcomes__changed=True)),
        unknown=Count("outcomes", filter=done & Q(outcomes__changed=None)),
    )
    return runs.order_by("-pk")


@dataclass(frozen=True)
class UnchangedReason:
    """Why a number of a run's campaigns were left alone."""

    state: RunOutcome.State
    text: str
    campaigns: int


def unchanged_reasons(runs: Iterable[Run]) -> dict[int, list[UnchangedReason]]:
    """Run id to the reasons why campaigns were left alone, the most frequent first."""
    state = RunOutcome.State
    rows = RunOutcome.objects.filter(_UNCHANGED, run__in=[run.pk for run in runs])
    grouped = rows.values_list("run_id", "state", "said").annotate(campaigns=Count("pk"))
    found: dict[int, list[UnchangedReason]] = defaultdict(list)
    for run_id, value, text, campaigns in grouped.order_by("-campaigns", "said"):
        found[run_id].append(UnchangedReason(state(value), text, campaigns))
    return found


def pool_outcomes(runs: Iterable[Run]) -> dict[int, list[RunOutcome]]:
    """Run id to the outcomes of its pools; for rebalances."""
    ids = [run.pk for run in runs if run.kind == Run.Kind.REBALANCE]
    found: dict[int, list[RunOutcome]] = defaultdict(list)
    for row in RunOutcome.objects.filter(run__in=ids).order_by("key"):
        found[row.run_id].append(row)
    return found


def with_outcome_counts(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Adds the numbers of outcomes `done`, `skipped`, `failed` and `waiting`."""
    count = {
        state: Count("outcomes", filter=Q(outcomes__state=state))
        for state in RunOutcome.State.values
    }
    return runs.annotate(**count)


def outcomes_of(run: Run, *, state: str, page: str) -> tuple[list[RunOutcome], Pages]:
    """What a run did, failures first; `state` is a key of OUTCOME_FILTERS or a stored state."""
    rows = run.outcomes.select_related("campaign__account__advertiser")
    if state in OUTCOME_FILTERS:
        rows = rows.filter(OUTCOME_FILTERS[state])
    elif state in RunOutcome.State.values:
        rows = rows.filter(state=state)
    order = Case(
        When(state=RunOutcome.State.FAILED, then=0),
        When(state=RunOutcome.State.DONE, then=1),
        default=2,
    )
    shown = paginate(rows.count(), page)
    return list(rows.order_by(order, "campaign__name", "pk")[shown.rows]), shown


def last_finished(advertiser: Advertiser, kind: str) -> Run | None:
    done = Run.objects.filter(advertiser=advertiser, kind=kind, finished_at__isnull=False)
    return done.order_by("-finished_at").first()
