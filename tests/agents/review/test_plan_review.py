"""The plans of a brief: their review and their approval."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from agents.models import Approval, Execution, Strategy
from campaigns.models import Brief
from core.models import Advertiser, Job
from platforms.models import AdAccount
from tests.agents.forms.brief_pages import State, make_brief, strategies
from tests.fixtures.clients import said, text
from tests.fixtures.people import People
from tests.fixtures.plans import ads_of, plan_of, planned

pytestmark = pytest.mark.usefixtures("noon", "media")


# ---- the review ----


def test_the_plan_is_shown_with_its_money_and_reasons(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["google"], shops["meta"])
    page = approver.get(f"/a/acme/briefs/{brief.pk}/")
    google, meta = page.context["cards"]
    assert [str(google.total), str(google.daily), str(google.max_spend)] == [
        "$4,500.00",
        "$150.00",
        "$8,760.00",
    ]
    assert str(page.context["max_spend"]) == str(google.max_spend + meta.max_spend)
    shown = text(page)
    assert "at most 30.4 daily budgets in a calendar month" in shown
    assert "hiking boots" in shown
    assert "A search campaign with 1 phrase-match keyword; the" in shown
    assert "Dry feet all day" in shown
    assert f'name="plan_hash" value="{google.strategy.plan_hash}"' in shown
    assert all(f'src="/media/assets/{image.pk}/"' in shown for image in brief.images.all())


def test_a_blocked_plan_says_what_to_correct_and_cannot_be_approved(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["google"], age_min=30)
    page = approver.get(f"/a/acme/briefs/{brief.pk}/")
    assert page.context["cards"][0].problems[0][0] == "Ages"
    shown = text(page)
    assert f'href="/a/acme/briefs/new/?correct={brief.pk}"' in shown
    assert "Correct the brief" in shown
    assert "plan_hash" not in shown


def test_a_viewer_sees_the_plan_and_no_buttons(
    viewer: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["google"])
    shown = text(viewer.get(f"/a/acme/briefs/{brief.pk}/"))
    assert "Light boots" in shown
    assert "<form" not in shown.partition("<main")[2]


def test_more_ads_ask_no_more_queries(
    approver: Client,
    people: People,
    advertiser: Advertiser,
    shops: dict[str, AdAccount],
    django_assert_max_num_queries: Any,
) -> None:
    one = make_brief(people, advertiser, shops["meta"], headlines=("One",), descriptions=("One",))
    many = make_brief(people, advertiser, *shops.values())
    for strategy in (*strategies(one), *strategies(many)):
        Execution.objects.create(strategy=strategy)
        Strategy.objects.filter(pk=strategy.pk).update(state=State.EXECUTING)
    with django_assert_max_num_queries(40) as few:
        approver.get(f"/a/acme/briefs/{one.pk}/")
    with django_assert_max_num_queries(len(few)):
        approver.get(f"/a/acme/briefs/{many.pk}/")


# ---- approval ----


def test_an_approver_approves_exactly_what_was_seen(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    strategy = strategies(make_brief(people, advertiser, shops["google"]))[0]
    answer = approver.post(
        f"/a/acme/strategies/{strategy.pk}/approve/",
        {"plan_hash": strategy.plan_hash},
        follow=True,
    )
    strategy.refresh_from_db()
    assert strategy.state == State.APPROVED
    assert (Approval.objects.get().approver, Approval.objects.get().plan_hash) == (
        people.approver,
        strategy.plan_hash,
    )
    assert Job.objects.get(kind="execute").key == str(strategy.pk)
    assert "A worker takes it up in a moment." in text(answer)


def test_another_hash_approves_nothing(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    strategy = strategies(make_brief(people, advertiser, shops["google"]))[0]
    answer = approver.post(
        f"/a/acme/strategies/{strategy.pk}/approve/", {"plan_hash": "0" * 64}, follow=True
    )
    assert "The plan has changed since you opened it." in said(answer)[0]
    strategy.refresh_from_db()
    assert strategy.state == State.REVIEW
    assert not Job.objects.filter(kind="execute").exists()


def test_an_editor_does_not_approve(
    editor: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["google"])
    strategy = strategies(brief)[0]
    sent = {"plan_hash": strategy.plan_hash, "plan": f"{strategy.pk}:{strategy.plan_hash}"}
    for path in (f"strategies/{strategy.pk}/approve/", f"briefs/{brief.pk}/approve/"):
        assert editor.post(f"/a/acme/{path}", sent).status_code == 403
    strategy.refresh_from_db()
    assert strategy.state == State.REVIEW


def test_a_second_person_is_asked_for_and_said(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    Advertiser.objects.update(second_person_above_micros=1_000_000_000)
    brief = make_brief(people, advertiser, shops["google"])
    Brief.objects.update(author=people.approver)
    assert "plans above $1,000.00 cannot be approved by their author" in text(
        approver.get(f"/a/acme/briefs/{brief.pk}/")
    )
    strategy = strategies(brief)[0]
    answer = approver.post(
        f"/a/acme/strategies/{strategy.pk}/approve/",
        {"plan_hash": strategy.plan_hash},
        follow=True,
    )
    assert "need a second person's approval" in said(answer)[0]
    assert not Approval.objects.exists()


def test_approve_all_takes_only_the_plans_that_were_on_screen(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, *shops.values())
    google, meta, tiktok = strategies(brief)
    seen = [f"{google.pk}:{google.plan_hash}", f"{meta.pk}:{'0' * 64}"]
    answer = approver.post(f"/a/acme/briefs/{brief.pk}/approve/", {"plan": seen}, follow=True)
    states = [Strategy.objects.get(pk=s.pk).state for s in (google, meta, tiktok)]
    assert states == [State.APPROVED, State.REVIEW, State.REVIEW]
    assert said(answer)[-1] == "1 plan approved, being launched."


def test_a_plan_that_was_replaced_meanwhile_is_not_approved(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["google"])
    old = strategies(brief)[0]
    approver.post(f"/a/acme/briefs/{brief.pk}/plan/")
    answer = approver.post(
        f"/a/acme/strategies/{old.pk}/approve/", {"plan_hash": old.plan_hash}, follow=True
    )
    assert said(answer)
    assert not Approval.objects.exists()
    assert Strategy.objects.get(pk=old.pk).state == State.REPLACED


def test_declining_keeps_the_reason_and_planning_again_replaces(
    editor: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["google"])
    strategy = strategies(brief)[0]
    answer = editor.post(
        f"/a/acme/strategies/{strategy.pk}/decline/", {"reason": "Not this season."}, follow=True
    )
    assert "Not this season." in text(answer)
    editor.post(f"/a/acme/briefs/{brief.pk}/plan/")
    assert list(Strategy.objects.filter(brief=brief).values_list("state", flat=True)) == [
        State.REPLACED,
        State.REVIEW,
    ]


def test_emoji_stay_out_of_what_tiktok_gets(
    people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(
        people,
        advertiser,
        shops["meta"],
        shops["tiktok"],
        name="Boots 🥾 week",
        descriptions=("Dry feet ☔ all day.", "A firm grip on wet rock."),
    )
    meta, tiktok = strategies(brief)
    assert (meta.state, tiktok.state) == (State.REVIEW, State.REVIEW)
    assert planned(meta).name == "Boots 🥾 week · Meta"
    assert planned(tiktok).name == "Boots week · TikTok"
    ads = ads_of(tiktok)
    assert {text for ad in ads for text in ad.descriptions} == {"A firm grip on wet rock."}
    assert "Left out the description “Dry feet ☔ all day.”: emoji are not taken here." in (
        plan_of(tiktok).warnings
    )


def test_only_texts_with_emoji_leave_tiktok_without_one(
    people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["tiktok"], descriptions=("Dry feet ☔.",))
    [plan] = strategies(brief)
    assert plan.state == State.BLOCKED
    assert {problem["field"] for problem in plan.problems} == {"descriptions"}


def test_the_teams_name_of_a_brief_is_no_text_of_an_ad(
    people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(
        people,
        advertiser,
        shops["google"],
        name="INTERNAL test v3",
        headlines=("Light boots",),
        descriptions=("Boots that stay dry.",),
    )
    [plan] = strategies(brief)
    for ad in ads_of(plan):
        assert set(ad.headlines) == {"Light boots", "Learn more today", "Learn more now"}
        assert set(ad.descriptions) == {"Boots that stay dry.", "Learn more today"}
