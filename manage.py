#!/usr/bin/env python3
"""Runs Django commands."""

import os
import sys
from pathlib import Path

# These can be tried without any setting: they bring their own, under var/demo.
LOCAL_COMMANDS = {
    "demo",
    "sandbox",
    "bench",
    "import_report",
    "ab_tests",
    "ab_self_test",
    "new_field_key",
    "screenshots",
}
OWN_SETTINGS = {
    "ADSENGINE_SECRET_KEY",
    "ADSENGINE_SECRET_KEY_FILE",
    "DATABASE_URL",
    "DATABASE_URL_FILE",
}


def _load_env(path: Path) -> None:
    """NAME=value lines; what the environment says already wins."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        name, found, value = line.partition("=")
        if found and not name.lstrip().startswith("#"):
            value = value.split(" #")[0].strip()
            if value:
                os.environ.setdefault(name.strip(), value)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adsengine.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    command = next((arg for arg in sys.argv[1:] if not arg.startswith("-")), "")
    # These never touch the real installation.
    if command not in {"demo", "sandbox", "bench", "screenshots"}:
        _load_env(Path(__file__).resolve().parent / ".env")
    if command in LOCAL_COMMANDS and not any(map(os.environ.get, OWN_SETTINGS)):
        from adsengine.management.local import use_local_settings

        use_local_settings()
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as err:
        sys.exit(f"AdsEngine cannot start. {err}")


if __name__ == "__main__":
    main()
