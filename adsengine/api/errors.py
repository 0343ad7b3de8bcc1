"""Every API failure as problem+json (RFC 9457): title, status, code, errors[{field, message}]."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.common.errors import (
    AdsEngineError,
    GuardrailExceeded,
    InputErrors,
    InvalidInput,
    InvalidMove,
    NotAllowed,
)
from core.retries import Contended
from core.uploads import upload_error

_STATUS: list[tuple[type[AdsEngineError], int]] = [
    (NotAllowed, 403),
    (GuardrailExceeded, 422),
    (InvalidMove, 409),
    (Contended, 409),
    (InvalidInput, 400),
    (InputErrors, 400),
]


def problem_json(err: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(err, AdsEngineError):
        return _adsengine_problem(err)
    refusal = upload_error(err)
    if refusal is not None:
        return _problem(413, refusal.user_message, refusal.code, [])
    if isinstance(err, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20
        return _problem(413, f"The body is too large: at most {most} MB.", "too_large", [])
    if isinstance(err, SuspiciousOperation | UnreadablePostError):
        return _problem(400, "The request cannot be read.", "unreadable", [])
    response = exception_handler(err, context)
    if response is None:
        return None
    problem = _problem(response.status_code, _title(err), _code(err), _fields(response.data))
    for name in ("Retry-After", "WWW-Authenticate"):
        if response.has_header(name):
            problem[name] = response[name]
    return problem


def _adsengine_problem(err: AdsEngineError) -> Response:
    status = next((code for kind, code in _STATUS if isinstance(err, kind)), 502)
    parts = err.errors if isinstance(err, InputErrors) else [err]
    fields = [{"field": p.field, "message": p.user_message} for p in parts if p.field]
    return _problem(status, err.user_message, err.code, fields)


def _problem(status: int, title: str, code: str, errors: list[dict[str, Any]]) -> Response:
    body: dict[str, Any] = {"title": title, "status": status, "code": code}
    if errors:
        body["errors"] = errors
    return Response(body, status=status, content_type="application/problem+json")


def _title(err: Exception) -> str:
    if isinstance(err, exceptions.ValidationError):
        return "Some fields cannot be used."
    detail = getattr(err, "detail", None)
    return str(detail) if detail else "Not found."


def _code(err: Exception) -> str:
    if isinstance(err, exceptions.ValidationError):
        return "invalid_input"
    return str(getattr(err, "default_code", "not_found"))


def _fields(data: Any, path: str = "") -> list[dict[str, Any]]:
    """DRF's nested errors as a flat list with dotted field paths."""
    if isinstance(data, dict):
        pairs = [
            _fields(v, f"{path}.{k}" if path else str(k)) for k, v in data.items() if k != "detail"
        ]
        return [item for part in pairs for item in part]
    if isinstance(data, list):
        return [item for part in data for item in _fields(part, path)]
    return [{"field": path, "message": str(data)}] if path else []
