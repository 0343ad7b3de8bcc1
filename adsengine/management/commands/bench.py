"""`manage.py bench`: each benchmark in its own process and temporary folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

if TYPE_CHECKING:
    from tests.benchmarks.registry import Bench

Metrics = dict[str, float]
Benches = dict[str, "Bench"]
DATABASE = "bench.sqlite3"


class Command(BaseCommand):
    help = "Measure; the last line is JSON, and the exit code says whether the targets are met."
    requires_system_checks: list[Any] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", choices=benches(), help="one bench (default: all)")
        parser.add_argument("--json", action="store_true", help="the JSON line alone")
        parser.add_argument("--tiny", action="store_true", help="see that it runs, no more")
        parser.add_argument("--inside", type=Path, help="used by this command for itself")

    def handle(self, *args: Any, **options: Any) -> None:
        name, tiny, known = options["name"], options["tiny"], benches()
        if options["inside"]:
            call_command("migrate", verbosity=0)
            self.stdout.write(json.dumps(known[name].measure(options["inside"], tiny=tiny)))
            return
        chosen = {name: known[name]} if name else known
        found = _measure_all(chosen, tiny=tiny)
        if not options["json"]:
            for each, metrics in found.items():
                self.stdout.write(_table(each, chosen[each], metrics))
        met = all(chosen[each].is_met(metrics) for each, metrics in found.items())
        self.stdout.write(json.dumps(_line(name, chosen, found, ok=met)))
        self.stdout.flush()
        if not met:
            sys.exit(1)


def benches() -> Benches:
    """The benchmarks by name. They are part of the tests, which an installation may leave out.

    Raises CommandError where they are missing.
    """
    try:
        from tests.benchmarks.registry import BENCHES
    except ModuleNotFoundError as err:
        raise CommandError(
            f"The benchmarks cannot be loaded ({err}). They need the folder tests/ of a checkout "
            "and the packages of requirements-dev.lock: run `make bench` there."
        ) from err
    return BENCHES


def _line(
    name: str | None, benches: Benches, found: dict[str, Metrics], *, ok: bool
) -> dict[str, Any]:
    targets = {each: dict(benches[each].targets) for each in found}
    floors = {each: dict(benches[each].floors) for each in found}
    line = {"bench": name or "all", "metrics": found, "targets": targets, "floors": floors}
    if name:
        line |= {"metrics": found[name], "targets": targets[name], "floors": floors[name]}
    return {**line, "ok": ok}


def _measure_all(benches: Benches, *, tiny: bool) -> dict[str, Metrics]:
    """Migrate once; each benchmark gets a copy."""
    with tempfile.TemporaryDirectory(prefix="adsengine-bench-") as scratch:
        folder = Path(scratch)
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        if subprocess.run(command, env=_environment(folder), check=False).returncode != 0:
            raise CommandError("The benchmarks' database was not migrated; see the lines above.")
        migrated = folder / DATABASE
        return {name: _measure(name, one, migrated, tiny=tiny) for name, one in benches.items()}


def _measure(name: str, bench: Bench, migrated: Path, *, tiny: bool) -> Metrics:
    with tempfile.TemporaryDirectory(prefix="adsengine-bench-") as scratch:
        folder = Path(scratch)
        shutil.copy(migrated, folder)
        with bench.service(folder, tiny=tiny) as more:
            command = [sys.executable, "manage.py", "bench", name, f"--inside={folder}"]
            run = subprocess.run(
                [*command, *(["--tiny"] if tiny else [])],
                env={**_environment(folder), **more},
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
    if run.returncode != 0:
        raise CommandError(f"The bench {name} did not run to its end; see the lines above.")
    metrics: Metrics = json.loads(run.stdout.splitlines()[-1])
    return metrics


def _environment(folder: Path) -> dict[str, str]:
    """This process's keys with a separate database and folder.

    Variables that must not apply are set empty, not left out: otherwise .env would set them.
    """
    emptied = ("REDIS_URL", "ADSENGINE_LIVE_CALLS", "ADSENGINE_SANDBOX_INFO", "ADSENGINE_DEBUG")
    files = ("DATABASE_URL_FILE", "ADSENGINE_VAR_FILE", "REDIS_URL_FILE", "ADSENGINE_STATIC_ROOT")
    return {
        **os.environ,
        **dict.fromkeys(emptied + files, ""),
        "ADSENGINE_VAR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / DATABASE}",
        "ADSENGINE_LOG_LEVEL": "ERROR",
    }


def _limits(bench: Bench, metric: str) -> str:
    limits_by_word = [("at most", bench.targets), ("at least", bench.floors)]
    parts = [f"{words} {limits[metric]:g}" for words, limits in limits_by_word if metric in limits]
    return f"  (target: {', '.join(parts)})" if parts else ""


def _table(name: str, bench: Bench, metrics: Metrics) -> str:
    lines = [f"{name}: {'met' if bench.is_met(metrics) else 'NOT MET'}"]
    for metric, value in metrics.items():
        lines.append(f"  {metric:<34}{value:>12,g}{_limits(bench, metric)}")
    return "\n".join(lines)
