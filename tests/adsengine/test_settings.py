"""A wrong or missing setting stops the start with one line that says what to do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = Fernet.generate_key().decode()


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The least that production needs, and nothing of this process's environment."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "ADSENGINE_VAR": str(tmp_path / "var"),
        "ADSENGINE_SECRET_KEY": "k" * 50 + "abcdefgh",
        "ADSENGINE_FIELD_KEYS": KEY,
        "ADSENGINE_ALLOWED_HOSTS": "ads.example.com",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'test.sqlite3'}",
    }


def manage(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of manage.py, so that no .env of this folder joins in."""
    folder = Path(env["HOME"])
    shutil.copy(ROOT / "manage.py", folder)
    return subprocess.run(
        [sys.executable, str(folder / "manage.py"), *arguments],
        env={**env, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refusal(env: dict[str, str]) -> str:
    """The one line with which `manage.py check` ends."""
    run = manage(env, "check")
    assert run.returncode != 0
    assert run.stdout == ""
    lines = run.stderr.splitlines()
    assert len(lines) == 1, run.stderr
    assert lines[0].startswith("AdsEngine cannot start. ")
    return lines[0]


def test_least_settings_are_enough(env: dict[str, str]) -> None:
    run = manage(env, "check")
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("ADSENGINE_SECRET_KEY", "50 or more random characters"),
        ("ADSENGINE_FIELD_KEYS", "Fernet keys, newest first"),
        ("ADSENGINE_ALLOWED_HOSTS", "e.g. ads.example.com"),
        ("DATABASE_URL", "e.g. postgres://user:password@localhost/adsengine"),
    ],
)
@pytest.mark.parametrize("empty", [True, False])
def test_missing_setting_is_named_with_how_to_set_it(
    env: dict[str, str], name: str, remedy: str, empty: bool
) -> None:
    del env[name]
    if empty:
        env[name] = ""
    said = refusal(env)
    assert f"{name} is missing. Set it to" in said
    assert remedy in said


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("ADSENGINE_FIELD_KEYS", "short", "not a Fernet key"),
        pytest.param(
            "ADSENGINE_FIELD_KEYS", f"{KEY},{KEY[:-4]}", "not a Fernet key", id="a key cut short"
        ),
        ("DATABASE_URL", "adsengine", "Set it to e.g. postgres://"),
        ("DATABASE_URL", "mysql://u:p@localhost/x", "neither postgres:// nor sqlite:///"),
        ("DATABASE_URL", "sqlite://adsengine.sqlite3", "names no database"),
        ("DATABASE_URL", "postgres://u:p@localhost", "names no database"),
        ("REDIS_URL", "localhost:6379", "must begin with redis://"),
        ("ADSENGINE_HTTPS", "yes", "must be true or false"),
        ("ADSENGINE_LIVE_CALLS", "1", "must be true or false"),
        ("ADSENGINE_DEBUG", "on", "must be true or false"),
        ("ADSENGINE_BEHIND_PROXY", "maybe", "must be true or false"),
        ("ADSENGINE_EMAIL_PORT", "smtp", "must be a whole number"),
        ("ADSENGINE_EMAIL_PORT", "70000", "must be between 1 and 65535"),
        ("ADSENGINE_EMAIL_TLS", "true", "must be one of none starttls tls"),
        ("ADSENGINE_EMAIL_USER", "mailer", "belong together: set both, or neither"),
        ("ADSENGINE_EMAIL_PASSWORD_FILE", "/nowhere/password", "cannot be read"),
        ("ADSENGINE_LOG_LEVEL", "LOUD", "must be one of DEBUG INFO"),
        ("ADSENGINE_SECRET_KEY_FILE", "/nowhere/key", "cannot be read"),
        ("ADSENGINE_VAR", "/dev/null/var", "Set it to a folder"),
    ],
)
def test_wrong_setting_is_named_with_the_remedy(
    env: dict[str, str], name: str, value: str, remedy: str
) -> None:
    said = refusal({**env, name: value})
    assert name in said
    assert remedy in said


MAIL = {
    "ADSENGINE_EMAIL_HOST": "mail.example.com",
    "ADSENGINE_EMAIL_USER": "mailer",
    "ADSENGINE_EMAIL_PASSWORD": "hush hush",
}


