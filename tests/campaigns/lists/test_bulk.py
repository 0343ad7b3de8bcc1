"""Bulk changes: shown first with each refusal, asked for exactly as shown, told row by row."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from campaigns.bulk import changes
from campaigns.models import Ad, Brief, Campaign, Label, PublishRequest
from core.models import Advertiser, AuditEntry, Job
from tests.campaigns.lists.pages import LIST
from tests.campaigns.page_rows import NOW, make_account, make_ad, make_campaign
from tests.fixtures.clients import text
from tests.fixtures.people import make_advertiser

pytestmark = pytest.mark.usefixtures("noon")
BULK = f"{LIST}bulk/"


@pytest.fixture
def three(advertiser: Advertiser) -> list[Campaign]:
    """Daily budgets of $20.01, $30.00 and $6.00, the platform's minimum being $5.00."""
    account = make_account(advertiser)
    budgets = {"Boots": 20_010_000, "Hats": 30_000_000, "Socks": 6_000_000}
    return [make_campaign(account, n, daily_budget_micros=b) for n, b in budgets.items()]


def look(client: Client, rows: list[Any], do: str, level: str = "campaigns", **more: str) -> Any:
    wish = {"do": do, "level": level, level: [row.pk for row in rows], **more}
    return client.get(BULK, wish)


def ask(client: Client, seen: Any, **more: str) -> Any:
    """Send back what the page that was seen holds."""
    page = seen.content.decode()
    form = page[page.index('<form method="post" class="stack"') :]
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    sent: dict[str, list[str]] = {}
    for name, value in fields:
        sent.setdefault(name, []).append(value)
    return client.post(BULK, {**sent, **more})


def told(response: Any) -> list[tuple[str, str, str]]:
    changes = response.context["changes"]
    return [(c.before_shown, c.after_shown, c.refusal) for c in changes]


def nothing_happened() -> bool:
    ledgers = (PublishRequest, AuditEntry, Job)
    return not any(model._default_manager.exists() for model in ledgers)


def budgets() -> list[int | None]:
    return list(Campaign.objects.order_by("pk").values_list("daily_budget_micros", flat=True))


# ---- budgets ----


def test_a_percentage_rounds_down_to_the_minor_unit_and_shows_refusals(
    approver: Client, three: list[Campaign]
) -> None:
    seen = look(approver, three, "budget", how="percent", value="-33.3")
    assert told(seen) == [
        ("$20.01", "$13.34", ""),
        ("$30.00", "$20.01", ""),
        ("$6.00", "$4.00", "$4.00 a day is below the minimum of $5.00."),
    ]
    assert [(str(a), str(b)) for a, b in seen.context["sums"]] == [("$50.01", "$33.35")]
    assert "1 of 3 would be refused" in text(seen)
    assert nothing_happened()
    assert budgets() == [20_010_000, 30_000_000, 6_000_000]


def test_what_was_shown_is_asked_for_and_told_row_by_row(
    approver: Client, three: list[Campaign]
) -> None:
    seen = look(approver, three, "budget", how="percent", value="-33.3")
    done = ask(approver, seen, reason="Sale is over")
    assert told(done) == [("$20.01", "$13.34", ""), ("$30.00", "$20.01", "")]
    assert "2 changes requested" in text(done)
    assert budgets() == [13_340_000, 20_010_000, 6_000_000]
    sent = PublishRequest.objects.order_by("pk")
    assert [r.payload["micros"] for r in sent] == [13_340_000, 20_010_000]
    assert set(AuditEntry.objects.values_list("reason", flat=True)) == {"Sale is over"}


@pytest.mark.parametrize(
    ("how", "value", "after"),
    [
        ("set", "25", ["$25.00", "$25.00", "$25.00"]),
        ("amount", "+2.50", ["$22.51", "$32.50", "$8.50"]),
        ("amount", "-1", ["$19.01", "$29.00", "$5.00"]),
        ("percent", "10%", ["$22.01", "$33.00", "$6.60"]),
        ("percent", "−10", ["$18.00", "$27.00", "$5.40"]),
    ],
)
def test_budgets_change_to_by_amount_and_by_percent(
    how: str, value: str, after: list[str], approver: Client, three: list[Campaign]
) -> None:
    seen = look(approver, three, "budget", how=how, value=value)
    assert [change.after_shown for change in seen.context["changes"]] == after


