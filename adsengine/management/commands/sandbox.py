"""`manage.py sandbox`: the simulated platforms on loopback, until interrupted."""

from __future__ import annotations

import json
import signal
import threading
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sandbox.serve import RunningSandbox, ports_from, start_sandbox
from sandbox.tiktok.limits import LEVELS


class Command(BaseCommand):
    help = "Serve a simulated Google, Meta and TikTok over one market; nothing leaves this machine."
    requires_system_checks: list[Any] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one line of JSON first")
        parser.add_argument("--seed", type=int, default=7, help="of a new world (default 7)")
        parser.add_argument(
            "--port-base", type=int, help="first of five ports (default: free ones)"
        )
        parser.add_argument("--state-dir", type=Path, help="keep the world here between runs")
        parser.add_argument(
            "--tiktok-level",
            choices=sorted(LEVELS),
            default="basic",
            help="of the developer app: how many calls TikTok allows (default basic)",
        )
        parser.add_argument("--start", help="market time of a new world, as 2026-10-01T06:00:00Z")

    def handle(self, *args: Any, **options: Any) -> None:
        sandbox = _start(options)
        done = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: done.set())
        text = json.dumps(sandbox.info) if options["json"] else _table(sandbox)
        self.stdout.write(text)
        self.stdout.flush()
        done.wait()
        sandbox.stop()


def _start(options: dict[str, Any]) -> RunningSandbox:
    try:
        start = datetime.fromisoformat(options["start"]) if options["start"] else None
        return start_sandbox(
            seed=options["seed"],
            start=start,
            state_dir=options["state_dir"],
            ports=ports_from(options["port_base"]),
            tiktok_level=options["tiktok_level"],
        )
    except ValueError as error:
        raise CommandError(f"--start: {error}") from error
    except (OSError, RuntimeError) as error:
        raise CommandError(
            f"The sandbox cannot start: {error}. Is another one running? Use another --port-base."
        ) from error


def _table(sandbox: RunningSandbox) -> str:
    info = sandbox.info
    rows = [
        ("Google Ads (gRPC)", info["google"]["endpoint"], info["google"]["customer_id"]),
        ("Meta", info["meta"]["base_url"], info["meta"]["ad_account_id"]),
        ("TikTok", info["tiktok"]["base_url"], info["tiktok"]["advertiser_id"]),
        ("Clock", info["clock"]["url"], f"{sandbox.clock.now():%Y-%m-%d %H:%M} UTC"),
    ]
    return "\n".join(f"{name:<18} {address:<45} {account}" for name, address, account in rows)
