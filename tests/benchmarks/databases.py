"""A new PostgreSQL database for a benchmark, where a server is configured."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


@contextmanager
def postgresql(folder: Path, *, tiny: bool) -> Iterator[dict[str, str]]:
    """Creates a database on the server of ADSENGINE_TEST_POSTGRES, and drops it at the end; without
    a server the benchmark runs on SQLite, with a note on stderr."""
    server = os.environ.get("ADSENGINE_TEST_POSTGRES", "")
    if not server:
        sys.stderr.write("No PostgreSQL: set ADSENGINE_TEST_POSTGRES. Measuring on SQLite.\n")
        yield {}
        return
    name = f"adsengine_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield {"DATABASE_URL": urlsplit(server)._replace(path=f"/{name}").geturl()}
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            connection.execute(drop)
