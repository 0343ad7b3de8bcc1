"""Servers on loopback that answer badly: slowly, without end, or with far too much."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

MEGABYTE = 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@dataclass
class Server:
    url: str
    sent: int = 0
    """Bytes that it could send."""


@contextmanager
def serving(talk: Callable[[socket.socket, Server], None]) -> Iterator[Server]:
    """A server that reads the start of each request and then talks as it likes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        state = Server(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=answer, args=(connection,), daemon=True).start()

        def answer(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.recv(65536)
                talk(connection, state)

        threading.Thread(target=accept, daemon=True).start()
        yield state


def drip_body(connection: socket.socket, _: Server) -> None:
    connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    for _byte in range(1000):
        connection.sendall(b" ")
        time.sleep(0.1)


def drip_headers(connection: socket.socket, _: Server) -> None:
    connection.sendall(HEAD + b"X-Long: ")
    for _byte in range(1000):
        connection.sendall(b"x")
        time.sleep(0.1)


def say_nothing(connection: socket.socket, _: Server) -> None:
    time.sleep(100)


def continue_for_ever(connection: socket.socket, _: Server) -> None:
    for _time in range(1000):
        connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")
        time.sleep(0.1)


def four_hundred_megabytes(connection: socket.socket, server: Server) -> None:
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % (400 * MEGABYTE))
    _send(connection, server, b" " * MEGABYTE, 400)


def chunks_without_end(connection: socket.socket, server: Server) -> None:
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    _send(connection, server, b"100000\r\n" + b" " * MEGABYTE + b"\r\n", 400)


def gzip_bomb(connection: socket.socket, server: Server) -> None:
    """400 MB of blanks in 400 kB."""
    connection.sendall(
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_BOMB) + _BOMB
    )


_BOMB = gzip.compress(b" " * (400 * MEGABYTE), compresslevel=9)


def _send(connection: socket.socket, server: Server, part: bytes, times: int) -> None:
    for _time in range(times):
        connection.sendall(part)
        server.sent += len(part)
