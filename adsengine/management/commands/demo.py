"""`manage.py demo`: the whole product on one machine, with simulated ad platforms."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from adsengine.management import story
from adsengine.management.local import FOLDER, SANDBOX_INFO
from adsengine.management.supervisor import (
    Child,
    Supervisor,
    free_port,
    interrupt_on_signals,
    service_commands,
)
from core.common import progress

SANDBOX_PORTS = 5
_START_SECONDS = 60
# A month passes in a minute or two: at the level of a new app most of it would wait for calls.
_TIKTOK_LEVEL, _TIKTOK_CALLS = "ultimate", "50"
_TICK_SECONDS = 60  # while it stays up, an hour of market passes every minute


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= 65_000:
        raise ArgumentTypeError(f"{text!r} is not a port from 1024 to 65000")
    return int(text)


class Command(BaseCommand):
    help = "Start sandbox, web, worker and beat, launch campaigns and play a month of market."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end after the month")
        parser.add_argument("--json", action="store_true", help="one JSON line when it is ready")
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--port", type=_port, default=8000, help="of the pages (default 8000)")
        parser.add_argument(
            "--sandbox-port", type=_port, default=8100, help="first of the sandbox's five ports"
        )
        parser.add_argument(
            "--empty", action="store_true", help="play nothing: take the first steps yourself"
        )
        parser.add_argument("--fresh", action="store_true", help="forget what an earlier demo left")

    def handle(self, *args: Any, **options: Any) -> None:
        if "ADSENGINE_LOCAL" not in os.environ:
            raise CommandError(
                "The demo brings its own settings: unset ADSENGINE_SECRET_KEY and DATABASE_URL."
            )
        if options["empty"] and options["once"]:
            raise CommandError("--once ends after the month; --empty plays none. Leave one out.")
        interrupt_on_signals()
        _check_ports(options)
        self._lock = lock_folder(FOLDER)
        self._quiet = options["json"]
        self._started = time.monotonic()
        supervisor = Supervisor(self._say)
        try:
            self._run(supervisor, options)
        except KeyboardInterrupt:
            self._say("Stopping ...")
        except RuntimeError as err:
            raise CommandError(str(err)) from err
        finally:
            supervisor.stop()

    def _say(self, text: str) -> None:
        """Print progress; with --json on stderr, so that stdout is one line."""
        (self.stderr if self._quiet else self.stdout).write(text, self.style.SUCCESS)
        sys.stdout.flush()

    def _run(self, supervisor: Supervisor, options: dict[str, Any]) -> None:
        self._say("Preparing the database")
        if options["fresh"]:
            _delete_data()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if options["empty"]:
            story.make_user()
        else:
            story.make_people()
            progress.report("The demo is starting", 0)
        self._say("Starting the sandbox: Google, Meta and TikTok over one market")
        env = {
            "ADSENGINE_SANDBOX_INFO": str(_start_sandbox(supervisor, options)),
            "ADSENGINE_TIKTOK_QUERIES_PER_SECOND": _TIKTOK_CALLS,
        }
        self._say("Starting web, workers and beat")
        commands = service_commands(host="127.0.0.1", port=options["port"])
        url = f"http://127.0.0.1:{options['port']}/"
        supervisor.start("web", commands.pop("web"), env)
        _wait_for(url + "healthz", supervisor)  # on a small machine the others start slowly
        for name, command in commands.items():
            supervisor.start(name, command, env)
        self._say(f"The pages are on {url} — sign in as {story.USERNAME} / {story.PASSWORD}")
        if options["empty"]:
            self._print(_sign_in_text(options, url))
            self._keep_going(supervisor, url)
        else:
            self._finish(supervisor, options, url, self._play(supervisor, options, env))

    def _play(
        self, supervisor: Supervisor, options: dict[str, Any], env: dict[str, str]
    ) -> dict[str, Any]:
        """Relay the player's progress; its last line is the summary."""
        lines: list[str] = []
        relay = Supervisor(lambda text: self._relay(text, lines))
        command = [sys.executable, "manage.py", "play", f"--days={options['days']}"]
        child = relay.start("play", command, env)
        try:
            assert child.process is not None
            assert child.relay is not None
            while child.process.poll() is None:
                supervisor.watch()
                time.sleep(0.3)
            child.relay.join(10)  # for its last lines
            if child.process.returncode != 0 or not lines:
                raise RuntimeError("The demo could not be played; see the lines above.")
        finally:
            relay.stop()
        summary: dict[str, Any] = json.loads(lines[-1])["summary"]
        return summary

    def _relay(self, text: str, lines: list[str]) -> None:
        content = text.removeprefix("[play] ")
        if content.startswith('{"summary"'):
            lines.append(content)
        else:
            self._say(content)

    def _finish(
        self, supervisor: Supervisor, options: dict[str, Any], url: str, summary: dict[str, Any]
    ) -> None:
        summary["seconds"]["total"] = round(time.monotonic() - self._started, 1)
        if options["once"]:
            self._print(json.dumps(summary) if options["json"] else _summary_text(summary))
            return
        text = "" if options["json"] else f"\n{_summary_text(summary)}\n"
        self._print(text + _sign_in_text(options, url))
        self._keep_going(supervisor, url)

    def _print(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _keep_going(self, supervisor: Supervisor, url: str) -> None:
        info = json.loads((FOLDER / SANDBOX_INFO).read_text(encoding="utf-8"))
        next_tick = time.monotonic() + _TICK_SECONDS
        while True:
            supervisor.watch()
            if time.monotonic() >= next_tick:
                _advance_an_hour(info["clock"]["url"])
                next_tick += _TICK_SECONDS
            time.sleep(0.5)


def lock_folder(folder: Path) -> IO[str]:
    """Lock the folder until this demo ends: two demos on one database would overwrite each
    other's data. Raises CommandError when another demo has the lock."""
    lock = (folder / "lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise CommandError(
            "A demo runs on these data already. Stop it first, or name another folder with "
            "ADSENGINE_LOCAL_DIR."
        ) from None
    return lock


def _check_ports(options: dict[str, Any]) -> None:
    first = options["sandbox_port"]
    if first <= options["port"] < first + SANDBOX_PORTS:
        raise CommandError(
            f"--port {options['port']} is one of the sandbox's five ports from {first} on. "
            "Choose another --port or --sandbox-port."
        )
    for port in (options["port"], *range(first, first + SANDBOX_PORTS)):
        if not free_port(port):
            flag = "--port" if port == options["port"] else "--sandbox-port"
            raise CommandError(
                f'Port {port} is taken. Choose another: make demo ARGS="{flag} {port + 100}"'
            )


def _delete_data() -> None:
    """Delete the earlier demo's data, except its secrets."""
    import shutil

    for name in ("sandbox", "media", "cache", "broker"):
        shutil.rmtree(FOLDER / name, ignore_errors=True)
    for file in (*FOLDER.glob("adsengine.sqlite3*"), *FOLDER.glob("market_clock.json")):
        file.unlink()
    for part in ("messages", "processed", "control"):
        (FOLDER / "broker" / part).mkdir(parents=True, exist_ok=True, mode=0o700)


def _start_sandbox(supervisor: Supervisor, options: dict[str, Any]) -> Path:
    """Start the sandbox. Its market begins a month ago, so that the month ends about now; with
    --empty it begins now."""
    played = 0 if options["empty"] else options["days"] + 1
    start = datetime.now(UTC) - timedelta(days=played)
    command = [
        sys.executable,
        "manage.py",
        "sandbox",
        f"--tiktok-level={_TIKTOK_LEVEL}",
        "--json",
        f"--port-base={options['sandbox_port']}",
        f"--state-dir={FOLDER / 'sandbox'}",
        f"--start={start:%Y-%m-%dT%H:%M:%SZ}",
    ]
    child = supervisor.start("sandbox", command, {})
    _wait_for_line(child)
    path = FOLDER / SANDBOX_INFO
    path.write_text(child.first_line, encoding="utf-8")
    return path


def _wait_for_line(child: Child) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if child.ready.wait(0.2):
            if child.first_line.startswith("{"):
                return
            raise RuntimeError(f"The sandbox did not start: {child.first_line}")
        if child.process is not None and child.process.poll() is not None:
            raise RuntimeError(f"The sandbox ended at once (exit {child.process.returncode}).")
    raise RuntimeError("The sandbox did not start within a minute.")


def _wait_for(url: str, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        supervisor.watch()
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own page
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"No answer from {url} within a minute.")


def _advance_an_hour(url: str) -> None:
    body = json.dumps({"advance_hours": 1}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            answer.read()
    except OSError:
        return  # the sandbox is being restarted; the next tick comes


def _summary_text(summary: dict[str, Any]) -> str:
    campaigns = sum(summary["campaigns"].values())
    return (
        f"{campaigns} campaigns with {summary['ads']} ads on three platforms, {summary['days']} "
        f"days, {summary['budget_moves']} budget moves, spend {summary['spend']}, revenue "
        f"{summary['revenue']}, in {summary['seconds']['total']} s."
    )


def _sign_in_text(options: dict[str, Any], url: str) -> str:
    if options["json"]:
        return json.dumps({"url": url, "username": story.USERNAME, "password": story.PASSWORD})
    return (
        f"\nOpen {url} and sign in as {story.USERNAME} / {story.PASSWORD}\nCtrl-C stops everything."
    )
