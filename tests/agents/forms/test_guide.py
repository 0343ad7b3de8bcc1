"""Beside a brief's form: what is missing, and how its ads would look. Nothing is written."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from agents.models import Strategy
from campaigns.models import Asset, Brief
from campaigns.naming import Patterns
from campaigns.services import set_patterns
from core.models import Actor, Advertiser
from platforms.models import AdAccount
from tests.agents.forms.brief_pages import strategies, typed
from tests.fixtures.clients import text
from tests.fixtures.plans import ads_of

pytestmark = pytest.mark.usefixtures("noon", "media")
NEW, KEEP = "/a/acme/briefs/new/", "/a/acme/briefs/draft/"


def missing(page: Any) -> dict[str, str]:
    return {part.title: part.missing for part in page.context["guide"].parts if part.missing}


def kept(editor: Client, values: dict[str, Any]) -> Any:
    return editor.post(KEEP, values, headers={"HX-Request": "true"})


def test_a_new_form_says_what_each_part_needs(editor: Client, shops: dict[str, AdAccount]) -> None:
    assert missing(editor.get(NEW)) == {
        "What it is for": "Give the brief a name.",
        "Budget and dates": "Say what may be spent in all.",
        "Audience": "Choose at least one country.",
        "Texts": "Write at least one headline.",
        "Pictures and videos": "Meta needs a picture or a video.",
    }


def test_a_complete_form_misses_nothing_and_nothing_is_written(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    editor.post("/a/acme/briefs/pictures/", typed(shops), headers={"HX-Request": "true"})
    chosen = list(Asset.objects.values_list("pk", flat=True))
    page = kept(editor, typed(shops, images=[], chosen=chosen))
    assert missing(page) == {}
    assert page.context["guide"].done == 6
    assert not Brief.objects.exists()


def test_what_only_the_service_knows_is_said_while_writing(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    page = kept(
        editor,
        typed(
            shops,
            images=[],
            accounts=[shops["google"].pk],
            start="2026-01-01",
            countries="XX",
            keywords="",
        ),
    )
    assert missing(page) == {
        "Budget and dates": "2026-01-01 is in the past.",
        "Audience": "'XX' is not a country code. Use two capital letters such as DE.",
        "Texts": "Google Ads needs at least one keyword.",
    }


def test_the_looks_are_the_ads_that_the_plan_then_has(
    editor: Client, actor: Actor, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    tags = Patterns(ad="{letter}/{headline}", url_tags="utm_content={letter}")
    set_patterns(actor=actor, advertiser=advertiser, patterns=tags)
    editor.post("/a/acme/briefs/pictures/", typed(shops), headers={"HX-Request": "true"})
    chosen = list(Asset.objects.values_list("pk", flat=True))
    sent = typed(shops, images=[], chosen=chosen)
    looks = kept(editor, sent).context["guide"].ad_previews
    editor.post(NEW, sent)
    planned = [
        (s.account.platform, ad) for s in strategies(Brief.objects.get()) for ad in ads_of(s)
    ]
    assert [(look.platform, look.ad) for look in looks] == planned
    assert looks[0].name == "A/Light boots"
    assert looks[0].ad.landing_url == "https://shop.example.com/boots?utm_content=a"


def test_a_half_typed_address_breaks_no_preview(
    editor: Client, shops: dict[str, AdAccount]
) -> None:
    page = kept(editor, typed(shops, images=[], landing_url="https://["))
    assert page.status_code == 200
    assert "Light boots" in text(page)
    assert not Strategy.objects.exists()


def test_markup_in_a_headline_is_text(editor: Client, shops: dict[str, AdAccount]) -> None:
    page = kept(editor, typed(shops, images=[], headlines="<script>alert(1)</script>"))
    assert "<script>alert" not in page.content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text(page)
