"""Reads settings from the environment; a wrong or missing one raises ImproperlyConfigured."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def missing_setting(name: str, how: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"Setting {name} is missing. {how}")


def text(name: str, default: str | None = None, *, how: str = "") -> str:
    """The value of NAME, or the content of the file whose path is in NAME_FILE."""
    from_file = os.environ.get(f"{name}_FILE")
    if from_file:
        try:
            return Path(from_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as err:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {err}") from err
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise missing_setting(name, how or f"Set {name} in the environment.")
    return default


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "")
    if value == "":
        return default
    if value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def integer(name: str, default: int, *, low: int, high: int) -> int:
    value = os.environ.get(name, "")
    try:
        number = int(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None
    if not low <= number <= high:
        raise ImproperlyConfigured(f"{name} must be between {low} and {high}, not {number}.")
    return number


def names(name: str, default: str = "", *, how: str = "") -> list[str]:
    """A comma-separated list; an empty one is an error where `how` (the remedy) is given."""
    items = [item.strip() for item in text(name, default).split(",") if item.strip()]
    if not items and how:
        raise missing_setting(name, how)
    return items


def choice(name: str, default: str, allowed: str) -> str:
    """One of the space-separated words of `allowed`."""
    value = text(name, default)
    if value not in allowed.split():
        raise ImproperlyConfigured(f"{name} must be one of {allowed}, not {value!r}.")
    return value
