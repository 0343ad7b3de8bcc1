"""The pages of briefs: the form, the plan review, approval and the progress of a launch."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from adsengine.common import clock
from adsengine.models import Advertiser, Job
from agents.models import Approval, Execution, ExecutionStep, Strategy
from campaigns.models import Asset, Brief, BriefShare, Campaign, PublishRequest
from platforms.models import AdAccount
from tests.agents.brief_pages import file, make_brief, strategies, typed
from tests.campaigns.page_rows import make_account
from tests.fixtures.clients import said, text
from tests.fixtures.people import People, make_advertiser
from tests.fixtures.world import picture

State = Strategy.State
pytestmark = pytest.mark.usefixtures("noon", "media")


# ---- the list ----


def test_an_empty_list_offers_one_next_step(
    editor: Client, viewer: Client, advertiser: Advertiser
) -> None:
    assert 'href="/a/acme/connections/">Connect an account' in text(editor.get("/a/acme/briefs/"))
    make_account(advertiser, "meta")
    assert 'href="/a/acme/briefs/new/">Write the first brief' in text(editor.get("/a/acme/briefs/"))
    assert "briefs/new" not in text(viewer.get("/a/acme/briefs/"))


def test_the_list_shows_each_platforms_state_and_the_next_step(
    editor: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, *shops.values())
    first = strategies(brief)[0]
    Strategy.objects.filter(pk=first.pk).update(state=State.LIVE)
    line = editor.get("/a/acme/briefs/").context["lines"][0]
    assert line.states == [
        ("google", "Live", "good"),
        ("meta", "Waits for approval", "wait"),
        ("tiktok", "Waits for approval", "wait"),
    ]
    assert line.next_step == "Review and approve"


def test_more_briefs_ask_no_more_queries(
    editor: Client,
    people: People,
    advertiser: Advertiser,
    shops: dict[str, AdAccount],
    django_assert_max_num_queries: Any,
) -> None:
    make_brief(people, advertiser, *shops.values())
    with django_assert_max_num_queries(40) as few:
        editor.get("/a/acme/briefs/")
    for _ in range(3):
        make_brief(people, advertiser, *shops.values())
    with django_assert_max_num_queries(len(few)):
        editor.get("/a/acme/briefs/")


# ---- the form ----


def test_only_an_editor_writes_briefs(
    viewer: Client, shops: dict[str, AdAccount], people: People
) -> None:
    assert viewer.get("/a/acme/briefs/new/").status_code == 403
    assert viewer.post("/a/acme/briefs/new/", typed(shops)).status_code == 403
    assert not Brief.objects.exists()


def test_without_an_account_the_form_says_where_to_go(editor: Client) -> None:
    page = editor.get("/a/acme/briefs/new/")
    assert "A brief needs an ad account" in text(page)
    assert page.context["form"] is None


def test_a_brief_is_kept_and_planned(
    editor: Client, people: People, shops: dict[str, AdAccount]
) -> None:
    answer = editor.post("/a/acme/briefs/new/", typed(shops))
    brief = Brief.objects.get()
    assert answer["Location"] == f"/a/acme/briefs/{brief.pk}/"
    assert (brief.name, brief.author, str(brief.total_budget)) == (
        "Boots",
        people.editor,
        "$9,000.00",
    )
    assert (brief.start, brief.end) == (date(2026, 3, 16), date(2026, 4, 14))
    assert (brief.countries, brief.age_min, brief.age_max) == (["US", "CA"], 25, 54)
    assert (brief.gender, brief.call_to_action) == ("female", "SHOP_NOW")
    assert brief.headlines == ["Light boots", "Dry feet all day", "Walk further"]
    assert not brief.political_ads
    assert sorted(brief.images.values_list("name", flat=True)) == ["blue.png", "red.png"]
    assert [s.state for s in strategies(brief)] == [State.REVIEW] * 3
    assert not PublishRequest.objects.exists()


def test_edited_shares_are_kept(editor: Client, shops: dict[str, AdAccount]) -> None:
    chosen = [shops["google"], shops["meta"]]
    shares = {f"share_{shops['google'].pk}": "2", f"share_{shops['meta'].pk}": ""}
    accounts = [account.pk for account in chosen]
    editor.post("/a/acme/briefs/new/", typed(shops, accounts=accounts, **shares))
    kept = {share.account.platform: share.share for share in BriefShare.objects.all()}
    assert kept == {"google": Decimal(2), "meta": Decimal(1)}
    plans = strategies(Brief.objects.get())
    assert [s.plan["budget"]["total_micros"] for s in plans] == [6_000_000_000, 3_000_000_000]


def test_every_refusal_stands_at_its_field_and_nothing_typed_is_lost(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    wrong = typed(shops, start="2026-03-01", countries="US, XX", landing_url="shop")
    page = editor.post("/a/acme/briefs/new/", wrong)
    assert page.status_code == 422
    errors = page.context["form"].errors
    assert errors["start"] == ["2026-03-01 is in the past."]
    assert errors["countries"] == [
        "'XX' is not a country code. Use two capital letters such as DE."
    ]
    assert set(errors) == {"start", "countries", "landing_url"}
    assert not Brief.objects.exists()
    shown = text(page)
    assert 'value="9,000.00"' in shown
    assert 'value="US, XX"' in shown
    assert "Dry feet all day" in shown
    kept = Asset.objects.order_by("pk")
    assert [asset.name for asset in kept] == ["blue.png", "red.png"]
    assert sorted(a.pk for a, ticked in page.context["form"].pictures if ticked) == [
        asset.pk for asset in kept
    ]


def test_kept_pictures_are_chosen_without_a_second_upload(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    editor.post("/a/acme/briefs/new/", typed(shops, name=""))
    chosen = list(Asset.objects.values_list("pk", flat=True))
    editor.post("/a/acme/briefs/new/", typed(shops, images=[], chosen=chosen))
    assert set(Brief.objects.get().images.values_list("pk", flat=True)) == set(chosen)
    assert len(chosen) == 2


@pytest.mark.parametrize(
    ("field", "value", "refusal"),
    [
        ("total_budget", "9000,50", "Write an amount such as 9000 or 1,250.50."),
        ("total_budget", "10.005", "10.005 has more decimals than USD allows (2)."),
        (
            "total_budget",
            "9" * 14,
            "'99999999999999' is not a usable amount: at most 1,000,000,000,000 USD.",
        ),
        ("total_budget", "0", "The total budget must be above zero."),
        ("end", "2026-03-15", "The end is before the start."),
        ("headlines", "  ", "Write at least one headline."),
        ("accounts", [], "Choose at least one ad account."),
        ("name", "", "Give the brief a name."),
        ("age_min", "30", "Select a valid choice. 30 is not one of the available choices."),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field(
    editor: Client, shops: dict[str, AdAccount], field: str, value: Any, refusal: str
) -> None:
    page = editor.post("/a/acme/briefs/new/", typed(shops, **{field: value}))
    assert page.status_code == 422
    assert page.context["form"].errors == {field: [refusal]}
    assert not Brief.objects.exists()


def test_a_picture_that_cannot_be_used_is_refused_and_the_others_are_kept(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    images = [file("small.png", (300, 300)), file("blue.png")]
    page = editor.post("/a/acme/briefs/new/", typed(shops, images=images))
    assert page.context["form"].errors == {
        "images": ["small.png is 300×300. Each side needs at least 500 pixels."]
    }
    assert [asset.name for asset in Asset.objects.all()] == ["blue.png"]
    assert not Brief.objects.exists()


def test_only_ages_that_all_platforms_have_are_offered(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    form = editor.get("/a/acme/briefs/new/").context["form"]
    assert [value for value, _ in form.fields["age_min"].choices] == ["18", "25", "35", "45", "55"]
    assert [value for value, _ in form.fields["age_max"].choices] == ["24", "34", "44", "54", "65"]


def test_pictures_and_accounts_of_others_cannot_be_chosen(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    other = make_advertiser("rival")
    theirs = typed(shops, chosen=[picture(other).pk], accounts=[make_account(other, "google").pk])
    page = editor.post("/a/acme/briefs/new/", theirs)
    assert set(page.context["form"].errors) == {"chosen", "accounts"}
    assert not Brief.objects.exists()


def test_an_account_without_a_token_is_shown_and_cannot_be_chosen(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    AdAccount.objects.filter(pk=shops["meta"].pk).update(state="needs_token")
    page = editor.get("/a/acme/briefs/new/")
    assert "needs a new token" in text(page)
    refused = editor.post("/a/acme/briefs/new/", typed(shops))
    assert set(refused.context["form"].errors) == {"accounts"}


def test_a_copy_starts_with_the_content_and_declines_the_old_plans(
    editor: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    old = make_brief(people, advertiser, shops["google"])
    form = editor.get(f"/a/acme/briefs/new/?copy={old.pk}").context["form"]
    assert form["name"].value() == "Boots"
    assert form["total_budget"].value() == "9000.00"
    assert form["countries"].value() == "US"
    assert [line.chosen for line in form.account_lines] == [True, False, False]
    changed = typed(shops, copy_of=old.pk, decline_old="1", name="Boots again")
    editor.post("/a/acme/briefs/new/", changed)
    declined = Strategy.objects.get(brief=old)
    assert (declined.state, declined.decline_reason) == (
        State.DECLINED,
        "Corrected in the brief “Boots again”.",
    )


def test_a_brief_of_another_advertiser_is_not_copied(
    editor: Client, people: People, shops: dict[str, AdAccount]
) -> None:
    other = make_advertiser("rival")
    theirs = make_brief(people, other, make_account(other, "google"))
    page = editor.get(f"/a/acme/briefs/new/?copy={theirs.pk}")
    assert page.context["origin"].copy_of is None
    assert page.context["form"]["name"].value() is None


# ---- the review ----


def test_the_plan_is_shown_with_its_money_and_reasons(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["google"], shops["meta"])
    page = approver.get(f"/a/acme/briefs/{brief.pk}/")
    google, meta = page.context["cards"]
    assert [str(google.total), str(google.daily), str(google.worst_case)] == [
        "$4,500.00",
        "$150.00",
        "$9,000.00",
    ]
    assert str(page.context["worst_case"]) == str(google.worst_case + meta.worst_case)
    shown = text(page)
    assert "at most 30.4 daily budgets in a calendar month" in shown
    assert "hiking boots" in shown
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
    assert f'href="/a/acme/briefs/new/?copy={brief.pk}"' in shown
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
    assert not Job.objects.exists()


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


# ---- progress ----


def executing(strategy: Strategy) -> Execution:
    Strategy.objects.filter(pk=strategy.pk).update(state=State.EXECUTING)
    execution = Execution.objects.create(strategy=strategy, waiting_for="The campaign is busy.")
    for position, step in enumerate(strategy.plan["steps"]):
        ExecutionStep.objects.create(execution=execution, position=position, kind=step["kind"])
    ExecutionStep.objects.filter(position=0).update(
        started_at=clock.wall(), finished_at=clock.wall()
    )
    ExecutionStep.objects.filter(position=1).update(started_at=clock.wall())
    return execution


def request_of(campaign: Campaign, state: str) -> PublishRequest:
    return PublishRequest.objects.create(
        account=campaign.account,
        campaign=campaign,
        operation="create_campaign",
        target_type="campaign",
        target_id=campaign.pk,
        content_hash="x",
        state=state,
        actor_kind="agent",
        actor_name="agent",
    )


def test_progress_asks_again_only_while_the_launch_goes_on(
    viewer: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    strategy = strategies(make_brief(people, advertiser, shops["meta"]))[0]
    execution = executing(strategy)
    campaign = Campaign.objects.create(account=shops["meta"], name="Boots")
    step = execution.steps.get(position=1)
    step.requests.set([request_of(campaign, "done"), request_of(campaign, "waiting")])
    url = f"/a/acme/strategies/{strategy.pk}/progress/"
    going = viewer.get(url)
    assert f'hx-get="{url}" hx-trigger="load delay:2s"' in text(going)
    assert "1 of 2 sent" in text(going)
    assert "The campaign is busy." in text(going)
    assert [line.state for line in going.context["card"].steps] == [
        "done",
        "running",
        "pending",
        "pending",
        "pending",
    ]
    Strategy.objects.filter(pk=strategy.pk).update(state=State.LIVE, campaign=campaign)
    done = viewer.get(url)
    assert done["HX-Retarget"] == f"#strategy-{strategy.pk}"
    assert "hx-get" not in text(done)
    assert f'href="/a/acme/campaigns/{campaign.pk}/"' in text(done)


def test_a_failed_launch_says_what_exists_and_goes_on_when_asked(
    editor: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["meta"])
    strategy = strategies(brief)[0]
    execution = executing(strategy)
    campaign = Campaign.objects.create(
        account=shops["meta"], name="Boots", remote_id="77", wanted="paused"
    )
    Strategy.objects.filter(pk=strategy.pk).update(state=State.FAILED, campaign=campaign)
    Execution.objects.update(error="The page cannot be read.")
    execution.steps.filter(position=1).update(error="The page cannot be read.")
    shown = text(editor.get(f"/a/acme/briefs/{brief.pk}/"))
    assert "On the platform there is the campaign, paused, with 0 ad groups and 0 ads." in shown
    assert "The page cannot be read." in shown
    editor.post(f"/a/acme/strategies/{strategy.pk}/retry/")
    strategy.refresh_from_db()
    assert strategy.state == State.EXECUTING
    assert Job.objects.filter(kind="execute").count() == 1


def test_refused_content_is_not_offered_a_retry(
    editor: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["meta"])
    strategy = strategies(brief)[0]
    step = executing(strategy).steps.get(position=1)
    campaign = Campaign.objects.create(account=shops["meta"], name="Boots")
    step.requests.set([request_of(campaign, "refused")])
    ExecutionStep.objects.filter(pk=step.pk).update(error="The text is not allowed.")
    Strategy.objects.filter(pk=strategy.pk).update(state=State.FAILED, campaign=campaign)
    shown = text(editor.get(f"/a/acme/briefs/{brief.pk}/"))
    assert "Try again" not in shown
    assert "Correct the brief" in shown
    answer = editor.post(f"/a/acme/strategies/{strategy.pk}/retry/", follow=True)
    assert "The platform refused this content." in said(answer)[0]
    assert Strategy.objects.get(pk=strategy.pk).state == State.FAILED


# ---- walls ----

ACTIONS = ["approve", "decline", "retry"]


def test_briefs_and_plans_of_others_are_not_found(
    approver: Client, people: People, shops: dict[str, AdAccount]
) -> None:
    other = make_advertiser("rival")
    brief = make_brief(people, other, make_account(other, "google"))
    strategy = strategies(brief)[0]
    sent = {"plan_hash": strategy.plan_hash}
    assert approver.get(f"/a/acme/briefs/{brief.pk}/").status_code == 404
    assert approver.get(f"/a/acme/strategies/{strategy.pk}/progress/").status_code == 404
    for act in ACTIONS:
        path = f"/a/acme/strategies/{strategy.pk}/{act}/"
        assert approver.post(path, sent).status_code == 404
    for act in ("plan", "approve"):
        assert approver.post(f"/a/acme/briefs/{brief.pk}/{act}/", sent).status_code == 404
    strategy.refresh_from_db()
    assert strategy.state == State.REVIEW


def test_nothing_is_changed_by_a_get(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["google"])
    pk = strategies(brief)[0].pk
    paths = [f"strategies/{pk}/{act}/" for act in ACTIONS]
    for path in (*paths, f"briefs/{brief.pk}/plan/", f"briefs/{brief.pk}/approve/"):
        assert approver.get(f"/a/acme/{path}").status_code == 405