def test_a_reason_holds_nothing_that_a_database_does_not_take(
    approver: Client, three: list[Campaign]
) -> None:
    ask(approver, look(approver, three[:1], "pause"), reason="Sale\x00 is over")
    assert PublishRequest.objects.get().reason == "Sale is over"


@pytest.mark.parametrize("pk", ["9" * 5000, "²", "-1", ""])
def test_a_row_that_was_never_shown_is_left_alone(
    pk: str, approver: Client, three: list[Campaign]
) -> None:
    seen = look(approver, three, "pause")
    answer = ask(approver, seen, change=f"{pk}:active:paused")
    assert (answer.status_code, answer.context["changes"]) == (200, [])
    assert nothing_happened()


@pytest.mark.parametrize("value", ["lots", "nan", "1e400", "-100", "2000"])
def test_a_percentage_that_cannot_be_used_is_named(
    value: str, approver: Client, three: list[Campaign]
) -> None:
    seen = look(approver, three, "budget", how="percent", value=value)
    assert seen.status_code == 422
    assert 'role="alert"' in text(seen)
    assert nothing_happened()


def test_caps_count_the_rows_before(
    approver: Client, three: list[Campaign], advertiser: Advertiser
) -> None:
    advertiser.max_daily_total_micros = 60_000_000
    advertiser.save()
    seen = look(approver, three, "budget", how="amount", value="3")
    refusals = [bool(change.refusal) for change in seen.context["changes"]]
    assert refusals == [False, True, True]


