"""The market's clock, in process and over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.control import clock_app
from sandbox.world.clock import SandboxClock
from sandbox.world.world import World

START = datetime(2026, 10, 1, 6, tzinfo=UTC)


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock(START, ticking=False)


@pytest.fixture
def world(clock: SandboxClock) -> World:
    return World(7, START, clock=clock)


@pytest.fixture
def client(clock: SandboxClock, world: World) -> httpx.Client:
    app: Any = clock_app(clock, world)
    return httpx.Client(transport=httpx.WSGITransport(app), base_url="http://clock")


def test_clock_ticks_with_real_time() -> None:
    real = [datetime(2030, 1, 1, tzinfo=UTC)]
    clock = SandboxClock(START, real=lambda: real[0])
    real[0] += timedelta(seconds=90)
    assert clock.now() == START + timedelta(seconds=90)


def test_clock_moves_forward() -> None:
    clock = SandboxClock(START, ticking=False)
    assert clock.advance(days=2, hours=3) == START + timedelta(days=2, hours=3)
    assert clock.now() == START + timedelta(days=2, hours=3)


@pytest.mark.parametrize("days", [0, -1, 401, float("nan"), float("inf")])
def test_bad_step_is_refused_and_the_clock_stays(clock: SandboxClock, days: float) -> None:
    with pytest.raises(ValueError, match="400 days"):
        clock.advance(days=days)
    assert clock.now() == START


def test_start_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        SandboxClock(START.replace(tzinfo=None))


def test_get_tells_the_time(client: httpx.Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.json()) == (200, {"now": "2026-10-01T06:00:00Z"})


@pytest.mark.parametrize(
    ("body", "now"),
    [
        ({"advance_days": 2}, "2026-10-03T06:00:00Z"),
        ({"advance_hours": 1.5}, "2026-10-01T07:30:00Z"),
    ],
)
def test_post_moves_the_clock(client: httpx.Client, body: dict[str, Any], now: str) -> None:
    assert client.post("/", json=body).json() == {"now": now}
    assert client.get("/").json() == {"now": now}


@pytest.mark.parametrize(
    "text",
    [
        '{"advance_days": -1}',
        '{"advance_days": 0}',
        '{"advance_days": NaN}',
        '{"advance_days": 1e9}',
        '{"advance_days": "2"}',
        '{"advance_days": true}',
        '{"advance_days": 1, "advance_hours": 1}',
        '{"advance_weeks": 1}',
        "{}",
        "[1]",
        '{"advance_days":',
    ],
)
def test_bad_body_is_refused(client: httpx.Client, clock: SandboxClock, text: str) -> None:
    answer = client.post("/", content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert clock.now() == START


def test_another_path_is_not_found(client: httpx.Client) -> None:
    assert client.get("/elsewhere").status_code == 404


def test_faults_are_queued_and_cleared_over_http(client: httpx.Client) -> None:
    fault = {"platform": "meta", "operation": "ads.create", "kind": "lose_answer", "times": 2}
    shown = [{**fault, "detail": {"seconds": 1}}]
    assert (
        client.post("/faults", json={**fault, "detail": {"seconds": 1}}).json()["faults"] == shown
    )
    assert client.get("/faults").json()["faults"] == shown
    assert client.delete("/faults").json()["faults"] == []


def test_bad_fault_is_refused_over_http(client: httpx.Client) -> None:
    answer = client.post("/faults", json={"platform": "meta", "operation": "*", "kind": "flood"})
    assert answer.status_code == 400
    assert "flood" in answer.json()["error"]
    assert client.get("/faults").json()["faults"] == []


def test_random_faults_are_switched_on_counted_and_off_over_http(
    client: httpx.Client, world: World
) -> None:
    wish = {"share": 1, "kinds": [{"kind": "throttle"}], "seed": 3}
    assert client.post("/faults", json=wish).status_code == 200
    assert world.faults.of_call("meta", "campaigns.create") is not None
    known = client.get("/faults").json()
    assert (known["calls"], known["disturbed"]) == (1, {"throttle": 1})
    client.delete("/faults")
    assert world.faults.of_call("meta", "campaigns.create") is None
    assert client.get("/faults").json()["calls"] == 2


@pytest.mark.parametrize("change", [{"kinds": "throttle"}, {"seed": "x"}, {"share": 2}])
def test_bad_random_faults_are_refused_over_http(
    client: httpx.Client, world: World, change: dict[str, Any]
) -> None:
    wish = {"share": 1, "kinds": [{"kind": "throttle"}], "seed": 3, **change}
    answer = client.post("/faults", json=wish)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{next(iter(change))}: ")
    assert world.faults.of_call("meta", "campaigns.create") is None


def test_outside_edit_changes_a_campaign(client: httpx.Client, world: World) -> None:
    campaign = next(item for item in world.campaigns.values() if item.platform == "tiktok")
    campaign.raw = {"budget": 70.0}
    edit = {"campaign_id": campaign.id, "status": "paused", "daily_budget_micros": 5_000_000}
    assert client.post("/edits", json=edit).json() == edit
    assert (campaign.status, campaign.daily_budget_micros) == ("paused", 5_000_000)
    assert campaign.raw == {"budget": 5.0}


@pytest.mark.parametrize(
    "change", [{"colour": "red"}, {"status": "gone"}, {"daily_budget_micros": 0}]
)
def test_bad_outside_edit_is_refused(
    client: httpx.Client, world: World, change: dict[str, Any]
) -> None:
    campaign = next(item for item in world.campaigns.values() if item.platform == "meta")
    google = next(item for item in world.campaigns.values() if item.platform == "google")
    before = campaign.history[-1]
    assert client.post("/edits", json={"campaign_id": campaign.id, **change}).status_code == 400
    for number in ("1", google.id):
        edit = {"campaign_id": number, "status": "paused"}
        assert client.post("/edits", json=edit).status_code == 400
    assert google.status == "active"
    assert campaign.history[-1] == before
