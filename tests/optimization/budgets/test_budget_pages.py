"""Pages of budgets in a client: some changes applied, undone; pacing plans; modes and proof."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, PublishRequest
from core.common import clock, dates
from core.models import Advertiser, AuditEntry, Incident
from optimization import services
from optimization.models import BudgetProposal, PacingPlan, Rebalance, Run
from optimization.tasks import OPTIMIZE_JOB
from platforms.models import AdAccount, PlatformLimits
from tests.fixtures.clients import said
from tests.optimization.live import WORKER, passed


def proposed(advertiser: Advertiser) -> Rebalance:
    return services.propose_rebalance(actor=WORKER, advertiser=advertiser, currency="USD")


def budgets() -> list[int]:
    return [c.daily_budget_micros or 0 for c in Campaign.objects.order_by("pk")]


def settle(rebalance: Rebalance) -> None:
    PublishRequest.objects.filter(state="waiting").update(state="done")
    rebalance.refresh_from_db()
    services.resume(rebalance)


# ---- some of a proposal ------------------------------------------------------------------


def test_only_the_ticked_changes_are_made_and_the_total_holds(
    approver: Client, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    rebalance = proposed(advertiser)
    cut = rebalance.changes.get(campaign=pool[2])
    raised = rebalance.changes.get(campaign=pool[0])
    page = approver.get("/a/acme/optimisation/").content.decode()
    assert f'name="change" value="{cut.pk}" form="apply-USD" checked' in page
    answer = approver.post(
        f"/a/acme/optimisation/{rebalance.pk}/apply/",
        {"some": "1", "change": [cut.pk, raised.pk]},
        follow=True,
    )
    assert said(answer) == ["The cuts are being sent; the raises follow."]
    settle(rebalance)
    cut.refresh_from_db()
    raised.refresh_from_db()
    assert (cut.state, raised.state) == ("asked", "asked")
    assert rebalance.changes.get(campaign=pool[1]).state in {"left_out", "kept"}
    assert sum(budgets()) <= 300_000_000
    assert budgets()[0] > 100_000_000 > budgets()[2]


def test_raises_alone_find_no_room(
    approver: Client, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    rebalance = proposed(advertiser)
    raised = rebalance.changes.get(campaign=pool[0])
    approver.post(
        f"/a/acme/optimisation/{rebalance.pk}/apply/", {"some": "1", "change": [raised.pk]}
    )
    raised.refresh_from_db()
    assert (raised.state, budgets()) == ("kept", [100_000_000] * 3)
    assert not PublishRequest.objects.exists()


@pytest.mark.parametrize("ticked", [[], ["999999"], ["x"]])
def test_ticks_that_cannot_be_meant_change_nothing(
    approver: Client, advertiser: Advertiser, pool: list[Campaign], ticked: list[str]
) -> None:
    rebalance = proposed(advertiser)
    answer = approver.post(
        f"/a/acme/optimisation/{rebalance.pk}/apply/", {"some": "1", "change": ticked}, follow=True
    )
    assert len(said(answer)) == 1
    rebalance.refresh_from_db()
    assert rebalance.state == "proposed"
    assert not BudgetProposal.objects.filter(state="left_out").exists()
    assert not PublishRequest.objects.exists()


def test_a_proposal_expires_after_a_day(
    approver: Client, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    rebalance = proposed(advertiser)
    with clock.freeze(clock.market_now() + timedelta(hours=27)):
        answer = approver.post(f"/a/acme/optimisation/{rebalance.pk}/apply/", follow=True)
    assert "has expired" in said(answer)[0]
    rebalance.refresh_from_db()
    assert rebalance.state == "expired"
    assert not PublishRequest.objects.exists()


# ---- undo --------------------------------------------------------------------------------


def test_a_rebalance_is_undone_with_one_click_and_once(
    approver: Client, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    rebalance = proposed(advertiser)
    approver.post(f"/a/acme/optimisation/{rebalance.pk}/apply/")
    settle(rebalance)
    assert budgets() != [100_000_000] * 3
    approver.post(f"/a/acme/optimisation/{rebalance.pk}/undo/")
    back = Rebalance.objects.get(undoes=rebalance)
    settle(back)
    assert budgets() == [100_000_000] * 3
    assert back.state == "applied"
    again = approver.post(f"/a/acme/optimisation/{rebalance.pk}/undo/", follow=True)
    assert said(again)[-1] == "This rebalance was undone already."
    assert Rebalance.objects.count() == 2


def test_undo_leaves_alone_what_was_changed_since(
    approver: Client, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    rebalance = proposed(advertiser)
    approver.post(f"/a/acme/optimisation/{rebalance.pk}/apply/")
    settle(rebalance)
    Campaign.objects.filter(pk=pool[0].pk).update(daily_budget_micros=77_000_000)
    approver.post(f"/a/acme/optimisation/{rebalance.pk}/undo/")
    settle(Rebalance.objects.get(undoes=rebalance))
    assert budgets()[0] == 77_000_000
    assert budgets()[2] == 100_000_000


def test_an_editor_can_neither_apply_nor_undo(
    editor: Client, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    rebalance = proposed(advertiser)
    assert editor.post(f"/a/acme/optimisation/{rebalance.pk}/apply/").status_code == 403
    assert editor.post(f"/a/acme/optimisation/{rebalance.pk}/undo/").status_code == 403
    assert budgets() == [100_000_000] * 3


# ---- pacing ------------------------------------------------------------------------------


def new_plan(client: Client, **changes: str) -> Any:
    wish = {"name": "Month", "kind": "month", "currency": "USD", "total": "3000", **changes}
    return client.post("/a/acme/pacing/new/", wish, follow=True)


def test_a_plan_is_watched_from_the_page(editor: Client, pool: list[Campaign]) -> None:
    answer = new_plan(editor)
    assert said(answer) == ["“Month” is being watched."]
    plan = PacingPlan.objects.get()
    assert (plan.total_micros, plan.steers, plan.kind) == (3_000_000_000, False, "month")
    assert "Will land at" in answer.content.decode()
    editor.post(f"/a/acme/pacing/{plan.pk}/end/")
    plan.refresh_from_db()
    assert plan.ended_at is not None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"total": "0"}, "total"),
        ({"total": "much"}, "total"),
        ({"currency": "EUR"}, "currency"),
        ({"kind": "flight"}, "first"),
        ({"kind": "flight", "first": "2026-03-01"}, "last"),
        ({"kind": "flight", "first": "2026-03-09", "last": "2026-03-01"}, "last"),
        ({"kind": "flight", "first": "2020-03-01", "last": "2020-03-09"}, "last"),
        ({"first": "2026-03-01"}, "first"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused_at_its_field(
    editor: Client, pool: list[Campaign], changes: dict[str, str], field: str
) -> None:
    answer = new_plan(editor, **changes)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert not PacingPlan.objects.exists()


def test_a_plan_that_sets_the_total_needs_an_admin_and_is_the_only_one(
    approver: Client, admin: Client, pool: list[Campaign]
) -> None:
    assert new_plan(approver, steers="on").status_code == 422
    assert not PacingPlan.objects.exists()
    assert new_plan(admin, steers="on").status_code == 200
    second = new_plan(admin, name="Another", steers="on")
    assert "sets the daily total in USD already" in str(second.context["form"].errors["steers"])
    assert PacingPlan.objects.count() == 1


def test_a_steering_plan_sets_the_total_that_is_spread(
    approver: Client, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    today = dates.today(advertiser.time_zone)
    PacingPlan.objects.create(
        advertiser=advertiser,
        name="Flight",
        kind="flight",
        currency="USD",
        total_micros=2_000_000_000,
        first=today,
        last=today + timedelta(days=7),
        steers=True,
        created_by="x",
    )
    rebalance = proposed(advertiser)
    assert rebalance.total_micros == 250_000_000
    assert sum(c.new_micros for c in rebalance.changes.all()) <= 300_000_000


def test_with_accounts_in_three_zones_a_day_counts_once_it_is_over_in_all(
    advertiser: Advertiser, account: AdAccount
) -> None:
    from datetime import UTC, datetime

    from optimization.pacing.course import pace_of
    from tests.optimization.live import fill, make_campaign

    with clock.freeze(datetime(2026, 3, 15, 2, tzinfo=UTC)):  # the 14th in New York
        for number, zone in enumerate(("America/New_York", "Europe/Berlin", "Asia/Tokyo")):
            mine = AdAccount.objects.create(
                advertiser=advertiser,
                platform="meta",
                external_id=f"z{number}",
                name=zone,
                currency="USD",
                time_zone=zone,
            )
            fill(make_campaign(mine, 50 + number, ads=1), [300], days=20)
        plan = PacingPlan.objects.create(
            advertiser=advertiser,
            name="Month",
            currency="USD",
            total_micros=9_300_000_000,
            created_by="x",
        )
        paced = pace_of(plan)
    assert (paced.today.isoformat(), paced.pace.days_left) == ("2026-03-14", 18)
    assert str(paced.spent) == "$3,900.00"  # thirteen days of three campaigns at 100.00


def test_a_plan_that_goes_off_opens_an_incident_and_closes_it_again(
    advertiser: Advertiser, pool: list[Campaign]
) -> None:
    today = dates.today(advertiser.time_zone)
    plan = PacingPlan.objects.create(
        advertiser=advertiser,
        name="Flight",
        kind="flight",
        currency="USD",
        total_micros=1_000_000_000,
        first=today - timedelta(days=10),
        last=today + timedelta(days=10),
        created_by="x",
    )
    services.check_pacing(advertiser)
    incident = Incident.objects.get(key=f"pacing:{plan.pk}")
    assert "over plan" in incident.title
    plan.total_micros = 6_300_000_000
    plan.save()
    services.check_pacing(advertiser)
    incident.refresh_from_db()
    assert incident.resolved_at is not None


# ---- modes and proof ---------------------------------------------------------------------


def test_letting_workers_act_needs_an_admin(
    editor: Client, approver: Client, admin: Client, advertiser: Advertiser
) -> None:
    wish = {"mode": "suggest", "mode_budget": "act"}
    refused = approver.post("/a/acme/automation/modes/", wish)
    assert refused.status_code == 422
    advertiser.refresh_from_db()
    assert advertiser.modes == {}
    admin.post("/a/acme/automation/modes/", wish)
    advertiser.refresh_from_db()
    assert (advertiser.mode, advertiser.modes) == ("suggest", {"budget": "act"})
    entry = AuditEntry.objects.get(action="set modes")
    assert entry.after["modes"] == {"budget": "act"}
    editor.post("/a/acme/automation/modes/", {"mode": "watch", "mode_budget": ""})
    advertiser.refresh_from_db()
    assert (advertiser.mode, advertiser.modes) == ("watch", {})


def test_campaigns_drawn_by_lot_are_left_alone(
    approver: Client, advertiser: Advertiser, pool: list[Campaign], account: AdAccount
) -> None:
    from tests.optimization.live import fill, make_campaign

    for number in range(10, 17):
        # Whoever is drawn, which depends on their ids, the others differ.
        fill(make_campaign(account, number, ads=1), [300], 60 * (number - 9))
    approver.post("/a/acme/automation/proof/", {"proof": "campaigns", "percent": "20"})
    held = set(Campaign.objects.filter(held_out=True).values_list("pk", flat=True))
    assert len(held) == 2
    changed = proposed(advertiser).changes.values_list("campaign_id", flat=True)
    assert held & set(changed) == set()
    assert len(changed) == 8
    approver.post("/a/acme/automation/proof/", {"proof": "none", "percent": "20"})
    assert not Campaign.objects.filter(held_out=True).exists()


def test_too_few_campaigns_cannot_be_the_proof(
    approver: Client, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    answer = approver.post("/a/acme/automation/proof/", {"proof": "campaigns", "percent": "20"})
    assert answer.status_code == 422
    assert "too few" in str(answer.context["leave"].errors["percent"])
    advertiser.refresh_from_db()
    assert advertiser.proof == "none"
    assert not Campaign.objects.filter(held_out=True).exists()


def test_every_second_week_is_left_alone(acting: Advertiser, pool: list[Campaign]) -> None:
    from optimization.automation.incrementality import is_holdout_week

    acting.proof = "weeks"
    found = [is_holdout_week(acting, f"2026-12-{day:02d}") for day in range(14, 32)]
    assert found == [found[0]] * 7 + [not found[0]] * 7 + [found[0]] * 4


def test_proof_and_room_are_said_in_words(approver: Client, pool: list[Campaign]) -> None:
    page = approver.get("/a/acme/automation/").content.decode()
    assert "There is no control group, so a gain cannot be told from chance." in page
    assert "A free split of the same budget over 3 campaigns" in page
    approver.post("/a/acme/automation/proof/", {"proof": "weeks", "percent": "10"})
    assert "Cannot tell yet" in approver.get("/a/acme/automation/").content.decode()


# ---- passes and the stop switch ----------------------------------------------------------


def test_a_pass_is_read_and_asked_for(
    editor: Client, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    from core.models import Job

    run = passed(advertiser)
    listed = editor.get("/a/acme/runs/").content.decode()
    assert (
        "Checked 3 campaigns: 0 changed, 3 left alone (fewer than two ads, nothing to test)"
        in listed
    )
    page = editor.get(f"/a/acme/runs/{run.pk}/?state=skipped").content.decode()
    assert page.count("Fewer than two ads, nothing to test") == 3
    assert "▲ more" in page
    answer = editor.get(f"/a/acme/runs/{run.pk}/?state=failed").content.decode()
    assert "No campaign of this run has that outcome." in answer
    editor.post("/a/acme/runs/now/")
    assert Job.objects.filter(kind=OPTIMIZE_JOB, advertiser=advertiser).count() == 1
    assert Run.objects.count() == 1


def test_one_platform_is_stopped_and_lifted_from_any_page(
    editor: Client, approver: Client, account: AdAccount
) -> None:
    answer = editor.post("/a/acme/stop/", {"platform": "meta", "reason": "Odd spend"}, follow=True)
    page = answer.content.decode()
    assert "The stop switch of Meta is on." in page
    assert "“Odd spend”" in page
    assert editor.post("/a/acme/stop/", {"platform": "bing"}, follow=True).status_code == 200
    assert PlatformLimits.objects.filter(stopped_at__isnull=False).count() == 1
    approver.post("/a/acme/lift-stop/", {"platform": "meta"})
    assert not PlatformLimits.objects.filter(stopped_at__isnull=False).exists()
