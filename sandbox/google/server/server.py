"""Starts the Google Ads emulator: a gRPC server with TLS and an OAuth token endpoint.

The unmodified official client reaches it with `client_options` endpoint = `handle.endpoint` and
GRPC_DEFAULT_SSL_ROOTS_FILE_PATH = `handle.ca_file`, set before the process's first channel.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from sandbox.google.adopt import complete_outside_objects
from sandbox.google.faults import take_token_fault
from sandbox.google.server.dispatch import Dispatcher
from sandbox.google.server.tls import ensure_authority, server_credentials
from sandbox.google.server.token import OAuthClient, TokenIssuer, TokenServer
from sandbox.google.store import GoogleStore
from sandbox.market.market import Market
from sandbox.world.clock import SandboxClock
from sandbox.world.world import World

PAGE_ROWS = 10_000
_WORKERS = 16
_STOP_SECONDS = 2.0
_OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.max_send_message_length", 64 * 1024 * 1024),
)


@dataclass
class GoogleHandle:
    """The addresses of the emulator and the credentials of a client."""

    endpoint: str
    token_uri: str
    ca_file: Path
    client_id: str
    client_secret: str
    refresh_token: str
    login_customer_id: str
    customer_id: str
    token_issuer: TokenIssuer
    _grpc: Any = field(repr=False)
    _token_server: TokenServer = field(repr=False)

    def stop(self) -> None:
        self._token_server.stop()
        self._grpc.stop(_STOP_SECONDS).wait(_STOP_SECONDS + 1)


def start_google(
    world: World,
    clock: SandboxClock,
    *,
    market: Market,
    state_dir: Path,
    host: str = "127.0.0.1",
    port: int = 0,
    token_port: int = 0,
    page_rows: int = PAGE_ROWS,
) -> GoogleHandle:
    """Start both servers; port 0 takes a free one. `clock` must be the world's own.

    `page_rows` is for tests of paging: the real page has 10,000 rows.
    Raises OSError when a port is in use, ValueError for another clock than the world's.
    """
    if clock is not world.clock:
        raise ValueError("clock: must be the clock of the world, which stamps every change")
    account = world.account("google")
    token_issuer = TokenIssuer(state_dir)
    complete_outside_objects(GoogleStore(world))
    server, bound = _grpc_server(
        Dispatcher(world, market, token_issuer, page_rows), state_dir, host, port
    )
    client = OAuthClient(account.app_id, account.app_secret, account.access_token)
    try:
        token_server = TokenServer(
            client, token_issuer, lambda: take_token_fault(world), host=host, port=token_port
        )
    except OSError:
        server.stop(None)
        raise
    server.start()
    return GoogleHandle(
        endpoint=f"localhost:{bound}",
        token_uri=token_server.uri,
        ca_file=ensure_authority(state_dir),
        client_id=client.client_id,
        client_secret=client.client_secret,
        refresh_token=client.refresh_token,
        login_customer_id=account.manager_id,
        customer_id=account.id,
        token_issuer=token_issuer,
        _grpc=server,
        _token_server=token_server,
    )


def _grpc_server(dispatcher: Dispatcher, state_dir: Path, host: str, port: int) -> tuple[Any, int]:
    workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="google-ads")
    server = grpc.server(workers, handlers=(dispatcher,), options=_OPTIONS)
    try:
        bound = server.add_secure_port(f"{host}:{port}", server_credentials(state_dir))
    except RuntimeError as error:
        raise OSError(f"port {port}: cannot be bound on {host}") from error
    return server, bound
