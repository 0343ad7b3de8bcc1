"""Reads and validates the parameters of a Graph API call: form text, JSON text or a JSON body."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.meta import errors

Params = dict[str, Any]

# Minor units per unit of currency; Meta's own list differs from ISO 4217.
WHOLE_CURRENCIES = frozenset("CLP COP CRC HUF IDR ISK JPY KRW PYG TWD VND".split())


def minor_units(currency: str) -> int:
    return 1 if currency in WHOLE_CURRENCIES else 100


def to_micros(minor: int, currency: str) -> int:
    return minor * 1_000_000 // minor_units(currency)


def to_minor(micros: int, currency: str) -> int:
    return micros * minor_units(currency) // 1_000_000


def text(params: Params, name: str) -> str | None:
    value = params.get(name)
    return None if value is None or value == "" else str(value)


def required_text(params: Params, name: str) -> str:
    value = text(params, name)
    if value is None:
        raise errors.required(name)
    return value


def choice(params: Params, name: str, allowed: tuple[str, ...]) -> str | None:
    value = text(params, name)
    if value is not None and value not in allowed:
        raise errors.not_one_of(name, allowed)
    return value


def integer(params: Params, name: str) -> int | None:
    """An integer of zero or more, sent as a number or as text."""
    value = text(params, name)
    if value is None:
        return None
    if isinstance(params[name], bool) or not re.fullmatch(r"\d{1,15}", value):
        raise errors.invalid(f"Param {name} must be an integer.", name)
    return int(value)


def boolean(params: Params, name: str) -> bool | None:
    value = text(params, name)
    if value is None:
        return None
    if value.lower() not in ("true", "false", "1", "0"):
        raise errors.invalid(f"Param {name} must be a boolean.", name)
    return value.lower() in ("true", "1")


def json_value(params: Params, name: str, kind: type[Any]) -> Any:
    """A list or object, sent as such or as JSON text; None when absent."""
    value = params.get(name)
    if isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except ValueError:
            raise errors.invalid(f"Param {name} must be JSON.", name) from None
    if value is None or value == "":
        return None
    if not isinstance(value, kind):
        raise errors.invalid(
            f"Param {name} must be an {'array' if kind is list else 'object'}.", name
        )
    return value


def time_value(params: Params, name: str, zone: str) -> datetime | None:
    """ISO 8601 (without an offset: the account's zone) or unix seconds."""
    value = text(params, name)
    if value is None or value == "0":
        return None
    try:
        if value.isdigit():
            return datetime.fromtimestamp(int(value), UTC)
        parsed = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        raise errors.invalid(f"Param {name} must be an ISO 8601 time.", name) from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=ZoneInfo(zone))


def format_time(moment: datetime, zone: str) -> str:
    """In the format of the Graph API: 2026-10-01T00:00:00-0700."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M:%S%z")


def first_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def last_day(moment: datetime, zone: str) -> date:
    """The last day that begins before this end."""
    return (moment - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()


def field_list(params: Params) -> str:
    """`fields` as a comma-separated list; the official client also sends a JSON list."""
    value = params.get("fields")
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    value_text = text(params, "fields") or ""
    if value_text.startswith("["):
        return ",".join(str(item) for item in json_value(params, "fields", list))
    return value_text
