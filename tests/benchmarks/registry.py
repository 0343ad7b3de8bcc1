"""The benchmarks by name, with their limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import (
    ab_speed,
    ab_upworthy,
    ab_validity,
    budget_speed,
    budget_value,
    databases,
    market,
    overview_page,
    pages_speed,
    plan_language,
    sandbox_lift,
    sync_day,
    worker_pass,
)
from tests.benchmarks.api_fuzz import bench as api_fuzz
from tests.benchmarks.launch_faults import bench as launch_faults
from tests.benchmarks.launch_faults import stage

Metrics = dict[str, float]


@contextmanager
def _no_service(folder: Path, *, tiny: bool) -> Iterator[dict[str, str]]:
    yield {}


@dataclass(frozen=True)
class Bench:
    """`measure` runs in its own process, on an empty migrated SQLite database in `folder`;
    `service` is a context manager for what runs beside it, and returns environment variables."""

    measure: Callable[..., Metrics]
    targets: Mapping[str, float] = field(default_factory=dict)
    """Largest accepted value by metric."""
    floors: Mapping[str, float] = field(default_factory=dict)
    """Smallest accepted value by metric."""
    service: Callable[..., AbstractContextManager[dict[str, str]]] = _no_service

    def is_met(self, metrics: Metrics) -> bool:
        """Whether all metrics are within their limits; NaN never is."""
        low = all(metrics[name] <= most for name, most in self.targets.items())
        return low and all(metrics[name] >= least for name, least in self.floors.items())


BENCHES: dict[str, Bench] = {
    "sync_day": Bench(sync_day.measure, sync_day.TARGETS, service=market.running_market),
    "overview_page": Bench(overview_page.measure, overview_page.TARGETS),
    "pages_speed": Bench(pages_speed.measure, pages_speed.TARGETS, service=databases.postgresql),
    "ab_speed": Bench(ab_speed.measure, ab_speed.TARGETS),
    "ab_validity": Bench(ab_validity.measure, ab_validity.TARGETS, ab_validity.FLOORS),
    "ab_upworthy": Bench(ab_upworthy.measure, ab_upworthy.TARGETS, ab_upworthy.FLOORS),
    "budget_speed": Bench(budget_speed.measure, budget_speed.TARGETS, budget_speed.FLOORS),
    "budget_value": Bench(budget_value.measure, budget_value.TARGETS, budget_value.FLOORS),
    "plan_language": Bench(plan_language.measure, plan_language.TARGETS),
    "worker_pass": Bench(worker_pass.measure, worker_pass.TARGETS, service=databases.postgresql),
    "sandbox_lift": Bench(sandbox_lift.measure, sandbox_lift.TARGETS, sandbox_lift.FLOORS),
    "api_fuzz": Bench(api_fuzz.measure, api_fuzz.TARGETS, api_fuzz.FLOORS),
    "api_fuzz_postgresql": Bench(
        api_fuzz.measure, api_fuzz.TARGETS, api_fuzz.FLOORS, service=databases.postgresql
    ),
    "launch_faults": Bench(
        launch_faults.measure,
        launch_faults.TARGETS,
        launch_faults.FLOORS,
        service=stage.embedded,
    ),
    "launch_faults_servers": Bench(
        launch_faults.measure,
        launch_faults.TARGETS,
        launch_faults.SERVERS_FLOORS,
        service=stage.with_servers,
    ),
}