@pytest.mark.django_db(transaction=True)
def test_a_preview_holds_no_row_from_one_change_to_the_next(
    approver: Client, three: list[Campaign], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop switch and a pause would wait for all of it."""
    of_a_row, seen = changes._rolled_back, []

    def one(*args: Any) -> Any:
        seen.append(connection.in_atomic_block)
        return of_a_row(*args)

    monkeypatch.setattr(changes, "_rolled_back", one)
    shown = look(approver, three, "budget", how="percent", value="5")
    assert [change.goes for change in shown.context["changes"]] == [True, True, True]
    assert seen == [False, False, False]
    assert nothing_happened()


def test_yen_have_no_minor_unit(approver: Client, advertiser: Advertiser) -> None:
    account = make_account(advertiser, currency="JPY", min_daily_budget_micros=100_000_000)
    campaign = make_campaign(account, daily_budget_micros=1_001_000_000)
    seen = look(approver, [campaign], "budget", how="percent", value="10")
    assert told(seen) == [("¥1,001", "¥1,101", "")]


def test_a_percentage_rounds_down_to_what_the_platform_counts(
    approver: Client, advertiser: Advertiser
) -> None:
    """Meta takes whole forints, whatever ISO 4217 says."""
    account = make_account(advertiser, currency="HUF", min_daily_budget_micros=100_000_000)
    campaign = make_campaign(account, daily_budget_micros=1_001_000_000)
    seen = look(approver, [campaign], "budget", how="percent", value="-10")
    assert told(seen) == [("HUF 1,001.00", "HUF 900.00", "")]


def test_without_a_budget_there_is_nothing_to_start_from(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser), daily_budget_micros=None)
    seen = look(approver, [campaign], "budget", how="percent", value="10")
    assert told(seen) == [("–", "–", "It has no daily budget to start from.")]


def test_a_budget_that_moved_meanwhile_is_not_changed(
    approver: Client, three: list[Campaign]
) -> None:
    seen = look(approver, three[:2], "budget", how="set", value="25")
    Campaign.objects.filter(name="Boots").update(daily_budget_micros=19_000_000)
    done = ask(approver, seen)
    assert told(done)[0][2] == "It was changed meanwhile and is $19.00 now. Look again."
    assert budgets()[:2] == [19_000_000, 25_000_000]


@pytest.mark.parametrize("token", ["", "x:1:2", "{pk}:20010000:lots", "{pk}:20010000:"])
def test_values_that_nobody_was_shown_change_nothing(
    token: str, approver: Client, three: list[Campaign]
) -> None:
    pk = three[0].pk
    sent = {"do": "budget", "level": "campaigns", "campaigns": pk, "change": token.format(pk=pk)}
    assert approver.post(BULK, sent).status_code == 200
    assert nothing_happened()


# ---- roles and tenant isolation ----


def test_an_editor_lowers_and_is_told_that_raising_needs_an_approver(
    editor: Client, three: list[Campaign]
) -> None:
    raised = look(editor, three, "budget", how="set", value="25")
    assert [bool(c.refusal) for c in raised.context["changes"]] == [True, False, True]
    assert "needs the role approver" in text(raised)
    ask(editor, raised)
    assert budgets() == [20_010_000, 25_000_000, 6_000_000]


def test_an_editor_cannot_resume(editor: Client, three: list[Campaign]) -> None:
    Campaign.objects.update(wanted="paused", remote="paused")
    seen = look(editor, three, "resume")
    assert all("approver" in change.refusal for change in seen.context["changes"])
    sent = {
        "do": "resume",
        "level": "campaigns",
        "campaigns": three[0].pk,
        "change": f"{three[0].pk}:paused:active",
    }
    editor.post(BULK, sent)
    assert set(Campaign.objects.values_list("wanted", flat=True)) == {"paused"}
    assert not PublishRequest.objects.exists()


def test_a_viewer_is_kept_out(viewer: Client, three: list[Campaign]) -> None:
    assert look(viewer, three, "pause").status_code == 403
    assert "Pause…" not in text(viewer.get(LIST))


def test_one_foreign_row_and_none_is_found(approver: Client, three: list[Campaign]) -> None:
    theirs = make_campaign(make_account(make_advertiser("rival")), "Theirs")
    assert look(approver, [*three, theirs], "pause").status_code == 404
    sent = {
        "do": "pause",
        "level": "campaigns",
        "campaigns": theirs.pk,
        "change": f"{theirs.pk}:active:paused",
    }
    assert approver.post(BULK, sent).status_code == 404
    theirs.refresh_from_db()
    assert theirs.wanted == "active"


def test_a_change_of_a_row_that_was_not_ticked_is_left_out(
    approver: Client, three: list[Campaign]
) -> None:
    sent = {
        "do": "pause",
        "level": "campaigns",
        "campaigns": three[0].pk,
        "change": f"{three[1].pk}:active:paused",
    }
    approver.post(BULK, sent)
    assert nothing_happened()


# ---- pause, resume ----


def test_pausing_says_what_is_so_already(approver: Client, three: list[Campaign]) -> None:
    Campaign.objects.filter(name="Hats").update(wanted="paused")
    Campaign.objects.filter(name="Socks").update(managed=False, origin="elsewhere")
    seen = look(approver, three, "pause")
    assert [(c.goes, c.same, bool(c.refusal)) for c in seen.context["changes"]] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert nothing_happened()
    ask(approver, seen)
    assert list(Campaign.objects.order_by("pk").values_list("wanted", flat=True)) == [
        "paused",
        "paused",
        "active",
    ]


def test_the_stop_switch_refuses_every_resume(
    approver: Client, three: list[Campaign], advertiser: Advertiser
) -> None:
    Campaign.objects.update(wanted="paused", remote="paused")
    approver.post("/a/acme/stop/", {"reason": "Wrong prices"})
    seen = look(approver, three, "resume")
    assert all("stop switch is on" in change.refusal for change in seen.context["changes"])


def test_ads_and_ad_groups_are_paused_too(approver: Client, three: list[Campaign]) -> None:
    ads = [make_ad(three[0], "Blue"), make_ad(three[0], "Red")]
    group = three[0].ad_groups.get()
    group.remote_id, group.wanted = "g1", "active"
    group.save()
    ask(approver, look(approver, ads, "pause", "ads"))
    ask(approver, look(approver, [group], "pause", "ad_groups"))
    assert set(Ad.objects.values_list("wanted", flat=True)) == {"paused"}
    group.refresh_from_db()
    assert group.wanted == "paused"
    assert look(approver, ads, "budget", "ads", value="5").status_code == 302


def test_without_a_tick_the_list_says_so(approver: Client, three: list[Campaign]) -> None:
    answer = approver.get(BULK, {"do": "pause", "level": "campaigns"}, follow=True)
    assert "Tick at least one row first" in text(answer)


def test_an_unknown_action_changes_nothing(approver: Client, three: list[Campaign]) -> None:
    answer = look(approver, three, "burn")
    assert answer.status_code == 302
    assert nothing_happened()


# ---- labels, copies, export ----


def test_labels_are_added_and_removed_and_the_last_takes_the_label_along(
    approver: Client, three: list[Campaign]
) -> None:
    ask(approver, look(approver, three[:2], "label", label="  Spring   sale "))
    label = Label.objects.get()
    assert label.name == "Spring sale"
    assert set(label.campaigns.values_list("name", flat=True)) == {"Boots", "Hats"}
    assert AuditEntry.objects.filter(action="add label").count() == 2
    again = look(approver, three, "label", label="spring SALE")
    assert [c.same for c in again.context["changes"]] == [True, True, False]
    ask(approver, look(approver, three[:2], "unlabel", label="Spring sale"))
    assert not Label.objects.exists()
    assert not PublishRequest.objects.exists()


def test_looking_at_a_label_keeps_none(approver: Client, three: list[Campaign]) -> None:
    seen = look(approver, three, "label", label="<b>New</b>")
    assert "<b>New" not in text(seen)
    assert not Label.objects.exists()


def test_a_copy_starts_from_the_brief(
    approver: Client, three: list[Campaign], advertiser: Advertiser
) -> None:
    day = NOW.date()
    brief = Brief.objects.create(
        advertiser=advertiser, name="Spring", total_budget_micros=1, start=day, end=day
    )
    Campaign.objects.filter(name="Boots").update(brief=brief)
    page = text(look(approver, three[:2], "duplicate"))
    assert f'href="/a/acme/briefs/new/?copy={brief.pk}"' in page
    assert "It was created without a brief" in page


def test_amounts_of_a_preview_stand_at_the_right_and_names_at_the_left(
    approver: Client, three: list[Campaign]
) -> None:
    amounts = text(look(approver, three, "budget", how="percent", value="+10"))
    assert '<th scope="col" class="num">Now</th><th scope="col" class="num">Then</th>' in amounts
    assert '<td class="num">$30.00</td>' in amounts
    assert '<td class="num"><strong>$33.00</strong></td>' in amounts
    states = text(look(approver, three, "pause"))
    assert '<th scope="col">Now</th><th scope="col">Then</th>' in states


def test_ticked_rows_alone_are_exported(approver: Client, three: list[Campaign]) -> None:
    query = f"campaigns={three[0].pk}&campaigns={three[2].pk}&cols=budget"
    for more, found in (("&ticked=1", ["Socks", "Boots"]), ("", ["Socks", "Hats", "Boots"])):
        answer = approver.get(f"/a/acme/campaigns.csv?{query}{more}")
        lines = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
        assert [line["Campaign"] for line in lines] == [*found, "Total"]
    foreign = make_campaign(make_account(make_advertiser("rival")), "Theirs")
    answer = approver.get(f"/a/acme/campaigns.csv?campaigns={foreign.pk}&ticked=1")
    assert "Theirs" not in answer.content.decode()


def test_the_way_back_leads_only_to_pages_here(approver: Client, three: list[Campaign]) -> None:
    for back, found in (
        ("https://evil.example/", LIST),
        ("//evil.example/", LIST),
        (f"{LIST}?page=2", f"{LIST}?page=2"),
    ):
        assert look(approver, three, "pause", back=back).context["back_url"] == found
