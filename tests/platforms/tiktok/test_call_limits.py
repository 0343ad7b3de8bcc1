"""The client against an emulator that counts calls as TikTok does for a new app."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platforms.common.call_limits.shared_state import FileState
from platforms.common.calls import reset_governors
from platforms.errors import CallsUsedUp
from platforms.interface import CallRecord, ClientConfig
from platforms.tiktok import limits
from platforms.tiktok.client import TikTokClient
from platforms.types import RemoteRef
from sandbox.http.httpd import HttpServer
from sandbox.market.market import Market
from sandbox.tiktok.errors import ApiError
from sandbox.tiktok.limits import CallLimits
from sandbox.tiktok.server import PREFIX, tiktok_app
from sandbox.world.clock import SandboxClock
from sandbox.world.world import World


class CountingTikTok:
    """An emulator of the basic level, whose clock the tests may move on, and its clients."""

    def __init__(self, folder: Path) -> None:
        self.ahead = 0.0
        clock = SandboxClock(ticking=False)
        self.world = World(7, clock.now(), clock=clock)
        self.counted = CallLimits("basic", lambda: time.time() + self.ahead)
        self.server = HttpServer(tiktok_app(self.world, clock, Market(self.world), self.counted))
        self.records: list[CallRecord] = []
        self.told: list[tuple[str, float]] = []
        self.config = ClientConfig(
            account_id=self.world.account("tiktok").id,
            currency="USD",
            time_zone="UTC",
            secrets={"access_token": self.world.account("tiktok").access_token},
            endpoints={"base_url": self.server.url + PREFIX.rstrip("/")},
            record=self.records.append,
            shared=FileState(folder / "calls.sqlite3"),
            calls_used_up=lambda what, wait: self.told.append((what, wait)),
        )

    def client(self, **changes: Any) -> TikTokClient:
        return TikTokClient(replace(self.config, **changes))

    def outside_calls(self, number: int) -> None:
        """Another program with the same app sends so many at once."""
        for _ in range(number):
            with suppress(ApiError):
                self.counted.count("campaign/get")

    @property
    def refused(self) -> list[str]:
        return [record.operation for record in self.records if record.error_code == "40100"]


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[CountingTikTok]:
    reset_governors()
    started = CountingTikTok(tmp_path)
    yield started
    started.server.stop()
    reset_governors()


def campaign(vendor: CountingTikTok) -> RemoteRef:
    return RemoteRef("campaign", vendor.world.list_campaigns(vendor.config.account_id)[0].id)


def read_often(vendor: CountingTikTok, times: int) -> None:
    client = vendor.client()
    for _ in range(times):
        client.verify()
    client.close()


def test_many_workers_at_once_are_never_refused(vendor: CountingTikTok) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: read_often(vendor, 5), range(6)))
    assert len(vendor.records) == 30
    assert vendor.refused == []


def test_campaign_is_paused_at_once_while_many_workers_read(vendor: CountingTikTok) -> None:
    stop = threading.Event()

    def read() -> None:
        client = vendor.client()
        while not stop.is_set():
            client.verify()
        client.close()

    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(read) for _ in range(5)]
        time.sleep(1.5)
        started = time.monotonic()
        client = vendor.client(lowers=True)
        client.set_status(campaign(vendor), "paused")
        took = time.monotonic() - started
        client.close()
        stop.set()
        for reader in readers:
            reader.result()
    assert vendor.world.campaigns[campaign(vendor).remote_id].status == "paused"
    assert took < 3.0  # generous: its own turn takes no waiting at all
    assert vendor.refused == []


def test_call_that_another_program_left_no_room_for_goes_through_a_second_later(
    vendor: CountingTikTok,
) -> None:
    client = vendor.client()
    vendor.ahead = 0.5  # so that they still count where the machine is slow
    vendor.outside_calls(10)
    vendor.ahead = 0.0
    assert client.verify().external_id == vendor.config.account_id
    client.close()
    assert 1 <= len(vendor.refused) <= 2
    assert vendor.told == []


def test_single_refusals_between_answered_calls_slow_nobody_down_for_long(
    vendor: CountingTikTok,
) -> None:
    client = vendor.client()
    for _ in range(4):
        vendor.world.faults.add("tiktok", "advertiser/info", "throttle")
        client.verify()
    assert len(vendor.refused) == 4
    started = time.monotonic()
    client.verify()
    assert time.monotonic() - started < 3.0
    client.close()
    assert vendor.told == []


def test_quota_that_does_not_return_is_postponed_and_told_and_closed_by_itself(
    vendor: CountingTikTok,
) -> None:
    vendor.outside_calls(601)
    vendor.ahead += 61.0  # of five minutes
    client = vendor.client()
    pace: Any = client.calls._turns
    for _ in range(6):  # what several jobs met before, one after the other
        pace._pace.refused(limits.rules_of("GET advertiser/info"))
        _forget_halt(vendor)
    with pytest.raises(CallsUsedUp) as raised:
        client.verify()
    assert raised.value.retry_after >= 60
    assert [(what, round(wait)) for what, wait in vendor.told] == [("tiktok", 64)]
    before = len(vendor.records)
    with pytest.raises(CallsUsedUp):
        client.verify()
    assert len(vendor.records) == before  # not sent: the halt is every worker's
    vendor.ahead += 301.0
    _forget_halt(vendor)
    client.verify()
    assert vendor.told[-1] == ("tiktok", 0.0)
    client.close()


def test_pause_is_tried_again_soon_while_the_app_is_suspended(vendor: CountingTikTok) -> None:
    """However long others wait, it goes out as soon as TikTok takes calls again."""
    vendor.outside_calls(601)
    vendor.ahead += 61.0  # of five minutes
    client = vendor.client(lowers=True)
    for _ in range(3):
        with pytest.raises(CallsUsedUp) as raised:
            client.set_status(campaign(vendor), "paused")
        assert raised.value.retry_after == 15.0
    vendor.ahead += 240.0
    client.set_status(campaign(vendor), "paused")
    assert vendor.world.campaigns[campaign(vendor).remote_id].status == "paused"
    client.close()


def _forget_halt(vendor: CountingTikTok) -> None:
    """As if the halt had passed."""

    def change(state: dict[str, Any], now: float) -> tuple[dict[str, Any], None]:
        return state | {limits.APP: state[limits.APP] | {"halt": now}}, None

    assert vendor.config.shared is not None
    vendor.config.shared.update("tiktok", change)


def test_limit_of_one_advertiser_is_waited_out_as_well(vendor: CountingTikTok) -> None:
    vendor.world.faults.add("tiktok", "advertiser/info", "throttle", code=40133)
    client = vendor.client()
    assert client.verify().external_id == vendor.config.account_id
    client.close()
    assert [record.error_code for record in vendor.records] == ["40133", ""]
