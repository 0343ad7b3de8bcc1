"""Starts child processes, restarts those that die, and leaves none behind.

Each child gets its own process group and dies with its parent (Linux), so that neither Ctrl-C nor
a killed supervisor leaves a worker that goes on spending.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from core.lanes import WORKERS, Workers

_PR_SET_PDEATHSIG = 1
_GRACE_SECONDS = 15
_MAX_FAILURES = 5
_CELERY = [
    sys.executable,
    "-W",
    "ignore:You're running the worker",  # containers have one user, and it is root
    "-m",
    "celery",
    "-A",
    "adsengine",
    "-q",
]
_HEALTHY_SECONDS = 60  # a child that ran this long has started well: its failures are reset


def die_with_parent() -> None:
    """Runs in the child before exec. On other systems than Linux only the group kill works."""
    os.setsid()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def interrupt_on_signals() -> None:
    """Ctrl-C and TERM both end a command by KeyboardInterrupt.

    Set for both: a shell starts background processes with Ctrl-C ignored.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def free_port(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass
class Child:
    name: str
    command: list[str]
    env: dict[str, str]
    process: subprocess.Popen[str] | None = None
    relay: threading.Thread | None = None
    started_at: float = 0.0
    failures: int = 0
    first_line: str = ""
    ready: threading.Event = field(default_factory=threading.Event)


class Supervisor:
    def __init__(self, say: Callable[[str], None]) -> None:
        self.children: list[Child] = []
        self.stopping = threading.Event()
        self._say = say

    def start(self, name: str, command: list[str], env: dict[str, str]) -> Child:
        child = Child(name, command, {**os.environ, **env})
        self.children.append(child)
        self._spawn(child)
        return child

    def _spawn(self, child: Child) -> None:
        child.process = subprocess.Popen(
            child.command,
            env=child.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=die_with_parent,
        )
        assert child.process.stdout is not None
        child.started_at = time.monotonic()
        child.relay = threading.Thread(
            target=self._relay, args=(child, child.process.stdout), daemon=True
        )
        child.relay.start()

    def _relay(self, child: Child, lines: IO[str]) -> None:
        for line in lines:
            if not child.first_line:
                child.first_line = line.strip()
                child.ready.set()
                if line.startswith("{"):
                    continue
            if not self.stopping.is_set():
                self._say(f"[{child.name}] {line.rstrip()}")

    def watch(self) -> None:
        """Restart children that died. Raises RuntimeError when one fails again and again."""
        for child in self.children:
            process = child.process
            if process is None or process.poll() is None or self.stopping.is_set():
                continue
            _signal_group(process, signal.SIGKILL)  # its own children may still run
            if time.monotonic() - child.started_at > _HEALTHY_SECONDS:
                child.failures = 0
            child.failures += 1
            if child.failures >= _MAX_FAILURES:
                raise RuntimeError(f"{child.name} does not stay up (exit {process.returncode}).")
            self._say(f"[{child.name}] ended with {process.returncode}; starting it again")
            time.sleep(min(2**child.failures, 10) / 4)
            self._spawn(child)

    def stop(self) -> None:
        """TERM in reverse order, a grace period, then KILL to the whole process groups.

        TERM goes to the group leaders only: they let their own children finish their work.
        """
        self.stopping.set()
        running = [c.process for c in reversed(self.children) if c.process]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(deadline - time.monotonic(), 0.1))
        for process in running:
            _signal_group(process, signal.SIGKILL)
            process.wait()


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def service_commands(*, host: str, port: int, threads: int = 4) -> dict[str, list[str]]:
    """The commands of web, workers and beat, the same for the demo and production."""
    return {
        "web": [
            sys.executable,
            "-m",
            "gunicorn",
            "adsengine.wsgi",
            f"--bind={host}:{port}",
            "--worker-class=gthread",
            f"--threads={threads}",
            "--workers=2",
            "--log-level=warning",
            "--no-control-socket",
        ],
        **{name: _worker_command(name, workers) for name, workers in WORKERS.items()},
        "beat": [*_CELERY, "beat", "--loglevel=WARNING", "--pidfile="],
    }


def _worker_command(name: str, workers: Workers) -> list[str]:
    return [
        *_CELERY,
        "worker",
        f"--hostname={name}@%h",
        f"--queues={workers.queue}",
        f"--pool={workers.pool}",
        f"--concurrency={workers.size}",
        "--loglevel=WARNING",
        "--without-gossip",
        "--without-mingle",
    ]
