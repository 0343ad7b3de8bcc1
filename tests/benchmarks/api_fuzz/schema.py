"""Requests that schemathesis makes up from the OpenAPI schema: ones that it allows, and ones that
it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from adsengine.wsgi import application
from tests.benchmarks.api_fuzz.asking import Count, Stage
from tests.benchmarks.api_fuzz.requests import FORM, targets_at
from tests.fixtures.routes import filled

_QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def ask_by_schema(stage: Stage, each: int, number: int) -> Count:
    """`each` requests of both kinds for each operation, half of them with ids that there are."""
    with _connections_kept():
        return _ask_all(stage, each, number)


@contextmanager
def _connections_kept() -> Iterator[None]:
    """As in Django's own test client: a request must not close the connection whose transaction
    takes back what it does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def _ask_all(stage: Stage, each: int, number: int) -> Count:
    headers = {"Authorization": f"Bearer {stage.secret}", "Host": "localhost"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", application, headers=headers)
    found = Count()
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for ids in ({}, _ids_in(operation.full_path, stage.ids)):
                cases = operation.as_strategy(generation_mode=mode, path_parameters=ids or None)
                _ask(found, cases, headers, max(each // 2, 1), number)
    return found


def _ids_in(template: str, ids: dict[str, Any]) -> dict[str, str]:
    """The path parameters of a template, with ids that there are."""
    names = re.findall(r"{(\w+)}", template)
    pattern = re.sub(r"{(\w+)}", r"<\1>", template).replace("<id>", "<pk>")
    values = filled(pattern, ids).split("/")
    parts = template.split("/")
    return {name: values[parts.index(f"{{{name}}}")] for name in names}


def _ask(found: Count, cases: Any, headers: dict[str, str], count: int, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=_QUIET,
    )
    @given(case=cases)
    def ask(case: Any) -> None:
        with transaction.atomic():
            answer = case.call(headers=headers)
            transaction.set_rollback(True)
        _note(found, case, answer.status_code)

    try:
        ask()
    except Unsatisfiable:  # nothing can be wrong with a request that takes nothing
        return


def _note(found: Count, case: Any, status: int) -> None:
    unknown = _holds_unknown(case)
    found.add(status, f"{case.method} {case.formatted_path} {case.query} {case.body}", unknown)


def _holds_unknown(case: Any) -> bool:
    """Whether it holds a name that its route does not take. Nested values cannot be sent as a
    form's fields: schemathesis leaves such a body empty."""
    for target in targets_at(case.formatted_path):
        if target.method == case.method.lower():
            is_sent = isinstance(case.body, dict) and case.media_type != FORM
            body = case.body if is_sent else {}
            asked = set(case.query or {}) - set(target.parameters)
            return bool(asked or set(body) - set(target.fields))
    return False
