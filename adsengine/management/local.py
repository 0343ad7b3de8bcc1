"""Settings of a local demo: created once and stored under var/demo.

ADSENGINE_LOCAL_DIR names another folder, so that two demos can run on one machine.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(os.environ.get("ADSENGINE_LOCAL_DIR") or ROOT / "var" / "demo").absolute()
SANDBOX_INFO = "sandbox.json"


def use_local_settings(folder: Path = FOLDER) -> None:
    """Put the demo's settings into the environment; variables that are set already stay."""
    for name, value in local_settings(folder).items():
        os.environ[name] = os.environ.get(name) or value
    os.environ["ADSENGINE_LOCAL"] = "true"


def local_settings(folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        **_load_or_create_secrets(folder / "secrets.json"),
        "ADSENGINE_VAR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'adsengine.sqlite3'}",
        "ADSENGINE_ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "ADSENGINE_HTTPS": "false",
        "ADSENGINE_EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend",
        "ADSENGINE_LOG_LEVEL": "WARNING",
        "ADSENGINE_PUBLISH_SETTLE_SECONDS": "1",
        "ADSENGINE_PUBLISH_SETTLE_SHORT_SECONDS": "1",
    }


def _load_or_create_secrets(path: Path) -> dict[str, str]:
    """Created once: with other keys the stored tokens could not be decrypted."""
    if path.is_file():
        stored: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return stored
    created = {
        "ADSENGINE_SECRET_KEY": secrets.token_urlsafe(60),
        "ADSENGINE_FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(created), encoding="utf-8")
    return created
