"""At least 10,000 made-up requests of the API: none fails, and no unknown name is taken."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.management import call_command
from django.db import connection
from django.test import override_settings

if TYPE_CHECKING:
    from tests.benchmarks.api_fuzz.asking import Count

BY_HAND, BY_SCHEMA_EACH, SEED = 7_000, 60, 20261130
TARGETS = {"failed": 0, "unknown_taken": 0}
FLOORS = {"requests": 10_000, "unknown": 2_000, "answered": 1_000}


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    """`answered` are those of the made-up requests that were carried out."""
    # The tests' fixtures name the certificate authority that a process trusts: other benchmarks
    # have one of their own.
    from tests.benchmarks.api_fuzz.asking import ask_by_hand, set_stage
    from tests.benchmarks.api_fuzz.schema import ask_by_schema

    logging.getLogger("django.request").setLevel(logging.ERROR)  # each refusal is a warning there
    call_command("collectstatic", interactive=False, verbosity=0)
    stage = set_stage()
    with override_settings(ALLOWED_HOSTS=["testserver", "localhost"], SECURE_SSL_REDIRECT=False):
        by_hand = ask_by_hand(stage, 200 if tiny else BY_HAND, SEED)
        by_schema = ask_by_schema(stage, 1 if tiny else BY_SCHEMA_EACH, SEED)
    both = (by_hand, by_schema)
    for line in [line for count in both for line in (*count.failures, *count.ignored)]:
        sys.stderr.write(f"{line}\n")
    return {
        "requests": sum(count.asked for count in both),
        "by_schema": by_schema.asked,
        "unknown": sum(count.unknown for count in both),
        "answered": sum(_carried_out(count) for count in both),
        "failed": sum(len(count.failures) for count in both),
        "unknown_taken": sum(len(count.ignored) for count in both),
        "on_postgresql": float(connection.vendor == "postgresql"),
    }


def _carried_out(count: Count) -> int:
    return sum(asked for status, asked in count.statuses.items() if 200 <= status < 300)
