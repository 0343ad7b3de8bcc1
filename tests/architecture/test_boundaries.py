"""The project's own rules: who may import whom, what is registered, what no file may hold."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from core import jobs
from core.celery import app
from platforms.interface import AdPlatform
from platforms.models import Platform
from platforms.registry import CLIENTS, client_class, launch_platforms
from platforms.services import OPTIONS, SECRETS

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("adsengine", "agents", "campaigns", "core", "optimization", "platforms", "sandbox")


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def test_imports_go_down_only() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize("platform", launch_platforms())
def test_every_platform_of_the_registry_loads(platform: str) -> None:
    found = client_class(platform)
    assert issubclass(found, AdPlatform)
    assert found.capabilities.platform == platform
    assert platform in SECRETS
    assert platform in OPTIONS


def test_registry_holds_every_platform_that_has_a_client() -> None:
    assert set(CLIENTS) == set(Platform.values) - {Platform.IMPORT}


def kinds_asked_for() -> dict[str, Path]:
    """First arguments of `enqueue` that are names of constants or texts, with their files."""
    found: dict[str, Path] = {}
    for file in sources():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and _name(call.func) == "enqueue" and call.args:
                found[ast.unparse(call.args[0])] = file
    return found


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def test_every_kind_of_job_that_is_asked_for_has_a_handler() -> None:
    constants = {
        name: value
        for module in list(sys.modules.values())
        if getattr(module, "__name__", "").startswith(PACKAGES)
        for name, value in vars(module).items()
        if name.endswith("_JOB") and isinstance(value, str)
    }
    asked = kinds_asked_for()
    asked.pop("job", None)  # a parameter of optimization.tasks, given one of its constants
    assert set(asked) <= set(constants), asked
    assert {constants[name] for name in asked} <= set(jobs._kinds)
    assert set(constants.values()) == set(jobs._kinds)


def test_every_entry_of_the_timetable_names_a_task() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_no_lease_outlasts_the_time_limit_of_a_task() -> None:
    """A job whose lease is longer than a worker may live would be waited for in vain."""
    for kind, registered in jobs._kinds.items():
        assert registered.lease.total_seconds() <= settings.CELERY_TASK_TIME_LIMIT, kind


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    run = subprocess.run(
        ["sh", str(ROOT / ".ci" / "check-tree")], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("text", ["see /ro" + "ot/notes", "https://py" + "pi.org/simple"])
def test_tree_check_finds_what_must_not_be_there(tmp_path: Path, text: str) -> None:
    for folder in (".ci", "docs"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / ".ci" / "check-tree", tmp_path / ".ci")
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / lock).write_text("")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    check = ["sh", str(tmp_path / ".ci" / "check-tree")]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    (tmp_path / "docs" / "new.md").write_text(text)
    assert subprocess.run(check, capture_output=True, check=False).returncode == 1
