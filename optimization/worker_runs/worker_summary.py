"""What a worker did in fourteen days: its runs, actions and errors, and its last useful act."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q

from core.common import clock
from core.models import Advertiser
from optimization.models import Run, RunOutcome, WorkerFinding
from optimization.models.findings import FAILING, IDLE

State = RunOutcome.State
WINDOW = timedelta(days=14)
WORKERS: dict[str, str] = {Run.Kind.OPTIMIZE: "Optimiser", Run.Kind.REBALANCE: "Budgets"}


@dataclass(frozen=True)
class RunTotal:
    """Numbers of a run's outcomes: done, of these changed, and failed."""

    done: int = 0
    changed: int = 0
    failed: int = 0


@dataclass(frozen=True)
class WorkerSummary:
    """`actions` are campaigns, or pools, that were changed; `errors` those that failed;
    `last_act` is the newest run that changed something, however old."""

    worker: str
    runs: int
    actions: int
    errors: int
    last_act: Run | None
    open_findings: int
    trouble: str
    """Why the worker is a finding itself; empty where it is none."""

    @property
    def name(self) -> str:
        return WORKERS[self.worker]


def close_run(run: Run) -> bool:
    """Close the run with its totals; False where it is closed already."""
    total = _count([run.pk]).get(run.pk, RunTotal())
    return bool(
        Run.objects.filter(pk=run.pk, finished_at=None).update(
            finished_at=clock.real_now(),
            total_done=total.done,
            total_changed=total.changed,
            total_failed=total.failed,
        )
    )


def run_totals(runs: Iterable[Run]) -> dict[int, RunTotal]:
    """Run id to its totals; counted where they are not stored: in runs that are not over, and in
    those of earlier versions."""
    stored, other = {}, []
    for run in runs:
        if run.total_done is None:
            other.append(run.pk)
        else:
            stored[run.pk] = RunTotal(run.total_done, run.total_changed or 0, run.total_failed or 0)
    return stored | ({pk: RunTotal() for pk in other} | _count(other) if other else {})


def summarise_workers(advertiser: Advertiser) -> list[WorkerSummary]:
    """Every worker, also one that never ran; a fixed number of queries."""
    since = clock.market_now() - WINDOW
    recent = Run.objects.filter(advertiser=advertiser, market_at__gte=since)
    by_kind: dict[str, list[Run]] = defaultdict(list)
    for run in recent.order_by("-pk"):
        by_kind[run.kind].append(run)
    found = _open_findings(advertiser)
    return [_summary(advertiser, kind, by_kind[kind], *found[kind]) for kind in WORKERS]


def _summary(
    advertiser: Advertiser, kind: str, recent: list[Run], open_findings: int, trouble: str
) -> WorkerSummary:
    totals = run_totals(recent)
    acted = [run for run in recent if totals[run.pk].changed]
    return WorkerSummary(
        worker=kind,
        runs=len(recent),
        actions=sum(total.changed for total in totals.values()),
        errors=sum(total.failed for total in totals.values()),
        last_act=acted[0] if acted else _last_act(advertiser, kind),
        open_findings=open_findings,
        trouble=trouble,
    )


def _last_act(advertiser: Advertiser, kind: str) -> Run | None:
    """The newest run before the window that changed something. Runs of earlier versions have no
    totals and are left out: counting all of them would take too long."""
    runs = Run.objects.filter(advertiser=advertiser, kind=kind, total_changed__gt=0)
    return runs.order_by("-pk").first()


def _open_findings(advertiser: Advertiser) -> dict[str, tuple[int, str]]:
    """Worker to the number of its open findings, and to why it is one itself."""
    rows = WorkerFinding.objects.filter(advertiser=advertiser, closed_at=None)
    counted = rows.order_by().values_list("worker").annotate(n=Count("pk"))
    numbers = dict(counted)
    about = rows.filter(key__in=(FAILING, IDLE)).order_by("-pk").values_list("worker", "title")
    troubles = dict(about)
    return {kind: (numbers.get(kind, 0), troubles.get(kind, "")) for kind in WORKERS}


def _count(ids: list[int]) -> dict[int, RunTotal]:
    rows = RunOutcome.objects.filter(run__in=ids).order_by().values_list("run_id")
    counted = rows.annotate(
        done=Count("pk", filter=Q(state=State.DONE)),
        changed=Count("pk", filter=Q(changed=True)),
        failed=Count("pk", filter=Q(state=State.FAILED)),
    )
    return {pk: RunTotal(done, changed, failed) for pk, done, changed, failed in counted}
