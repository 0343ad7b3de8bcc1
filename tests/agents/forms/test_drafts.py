"""A brief's form that is left and gone on with: what is kept, for whom, and until when."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from agents.models import Strategy
from campaigns.briefs.drafts import MOST
from campaigns.models import Asset, Brief, BriefDraft
from campaigns.services import create_brief, save_draft
from core.common.errors import InvalidInput, NotAllowed
from core.models import Actor, Advertiser
from platforms.models import AdAccount
from tests.agents.forms.brief_pages import file, typed
from tests.fixtures.clients import said, text
from tests.fixtures.people import People, make_advertiser
from tests.fixtures.world import brief_wish

pytestmark = pytest.mark.usefixtures("noon", "media")
NEW, KEEP = "/a/acme/briefs/new/", "/a/acme/briefs/draft/"
KEY = UUID("11111111-2222-4333-8444-555555555555")
HTMX: Any = {"headers": {"HX-Request": "true"}}


def half(shops: dict[str, AdAccount], **changes: Any) -> dict[str, Any]:
    """A form that somebody leaves in the middle."""
    started = {"name": "Boots", "headlines": "Light boots", "total_budget": "", "images": []}
    return typed(shops, draft=str(KEY), **started | changes)


# ---- keeping and resuming ----


def test_what_was_typed_is_there_again(editor: Client, shops: dict[str, AdAccount]) -> None:
    left = half(shops, accounts=[shops["meta"].pk], political_ads="on", start="soon")
    left[f"share_{shops['meta'].pk}"] = "2.5"
    assert editor.post(KEEP, left, **HTMX).status_code == 200
    page = editor.get(f"{NEW}?draft={KEY}")
    form = page.context["form"]
    assert form["name"].value() == "Boots"
    assert form["headlines"].value() == "Light boots"
    assert form["total_budget"].value() == ""
    assert form["start"].value() == "soon"
    assert form["political_ads"].value() == "on"
    assert [(line.chosen, line.share.value()) for line in form.account_lines] == [
        (False, 1),
        (True, "2.5"),
        (False, 1),
    ]
    assert f'name="draft" id="draft-key" value="{KEY}"' in text(page)
    assert not Brief.objects.exists()


def test_keeping_again_replaces_and_makes_no_second(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    editor.post(KEEP, half(shops), **HTMX)
    editor.post(KEEP, half(shops, name="Tents", accounts=[]), **HTMX)
    draft = BriefDraft.objects.get()
    assert (draft.name, draft.fields["name"]) == ("Tents", ["Tents"])
    form = editor.get(f"{NEW}?draft={KEY}").context["form"]
    assert [line.chosen for line in form.account_lines] == [False, False, False]


def test_a_form_that_is_not_valid_is_a_draft_too(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    page = editor.post(NEW, half(shops, images=[file("blue.png")]))
    assert page.status_code == 422
    draft = BriefDraft.objects.get()
    assert draft.fields["chosen"] == [str(Asset.objects.get().pk)]
    assert not draft.sent


def test_without_scripts_a_button_keeps_the_draft_and_its_pictures(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    answer = editor.post(KEEP, half(shops, images=[file("blue.png")]))
    assert (answer.status_code, answer["Location"]) == (302, f"{NEW}?draft={KEY}")
    page = editor.get(answer["Location"])
    assert said(page) == ["Draft saved. You find it under Briefs."]
    assert [(a.name, ticked) for a, ticked in page.context["form"].pictures] == [("blue.png", True)]


def test_only_fields_of_the_form_are_kept(editor: Client, shops: dict[str, AdAccount]) -> None:
    editor.post(KEEP, half(shops, password="secret", is_staff="1"), **HTMX)
    fields = BriefDraft.objects.get().fields
    assert not {"password", "is_staff", "csrfmiddlewaretoken", "draft", "images"} & set(fields)


def test_a_nul_in_a_text_is_left_out(editor: Client, shops: dict[str, AdAccount]) -> None:
    editor.post(KEEP, half(shops, name="Bo\0ots", headlines="a\0b"), **HTMX)
    draft = BriefDraft.objects.get()
    assert (draft.name, draft.fields["headlines"]) == ("Boots", ["ab"])


def test_a_draft_that_is_too_long_is_refused_and_the_old_one_stays(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    editor.post(KEEP, half(shops), **HTMX)
    answer = editor.post(KEEP, half(shops, headlines="x" * 200_001), **HTMX)
    assert "This draft is too long to keep. Shorten its texts." in text(answer)
    assert BriefDraft.objects.get().fields["headlines"] == ["Light boots"]


def test_one_person_keeps_a_bounded_number(actor: Actor, advertiser: Advertiser) -> None:
    for _ in range(MOST):
        save_draft(actor=actor, advertiser=advertiser, key=uuid4(), typed={})
    with pytest.raises(InvalidInput, match="You have 50 drafts already"):
        save_draft(actor=actor, advertiser=advertiser, key=uuid4(), typed={})
    assert BriefDraft.objects.count() == MOST


def test_a_copys_draft_still_declines_the_old_plans(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    editor.post(NEW, typed(shops))
    old = Brief.objects.get()
    editor.post(KEEP, half(shops, copy_of=old.pk), **HTMX)
    page = editor.get(f"{NEW}?draft={KEY}")
    assert f'name="copy_of" value="{old.pk}"' in text(page)


def test_a_refused_form_that_was_kept_before_is_shown_again(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    editor.post(KEEP, half(shops), **HTMX)
    page = editor.post(NEW, half(shops))
    assert page.status_code == 422
    assert [preview.name for preview in page.context["guide"].ad_previews][:1] == ["A: Light boots"]


# ---- whose it is ----


def test_a_draft_is_its_authors_alone(
    editor: Client, approver: Client, shops: dict[str, AdAccount]
) -> None:
    editor.post(KEEP, half(shops), **HTMX)
    assert approver.get(f"{NEW}?draft={KEY}").status_code == 404
    assert approver.post(KEEP, half(shops, name="Mine now"), **HTMX).status_code == 404
    assert approver.post("/a/acme/briefs/draft/discard/", {"draft": KEY}).status_code == 404
    assert list(approver.get("/a/acme/briefs/").context["drafts"]) == []
    assert BriefDraft.objects.get().name == "Boots"


def test_a_draft_of_one_advertiser_is_no_draft_of_another(
    people: People, advertiser: Advertiser
) -> None:
    actor, rival = Actor.person(people.editor), make_advertiser("rival")
    save_draft(actor=actor, advertiser=rival, key=KEY, typed={"name": ["Theirs"]})
    with pytest.raises(NotAllowed):
        save_draft(actor=actor, advertiser=advertiser, key=KEY, typed={"name": ["Ours"]})
    assert BriefDraft.objects.get().name == "Theirs"


def test_a_viewer_keeps_none(viewer: Client, shops: dict[str, AdAccount]) -> None:
    assert viewer.post(KEEP, half(shops), **HTMX).status_code == 403
    assert not BriefDraft.objects.exists()


def test_discarding_removes_it(editor: Client, shops: dict[str, AdAccount]) -> None:
    editor.post(KEEP, half(shops), **HTMX)
    assert "Continue" in text(editor.get("/a/acme/briefs/"))
    editor.post("/a/acme/briefs/draft/discard/", {"draft": KEY})
    assert not BriefDraft.objects.exists()


# ---- one form, one brief ----


def test_a_form_that_is_sent_twice_makes_one_brief(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    first = editor.post(NEW, typed(shops, draft=str(KEY)))
    plans = set(Strategy.objects.values_list("pk", "state"))
    chosen = list(Asset.objects.values_list("pk", flat=True))
    same = typed(shops, draft=str(KEY), images=[], chosen=chosen)
    second = editor.post(NEW, same, follow=True)
    assert Brief.objects.get().name == "Boots"
    assert second.redirect_chain == [(first["Location"], 302)]
    assert said(second)[1:] == ["This brief was saved already. To vary it, copy it."]
    assert set(Strategy.objects.values_list("pk", "state")) == plans


def test_a_form_changed_after_it_was_saved_is_asked_about_and_makes_a_second_brief(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    editor.post(NEW, typed(shops, draft=str(KEY)))
    changed = typed(shops, draft=str(KEY), name="Tents")
    page = editor.post(NEW, changed)
    assert page.status_code == 409
    assert page.context["form"]["name"].value() == "Tents"
    assert "What stands here now is different and not saved." in text(page)
    assert Brief.objects.get().name == "Boots"
    editor.post(NEW, typed(shops, draft=str(page.context["key"]), name="Tents"))
    assert [brief.name for brief in Brief.objects.order_by("pk")] == ["Boots", "Tents"]


def test_typing_on_after_it_was_saved_goes_on_as_a_new_draft(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    sent = typed(shops, draft=str(KEY))
    editor.post(NEW, sent)
    chosen = list(Asset.objects.values_list("pk", flat=True))
    same = editor.post(KEEP, sent | {"images": [], "chosen": chosen}, **HTMX)
    assert "This brief was saved already." in text(same)
    assert BriefDraft.objects.count() == 1
    page = editor.post(KEEP, half(shops, name="Tents"), **HTMX)
    draft = BriefDraft.objects.get(sent=False)
    assert draft.name == "Tents"
    assert f'id="draft-key" value="{draft.key}" hx-swap-oob="true"' in text(page)


def test_somebody_elses_form_that_is_sent_on_becomes_ones_own(
    editor: Client, approver: Client, shops: dict[str, AdAccount]
) -> None:
    editor.post(KEEP, half(shops), **HTMX)
    answer = approver.post(NEW, typed(shops, draft=str(KEY)))
    assert answer.status_code == 302
    assert Brief.objects.get().author.username == "approver"  # type: ignore[union-attr]
    assert not BriefDraft.objects.get(key=KEY).sent


def test_the_service_gives_the_same_brief_for_the_same_form(
    people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    actor, wish = Actor.person(people.editor), brief_wish(advertiser, list(shops.values()))
    given: dict[str, Any] = {"actor": actor, "advertiser": advertiser, "content": wish}
    first = create_brief(**given, draft_key=KEY)
    assert create_brief(**given, draft_key=KEY) == first
    assert Brief.objects.count() == 1


def test_a_draft_ends_with_its_brief(editor: Client, shops: dict[str, AdAccount]) -> None:
    editor.post(KEEP, half(shops), **HTMX)
    editor.post(NEW, typed(shops, draft=str(KEY)))
    draft = BriefDraft.objects.get()
    assert (draft.sent, draft.brief, draft.fields) == (True, Brief.objects.get(), {})
    assert list(editor.get("/a/acme/briefs/").context["drafts"]) == []


# ---- pictures at once ----


def test_a_picture_is_kept_as_soon_as_it_is_chosen(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    sent = half(shops, images=[file("blue.png"), file("tiny.png", (10, 10))])
    answer = editor.post("/a/acme/briefs/pictures/", sent, **HTMX)
    assert answer["HX-Trigger-After-Settle"] == "pictures-kept"
    kept = Asset.objects.get()
    assert f'name="chosen" value="{kept.pk}" checked' in text(answer)
    assert "tiny.png is 10×10. Each side needs at least 500 pixels." in text(answer)