def test_mail_password_is_not_sent_in_clear(env: dict[str, str]) -> None:
    said = refusal({**env, **MAIL})
    assert "Set ADSENGINE_EMAIL_TLS to starttls" in said
    assert "hush" not in said


@pytest.mark.parametrize(("tls", "expected"), [("starttls", "True False"), ("tls", "False True")])
def test_mail_settings_reach_django(
    env: dict[str, str], tmp_path: Path, tls: str, expected: str
) -> None:
    password = tmp_path / "password"
    password.write_text("hush hush\n")
    given = {**env, **MAIL, "ADSENGINE_EMAIL_TLS": tls, "ADSENGINE_EMAIL_PORT": "587"}
    del given["ADSENGINE_EMAIL_PASSWORD"]
    shown = (
        "from django.conf import settings as s; from django.core.mail import get_connection; "
        "c = get_connection(); "
        "print(c.host, c.port, c.username, c.password, c.use_tls, c.use_ssl, c.timeout)"
    )
    run = manage(
        {**given, "ADSENGINE_EMAIL_PASSWORD_FILE": str(password)},
        "shell",
        "--no-imports",
        "-c",
        shown,
    )
    assert run.stdout.strip() == f"mail.example.com 587 mailer hush hush {expected} 30"


def test_password_of_a_wrong_database_address_is_not_shown(env: dict[str, str]) -> None:
    said = refusal({**env, "DATABASE_URL": "postgres://u:hush#hush@localhost/x"})
    assert "DATABASE_URL" in said
    assert "hush" not in said


@pytest.mark.parametrize("content", [None, "", "not json", "{}", "[]", '{"clock": {"url": 1}}'])
def test_unreadable_sandbox_file_is_named(
    env: dict[str, str], tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "sandbox.json"
    if content is not None:
        file.write_text(content)
    said = refusal({**env, "ADSENGINE_SANDBOX_INFO": str(file)})
    assert "ADSENGINE_SANDBOX_INFO cannot be used" in said
    assert "manage.py sandbox --json" in said


def test_live_calls_and_sandbox_exclude_each_other(env: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "sandbox.json"
    info = {"clock": {"url": "x"}, "google": {"ca_file": "x"}, "meta": {}, "tiktok": {}}
    file.write_text(json.dumps(info))
    both = {**env, "ADSENGINE_SANDBOX_INFO": str(file), "ADSENGINE_LIVE_CALLS": "true"}
    said = refusal(both)
    assert "ADSENGINE_LIVE_CALLS and ADSENGINE_SANDBOX_INFO exclude each other" in said
    assert manage({**both, "ADSENGINE_LIVE_CALLS": "false"}, "check").returncode == 0


def test_secrets_can_stand_in_files(env: dict[str, str], tmp_path: Path) -> None:
    for name in ("ADSENGINE_SECRET_KEY", "ADSENGINE_FIELD_KEYS", "DATABASE_URL"):
        file = tmp_path / name
        file.write_text(env.pop(name) + "\n")
        env[f"{name}_FILE"] = str(file)
    assert manage(env, "check").returncode == 0


def test_settings_are_read_from_the_env_file_and_the_environment_wins(
    env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        "# what the pages are called\n"
        "ADSENGINE_ALLOWED_HOSTS=from.the.file.example  # a host\n"
        "ADSENGINE_HTTPS=perhaps\n"
    )
    del env["ADSENGINE_ALLOWED_HOSTS"]
    assert "ADSENGINE_HTTPS must be true or false, not 'perhaps'" in refusal(env)
    assert manage({**env, "ADSENGINE_HTTPS": "true"}, "check").returncode == 0


def test_field_key_can_be_made_before_anything_is_set(tmp_path: Path) -> None:
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    made = manage({**bare, "ADSENGINE_LOCAL_DIR": str(tmp_path / "local")}, "new_field_key")
    assert (made.returncode, made.stderr) == (0, "")
    Fernet(made.stdout.strip())


def test_deployment_checks_are_clean(env: dict[str, str]) -> None:
    run = subprocess.run(
        ["sh", str(ROOT / ".ci" / "check-deploy")],
        env={"PATH": env["PATH"], "HOME": env["HOME"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
