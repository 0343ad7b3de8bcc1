"""Where the tests' PostgreSQL and Redis are, or "" when there is none."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import psycopg
import redis

# Of a server that happens to run here, the last database is taken, and only when it is empty.
_LOCAL_REDIS = "redis://127.0.0.1:6379/15"
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
    url = os.environ.get("ADSENGINE_TEST_REDIS") or _LOCAL_REDIS
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
