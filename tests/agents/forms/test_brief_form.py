"""The list of briefs, and the form that writes one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from agents.models import Strategy
from campaigns.models import Asset, Brief, BriefShare, PublishRequest
from core.models import Advertiser
from platforms.models import AdAccount
from tests.agents.forms.brief_pages import State, file, make_brief, strategies, typed
from tests.campaigns.page_rows import make_account
from tests.fixtures.clients import text
from tests.fixtures.people import People, make_advertiser
from tests.fixtures.plans import plan_of
from tests.fixtures.world import picture

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
    assert [plan_of(s).budget.total_micros for s in plans] == [6_000_000_000, 3_000_000_000]


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
        ("total_budget", "9000,50", "'9000,50' is not an amount. Write it like 1250.50."),
        ("total_budget", "٩٠٠٠", "'٩٠٠٠' is not an amount. Write it like 1250.50."),
        ("total_budget", "9_000", "'9_000' is not an amount. Write it like 1250.50."),
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


def test_a_correction_leaves_out_what_runs_already(
    editor: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, *shops.values())
    google, meta, _ = strategies(brief)
    Strategy.objects.filter(pk=google.pk).update(state=State.LIVE)
    Strategy.objects.filter(pk=meta.pk).update(state=State.EXECUTING)
    page = editor.get(f"/a/acme/briefs/new/?correct={brief.pk}")
    form = page.context["form"]
    assert [line.chosen for line in form.account_lines] == [False, False, True]
    assert form["total_budget"].value() == "3000.00"
    assert form["headlines"].value() == "\n".join(brief.headlines)
    assert "This correction leaves them out" in text(page)


def test_a_correction_of_what_runs_nowhere_is_the_whole_brief(
    editor: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["google"], shops["meta"])
    form = editor.get(f"/a/acme/briefs/new/?correct={brief.pk}").context["form"]
    assert [line.chosen for line in form.account_lines] == [True, True, False]
    assert form["total_budget"].value() == "9000.00"


def test_a_brief_of_another_advertiser_is_not_copied(
    editor: Client, people: People, shops: dict[str, AdAccount]
) -> None:
    other = make_advertiser("rival")
    theirs = make_brief(people, other, make_account(other, "google"))
    page = editor.get(f"/a/acme/briefs/new/?copy={theirs.pk}")
    assert page.context["origin"].copy_of is None
    assert page.context["form"]["name"].value() is None
