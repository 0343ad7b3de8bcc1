"""Briefs that the team starts others from."""

from __future__ import annotations

import pytest
from django.db.models.functions import Lower
from django.test import Client

from campaigns.models import Brief, BriefTemplate
from core.models import Advertiser, AuditEntry
from platforms.models import AdAccount
from tests.agents.forms.brief_pages import make_brief
from tests.campaigns.page_rows import make_account
from tests.fixtures.clients import said, text
from tests.fixtures.people import People, make_advertiser

pytestmark = pytest.mark.usefixtures("noon", "media")


@pytest.fixture
def brief(people: People, advertiser: Advertiser, shops: dict[str, AdAccount]) -> Brief:
    return make_brief(people, advertiser, shops["google"], shops["meta"])


def save(client: Client, brief: Brief, name: str) -> list[str]:
    path = f"/a/acme/briefs/{brief.pk}/template/"
    return said(client.post(path, {"name": name}, follow=True))


def test_a_new_brief_starts_from_it_without_a_name_and_from_tomorrow(
    editor: Client, brief: Brief
) -> None:
    assert save(editor, brief, " Launch  week ") == [
        "“Launch week” is a template now. You find it under Briefs."
    ]
    kept = BriefTemplate.objects.get()
    page = editor.get(f"/a/acme/briefs/new/?template={kept.pk}")
    form = page.context["form"]
    assert form["name"].value() == ""
    assert form["total_budget"].value() == "9000.00"
    assert form["headlines"].value() == "\n".join(brief.headlines)
    assert [line.chosen for line in form.account_lines] == [True, True, False]
    assert (form["start"].value() - form["end"].value()).days == 1 - brief.days
    assert form["start"].value().isoformat() == "2026-03-16"
    assert page.context["open_plans"] == []
    assert "New brief from “Boots”" in text(page)


def test_every_editor_sees_it_and_a_viewer_cannot_change_it(
    editor: Client, approver: Client, viewer: Client, brief: Brief
) -> None:
    save(editor, brief, "Launch week")
    kept = BriefTemplate.objects.get()
    path = f"/a/acme/briefs/templates/{kept.pk}/remove/"
    assert f"template={kept.pk}" in text(approver.get("/a/acme/briefs/"))
    assert "Launch week" in text(viewer.get("/a/acme/briefs/"))
    assert viewer.post(path).status_code == 403
    assert viewer.post(f"/a/acme/briefs/{brief.pk}/template/", {"name": "x"}).status_code == 403
    assert BriefTemplate.objects.get() == kept


def test_the_same_name_replaces_and_removing_leaves_the_brief(
    editor: Client, people: People, advertiser: Advertiser, brief: Brief
) -> None:
    other = make_brief(people, advertiser, make_account(advertiser, "tiktok"))
    save(editor, brief, "Launch week")
    save(editor, other, "launch WEEK")
    kept = BriefTemplate.objects.get()
    assert kept.brief == other
    editor.post(f"/a/acme/briefs/templates/{kept.pk}/remove/")
    assert not BriefTemplate.objects.exists()
    assert Brief.objects.count() == 2
    actions = AuditEntry.objects.filter(target_type="brieftemplate").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "save template",
        "save template",
        "remove template",
    ]


def test_a_name_that_is_one_in_small_letters_alone_replaces_too(
    editor: Client, brief: Brief
) -> None:
    """The Kelvin sign's small letter is a k, and the capital of a k is no Kelvin sign."""
    save(editor, brief, "Boots \N{KELVIN SIGN}")
    save(editor, brief, "boots k")
    assert BriefTemplate.objects.latest("pk").name == "boots k"
    kept = BriefTemplate.objects.annotate(small=Lower("name")).values("small").distinct()
    assert BriefTemplate.objects.count() == kept.order_by("small").count()


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_name_that_cannot_be_used_keeps_nothing(editor: Client, brief: Brief, name: str) -> None:
    assert save(editor, brief, name) == ["A template's name has 1 to 80 characters."]
    assert not BriefTemplate.objects.exists()


def test_templates_of_others_are_not_found(editor: Client, people: People, brief: Brief) -> None:
    other = make_advertiser("rival")
    theirs = make_brief(people, other, make_account(other, "google"))
    kept = BriefTemplate.objects.create(advertiser=other, name="Theirs", brief=theirs)
    assert editor.post(f"/a/acme/briefs/{theirs.pk}/template/", {"name": "x"}).status_code == 404
    assert editor.post(f"/a/acme/briefs/templates/{kept.pk}/remove/").status_code == 404
    page = editor.get(f"/a/acme/briefs/new/?template={kept.pk}")
    assert page.context["origin"].template is None
    assert BriefTemplate.objects.get() == kept
