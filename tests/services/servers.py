"""Where the tests' PostgreSQL and Redis are, or "" when there is none."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import psycopg
import redis

from tests.workers import NUMBER

# Of a server that happens to run here, the last databases are taken, and only when empty.
_LOCAL_REDIS = "redis://127.0.0.1:6379/15"
_REDIS_DATABASES = 16
_LOCAL_POSTGRES = "postgres:///postgres"  # by the socket, as whoever runs the tests


def postgres_url() -> str:
    url = os.environ.get("ADSENGINE_TEST_POSTGRES") or _LOCAL_POSTGRES
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            query = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            row = connection.execute(query).fetchone()
    except psycopg.Error:
        return ""
    return url if row and row[0] else ""


def redis_url() -> str:
    """A database of this worker's own, counted up from the one that is named.

    With more workers than Redis has databases the count starts over: with the 17th worker the
    first one's tests of Redis may find theirs taken, and then skip or fail aloud.
    """
    given = urlsplit(os.environ.get("ADSENGINE_TEST_REDIS") or _LOCAL_REDIS)
    first = int(given.path.strip("/") or 0)
    url = named(given.geturl(), str((first + NUMBER) % _REDIS_DATABASES))
    client = redis.Redis.from_url(url, socket_connect_timeout=1)
    try:
        taken = client.dbsize()
    except redis.RedisError:
        return ""
    finally:
        client.close()
    return "" if taken else url


def named(url: str, database: str) -> str:
    """The same server, another database."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()
