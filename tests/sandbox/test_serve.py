"""The running sandbox: addresses, keep-alive, dropped connections, restart."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.http.httpd import HttpServer
from sandbox.http.webapp import Request, Response, as_wsgi
from sandbox.serve import RunningSandbox, start_sandbox

START = datetime(2026, 10, 1, 6, tzinfo=UTC)
CAMPAIGN = {
    "name": "Ours",
    "objective": "OUTCOME_SALES",
    "special_ad_categories": "[]",
    "daily_budget": "5000",
    "status": "PAUSED",
}


@pytest.fixture
def sandbox(tmp_path: Path, google_state_dir: Path) -> Iterator[RunningSandbox]:
    (tmp_path / "google_tls").symlink_to(google_state_dir / "google_tls")
    running = start_sandbox(start=START, state_dir=tmp_path, ticking=False)
    yield running
    running.stop()


def _meta(sandbox: RunningSandbox) -> httpx.Client:
    info = sandbox.info["meta"]
    headers = {"Authorization": f"Bearer {info['access_token']}"}
    return httpx.Client(base_url=f"{info['base_url']}/v26.0", headers=headers)


def test_info_has_the_agreed_shape(sandbox: RunningSandbox) -> None:
    info = sandbox.info
    assert json.loads(json.dumps(info)) == info
    assert set(info) == {"google", "meta", "tiktok", "gemini", "clock", "units_per_usd"}
    assert set(info["google"]) == {
        "endpoint",
        "token_uri",
        "ca_file",
        "client_id",
        "client_secret",
        "refresh_token",
        "login_customer_id",
        "customer_id",
    }
    assert info["meta"]["ad_account_id"].startswith("act_")
    assert info["tiktok"]["base_url"].endswith("/open_api/v1.3")
    assert info["gemini"] is None


def test_platforms_share_one_clock(sandbox: RunningSandbox) -> None:
    moved = httpx.post(sandbox.info["clock"]["url"], json={"advance_days": 1})
    assert moved.json() == {"now": "2026-10-02T06:00:00Z"}
    assert sandbox.world.now() == datetime(2026, 10, 2, 6, tzinfo=UTC)


def test_lost_answer_drops_the_connection_after_the_commit(sandbox: RunningSandbox) -> None:
    account = sandbox.info["meta"]["ad_account_id"]
    fault = {"platform": "meta", "operation": "campaigns.create", "kind": "lose_answer"}
    httpx.post(f"{sandbox.info['clock']['url']}/faults", json=fault)
    with _meta(sandbox) as client, pytest.raises(httpx.RemoteProtocolError):
        client.post(f"/{account}/campaigns", data=CAMPAIGN)
    assert [c.name for c in sandbox.world.campaigns.values()].count("Ours") == 1


def test_time_out_before_the_commit_leaves_nothing(sandbox: RunningSandbox) -> None:
    account = sandbox.info["meta"]["ad_account_id"]
    sandbox.world.faults.add("meta", "campaigns.create", "timeout_before")
    with _meta(sandbox) as client, pytest.raises(httpx.RemoteProtocolError):
        client.post(f"/{account}/campaigns", data=CAMPAIGN)
    assert [c.name for c in sandbox.world.campaigns.values()].count("Ours") == 0


def test_restarted_sandbox_is_found_again_with_its_campaigns(
    tmp_path: Path, google_state_dir: Path
) -> None:
    (tmp_path / "google_tls").symlink_to(google_state_dir / "google_tls")
    first = start_sandbox(start=START, state_dir=tmp_path)
    account = first.info["meta"]["ad_account_id"]
    port = int(first.info["meta"]["base_url"].rpartition(":")[2])
    with _meta(first) as client:
        made = client.post(f"/{account}/campaigns", data=CAMPAIGN).json()["id"]
        first.stop()
        with pytest.raises(httpx.TransportError):
            client.get(f"/{made}")
        second = start_sandbox(seed=1, state_dir=tmp_path, ports={"meta": port})
        try:
            assert client.get(f"/{made}?fields=name").json() == {"name": "Ours", "id": made}
        finally:
            second.stop()
    assert second.info["meta"] == first.info["meta"]


def test_port_that_is_taken_is_an_error(tmp_path: Path, google_state_dir: Path) -> None:
    (tmp_path / "google_tls").symlink_to(google_state_dir / "google_tls")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            start_sandbox(start=START, state_dir=tmp_path, ports={"tiktok": port})


def _echo(request: Request) -> Response:
    fields, files = request.parts
    sizes = {file.name: [file.filename, len(file.content)] for file in files}
    return Response(200, {"query": request.query, "fields": fields, "files": sizes})


@pytest.fixture
def echo() -> Iterator[httpx.Client]:
    server = HttpServer(as_wsgi(_echo))
    with httpx.Client(base_url=server.url) as client:
        yield client
    server.stop()


def test_server_keeps_the_connection_open(echo: httpx.Client) -> None:
    ports = set()
    for _ in range(3):
        stream: Any = echo.get("/").extensions["network_stream"]
        ports.add(stream.get_extra_info("client_addr"))
    assert len(ports) == 1


def test_multipart_form_and_json_bodies_are_read(echo: httpx.Client) -> None:
    body = b"\r\n--x\r\n\x00" * 3
    sent = echo.post("/?a=1", data={"b": "ü & ="}, files={"file": ("a.bin", body)}).json()
    assert sent == {"query": {"a": "1"}, "fields": {"b": "ü & ="}, "files": {"file": ["a.bin", 24]}}
    assert echo.post("/", data={"c": "[1, 2]", "d": ""}).json()["fields"] == {
        "c": "[1, 2]",
        "d": "",
    }
    assert echo.post("/", json={"e": [1]}).json()["fields"] == {"e": [1]}


def test_chunked_body_is_read(echo: httpx.Client) -> None:
    def parts() -> Iterator[bytes]:
        yield b'{"a": '
        yield b"1}"

    headers = {"Content-Type": "application/json"}
    assert echo.post("/", content=parts(), headers=headers).json()["fields"] == {"a": 1}


def test_many_callers_at_once_create_no_duplicate_ids(sandbox: RunningSandbox) -> None:
    account = sandbox.info["meta"]["ad_account_id"]
    made: list[str] = []

    def create() -> None:
        with _meta(sandbox) as client:
            for _ in range(5):
                made.append(client.post(f"/{account}/campaigns", data=CAMPAIGN).json()["id"])

    threads = [threading.Thread(target=create) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 30
    assert set(made) <= set(sandbox.world.campaigns)
