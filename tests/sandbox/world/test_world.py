"""The shared world: ids, histories, all-or-nothing changes, and life after a restart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.market.market import Market
from sandbox.world.clock import SandboxClock
from sandbox.world.model import PLATFORMS, Campaign
from sandbox.world.world import World

START = datetime(2026, 10, 1, 6, tzinfo=UTC)


def _world(path: Path | None = None) -> World:
    return World(7, START, path, clock=SandboxClock(START, ticking=False))


def _campaign(world: World, name: str = "Ours") -> Campaign:
    return world.add_campaign(
        Campaign(
            world.new_id("meta"),
            "meta",
            world.account("meta").id,
            name,
            "paused",
            world.now(),
            daily_budget_micros=50_000_000,
            start_date=date(2026, 10, 5),
        )
    )


def _fail_after(world: World, change: Callable[[], object]) -> None:
    def run() -> None:
        with world.transaction():
            change()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        run()


def test_each_account_has_active_campaigns_made_elsewhere() -> None:
    world = _world()
    for platform in PLATFORMS:
        campaigns = world.list_campaigns(world.account(platform).id)
        assert 1 <= len(campaigns) <= 2
        for campaign in campaigns:
            assert campaign.outside
            assert len(world.list_ads(campaign.account_id, campaign.id)) == 2
            rows = Market(world).rows(
                campaign.account_id, date(2026, 9, 1), date(2026, 9, 30), campaign_id=campaign.id
            )
            assert len({row.day for row in rows}) == 30


def test_accounts_live_in_different_time_zones() -> None:
    zones = {account.time_zone for account in _world().accounts.values()}
    assert zones == {"America/New_York", "America/Los_Angeles", "UTC"}


def test_ids_are_digits_and_never_given_twice() -> None:
    world = _world()
    ids = [world.new_id(platform, kind) for platform in PLATFORMS for kind in ("campaign", "ad")]
    ids += [world.new_id(platform, kind) for platform in PLATFORMS for kind in ("campaign", "ad")]
    assert all(number.isdigit() for number in ids)
    assert len(set(ids)) == len(ids)


def test_history_remembers_what_was_in_force_when() -> None:
    world = _world()
    campaign = _campaign(world)
    world.clock.advance(days=1)
    world.update_campaign(campaign.id, status="active")
    world.clock.advance(days=1)
    world.update_campaign(campaign.id, daily_budget_micros=80_000_000)
    world.clock.advance(days=1)
    world.update_campaign(campaign.id, name="Renamed")
    assert [(s.at - START, s.status, s.daily_budget_micros) for s in campaign.history] == [
        (timedelta(0), "paused", 50_000_000),
        (timedelta(days=1), "active", 50_000_000),
        (timedelta(days=2), "active", 80_000_000),
    ]


def test_failed_transaction_leaves_nothing_behind() -> None:
    world = _world()
    kept = _campaign(world)
    before = dict(world.campaigns)

    def change_much() -> None:
        _campaign(world, "Never")
        world.update_campaign(kept.id, name="Changed", raw={"a": 1}, status="active")
        world.put_object("meta", "images", "x", {"hash": "x"})

    _fail_after(world, change_much)
    assert world.campaigns == before
    assert (kept.name, kept.raw, kept.status, len(kept.history)) == ("Ours", {}, "paused", 1)
    assert world.get_object("meta", "images", "x") is None


def test_inner_failure_that_is_caught_takes_back_only_its_own() -> None:
    world = _world()
    with world.transaction():
        first = _campaign(world, "First")
        _fail_after(world, lambda: _campaign(world, "Second"))
    names = [campaign.name for campaign in world.campaigns.values()]
    assert first.name in names
    assert "Second" not in names


def test_unknown_field_is_refused_and_nothing_changes() -> None:
    world = _world()
    campaign = _campaign(world)
    with pytest.raises(AttributeError, match="colour"):
        world.update_campaign(campaign.id, name="Changed", colour="red")
    assert campaign.name == "Ours"


def test_raw_is_merged_key_by_key() -> None:
    world = _world()
    campaign = _campaign(world)
    world.update_campaign(campaign.id, raw={"a": 1, "b": 2})
    world.update_campaign(campaign.id, raw={"b": 3})
    assert campaign.raw == {"a": 1, "b": 3}


def test_restarted_world_continues_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite3"
    world = _world(path)
    campaign = _campaign(world)
    world.put_object("tiktok", "images", "ad/1", {"made": START, "day": date(2026, 1, 2)})
    world.put_object("meta", "images", "gone", {"hash": "gone"})
    world.drop_object("meta", "images", "gone")
    world.update_campaign(campaign.id, status="active", raw={"bytes": b"\x00\xff"})
    world.clock.advance(days=9)
    # No close: a killed process does not say good-bye either.
    again = World(99, START - timedelta(days=100), path)
    assert again.seed == 7
    assert again.campaigns == world.campaigns
    assert list(again.campaigns) == list(world.campaigns)
    assert again.ads == world.ads
    assert again.objects["tiktok/images"] == world.objects["tiktok/images"]
    assert again.get_object("meta", "images", "gone") is None
    assert again.list_ads(campaign.account_id) == world.list_ads(campaign.account_id)
    assert again.new_id("meta") == world.new_id("meta")
    assert abs(again.now() - (START + timedelta(days=9))) < timedelta(seconds=30)


def test_failed_transaction_does_not_reach_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite3"
    world = _world(path)
    _fail_after(world, lambda: _campaign(world))
    assert set(World(7, START, path).campaigns) == set(world.campaigns)


def test_saved_copy_opens_as_a_world(tmp_path: Path) -> None:
    world = _world()
    campaign = _campaign(world)
    world.save(tmp_path / "copy.sqlite3")
    copy = World(1, START, tmp_path / "copy.sqlite3")
    assert copy.campaigns[campaign.id] == campaign
    assert copy.accounts == world.accounts


def test_faults_are_taken_once_each_in_order() -> None:
    faults = _world().faults
    faults.add("meta", "campaigns.*", "throttle", times=2)
    faults.add("meta", "*", "server_error")
    assert faults.take("tiktok", "campaigns.create") is None
    kinds = [getattr(faults.take("meta", "campaigns.create"), "kind", None) for _ in range(4)]
    assert kinds == ["throttle", "throttle", "server_error", None]


@pytest.mark.parametrize(("kind", "times"), [("flood", 1), ("throttle", 0), ("throttle", True)])
def test_bad_fault_is_refused(kind: str, times: int) -> None:
    faults = _world().faults
    with pytest.raises(ValueError, match=r"kind|times"):
        faults.add("meta", "*", kind, times=times)
    assert faults.pending() == []


def test_random_faults_hit_about_their_share_of_calls_until_cleared() -> None:
    faults = _world().faults
    kinds: list[dict[str, Any]] = [
        {"kind": "throttle"},
        {"kind": "delay", "weight": 3, "detail": {"seconds": 2}},
    ]
    faults.disturb(0.3, kinds, seed=5)
    met = [faults.of_call("meta", "campaigns.create") for _ in range(1000)]
    kinds_met = [fault.kind for fault in met if fault]
    assert 250 < len(kinds_met) < 350
    assert 2 * kinds_met.count("throttle") < kinds_met.count("delay")
    assert {fault.detail["seconds"] for fault in met if fault and fault.kind == "delay"} == {2}
    assert (faults.calls, faults.disturbed.total()) == (1000, len(kinds_met))
    faults.clear()
    assert [faults.of_call("meta", "campaigns.create") for _ in range(100)] == [None] * 100
    assert faults.calls == 1100


def test_random_faults_of_one_seed_are_the_same() -> None:
    def kinds_met() -> list[str]:
        faults = _world().faults
        faults.disturb(0.5, [{"kind": "throttle"}, {"kind": "server_error"}], seed=8)
        return [getattr(faults.of_call("tiktok", "campaign/get"), "kind", "") for _ in range(50)]

    assert kinds_met() == kinds_met()


def test_queued_fault_comes_before_one_at_random_and_no_video_meets_one() -> None:
    faults = _world().faults
    faults.disturb(1, [{"kind": "throttle"}], seed=1)
    faults.add("meta", "*", "expired_token")
    met = [getattr(faults.of_call("meta", "campaigns.create"), "kind", "") for _ in range(2)]
    assert met == ["expired_token", "throttle"]
    assert faults.take("meta", "videos.processing") is None


@pytest.mark.parametrize(
    ("share", "kinds", "field"),
    [
        (0, [{"kind": "throttle"}], "share"),
        (1.1, [{"kind": "throttle"}], "share"),
        (True, [{"kind": "throttle"}], "share"),
        (0.3, [], "kinds"),
        (0.3, ["throttle"], "kinds"),
        (0.3, [{"kind": "flood"}], "kind"),
        (0.3, [{"kind": "throttle", "weight": 0}], "weight"),
        (0.3, [{"kind": "throttle", "detail": 3}], "detail"),
    ],
)
def test_bad_random_faults_are_refused(share: float, kinds: list[Any], field: str) -> None:
    faults = _world().faults
    with pytest.raises(ValueError, match=f"^{field}: "):
        faults.disturb(share, kinds, seed=1)
    assert faults.of_call("meta", "campaigns.create") is None
