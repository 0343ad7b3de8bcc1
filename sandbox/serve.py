"""Runs the whole sandbox in one process: three platforms, one world, one clock."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sandbox.control import clock_app
from sandbox.http.httpd import HttpServer
from sandbox.market.ground_truth import UNITS_PER_USD
from sandbox.market.market import Market
from sandbox.meta.server import meta_app
from sandbox.tiktok.limits import CallLimits
from sandbox.tiktok.server import PREFIX, tiktok_app
from sandbox.world.clock import SandboxClock
from sandbox.world.world import World

SERVICES = ("google", "google_token", "meta", "tiktok", "clock")
STATE_FILE = "world.sqlite3"


class _Stoppable(Protocol):
    def stop(self) -> None: ...


@dataclass
class RunningSandbox:
    """A started sandbox. `info` has the addresses and credentials of each platform."""

    info: dict[str, Any]
    world: World
    clock: SandboxClock
    market: Market
    servers: list[_Stoppable] = field(default_factory=list)
    scratch: tempfile.TemporaryDirectory[str] | None = None

    def stop(self) -> None:
        """Stop all servers; with a state directory the world is already on disk."""
        for server in self.servers:
            server.stop()
        self.servers.clear()
        self.world.close()
        if self.scratch is not None:
            self.scratch.cleanup()


def ports_from(base: int | None) -> dict[str, int]:
    """Consecutive ports, one per service, from `base`; without a base free ones (0)."""
    return {name: base + n if base else 0 for n, name in enumerate(SERVICES)}


def start_sandbox(
    *,
    seed: int = 7,
    start: datetime | None = None,
    state_dir: Path | None = None,
    ports: dict[str, int] | None = None,
    ticking: bool = True,
    outside: bool = True,
    world: World | None = None,
    tiktok_level: str | None = "basic",
) -> RunningSandbox:
    """Serve on loopback from threads of this process.

    `start` (with a time zone; default: now) and `seed` apply to a new world only: a world in
    `state_dir` continues. Without `state_dir` nothing is saved. With `ticking` False the clock
    moves only when it is advanced; `outside` False creates no campaigns made outside AdsEngine.
    A given `world` is served as it is, with its own seed and clock.
    `tiktok_level`: the level of the developer app, whose calls TikTok counts; None: it does not.
    Raises ValueError for a start without zone or an unknown level, OSError when a port is in use.
    """
    ports = {**ports_from(None), **(ports or {})}
    if world is None:
        clock = SandboxClock(start, ticking=ticking)
        path = state_dir / STATE_FILE if state_dir else None
        world = World(seed, start or datetime.now(UTC), path, clock=clock, outside=outside)
    sandbox = RunningSandbox({}, world, world.clock, Market(world))
    if state_dir is None:
        sandbox.scratch = tempfile.TemporaryDirectory(prefix="sandbox-")
        state_dir = Path(sandbox.scratch.name)
    try:
        _start_servers(sandbox, state_dir, ports, CallLimits(tiktok_level))
    except BaseException:
        sandbox.stop()
        raise
    return sandbox


def _start_servers(
    sandbox: RunningSandbox, state_dir: Path, ports: dict[str, int], limits: CallLimits
) -> None:
    world, clock, market = sandbox.world, sandbox.clock, sandbox.market
    sandbox.info["google"] = _start_google(sandbox, state_dir, ports)
    meta = HttpServer(meta_app(world, clock, market), port=ports["meta"])
    sandbox.servers.append(meta)
    sandbox.info["meta"] = _meta_info(world, meta.url)
    tiktok = HttpServer(tiktok_app(world, clock, market, limits), port=ports["tiktok"])
    sandbox.servers.append(tiktok)
    sandbox.info["tiktok"] = _tiktok_info(world, tiktok.url)
    control = HttpServer(clock_app(clock, world), port=ports["clock"])
    sandbox.servers.append(control)
    sandbox.info |= {
        "gemini": None,
        "clock": {"url": control.url},
        "units_per_usd": dict(UNITS_PER_USD),
    }


def _start_google(
    sandbox: RunningSandbox, state_dir: Path, ports: dict[str, int]
) -> dict[str, str]:
    from sandbox.google.server.server import start_google  # gRPC loads slowly

    handle = start_google(
        sandbox.world,
        sandbox.clock,
        market=sandbox.market,
        state_dir=state_dir,
        port=ports["google"],
        token_port=ports["google_token"],
    )
    sandbox.servers.append(handle)
    return {name: str(getattr(handle, name)) for name in _GOOGLE_INFO}


_GOOGLE_INFO = (
    "endpoint",
    "token_uri",
    "ca_file",
    "client_id",
    "client_secret",
    "refresh_token",
    "login_customer_id",
    "customer_id",
)


def _meta_info(world: World, url: str) -> dict[str, str]:
    account = world.account("meta")
    return {
        "base_url": url,
        "access_token": account.access_token,
        "app_id": account.app_id,
        "app_secret": account.app_secret,
        "ad_account_id": f"act_{account.id}",
        "page_id": account.page_id,
        "pixel_id": account.pixel_id,
    }


def _tiktok_info(world: World, url: str) -> dict[str, str]:
    account = world.account("tiktok")
    return {
        "base_url": url + PREFIX.rstrip("/"),
        "access_token": account.access_token,
        "app_id": account.app_id,
        "secret": account.app_secret,
        "advertiser_id": account.id,
        "identity_id": account.identity_id,
        "pixel_id": account.pixel_id,
    }
