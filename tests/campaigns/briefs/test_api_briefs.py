"""REST of brief templates and name patterns."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from campaigns.briefs.selectors import patterns_of
from campaigns.models import Brief, BriefTemplate
from campaigns.naming import Patterns
from core.models import Advertiser
from tests.agents.forms.brief_pages import make_brief
from tests.campaigns.page_rows import make_account
from tests.fixtures.people import People, client_of, make_advertiser

NAMING, TEMPLATES = "/api/v1/naming/", "/api/v1/brief-templates/"


@pytest.fixture
def api(people: People) -> APIClient:
    return client_of(people.editor)


@pytest.fixture
def brief(people: People, advertiser: Advertiser) -> Brief:
    return make_brief(people, advertiser, make_account(advertiser, "google"))


def test_a_pattern_is_changed_and_the_others_stay(api: APIClient, advertiser: Advertiser) -> None:
    answer = api.patch(NAMING, {"url_tags": "utm_source={platform}"}, format="json")
    wanted = {
        "campaign": "{brief} · {platform}",
        "ad_group": "Everyone in the audience",
        "ad": "{letter}: {headline}",
        "url_tags": "utm_source={platform}",
    }
    assert (answer.status_code, answer.json()) == (200, wanted)
    assert api.get(NAMING).json() == wanted


def test_a_bad_pattern_is_refused_by_its_name(api: APIClient, advertiser: Advertiser) -> None:
    answer = api.patch(NAMING, {"campaign": "{x}", "ad": ""}, format="json")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["campaign", "ad"]
    assert patterns_of(advertiser) == Patterns()


def test_a_viewer_changes_no_pattern(people: People, advertiser: Advertiser) -> None:
    answer = client_of(people.viewer).patch(NAMING, {"ad": "{letter}"}, format="json")
    assert answer.status_code == 403
    assert patterns_of(advertiser) == Patterns()


def test_a_template_is_made_listed_and_removed(api: APIClient, brief: Brief) -> None:
    made = api.post(TEMPLATES, {"name": "Launch", "brief_id": brief.pk}, format="json")
    assert made.status_code == 201
    pk = made.json()["id"]
    [listed] = api.get(TEMPLATES).json()["results"]
    assert (listed["id"], listed["name"], listed["brief_id"]) == (pk, "Launch", brief.pk)
    assert api.delete(f"{TEMPLATES}{pk}/").status_code == 204
    assert not BriefTemplate.objects.exists()
    assert Brief.objects.get() == brief


def test_a_brief_or_template_of_others_is_not_found(api: APIClient, people: People) -> None:
    other = make_advertiser("rival")
    theirs = make_brief(people, other, make_account(other, "google"))
    kept = BriefTemplate.objects.create(advertiser=other, name="Theirs", brief=theirs)
    body = {"name": "Launch", "brief_id": theirs.pk}
    assert api.post(TEMPLATES, body, format="json").status_code == 404
    assert api.delete(f"{TEMPLATES}{kept.pk}/").status_code == 404
    assert BriefTemplate.objects.get() == kept


def test_a_viewer_makes_and_removes_no_template(people: People, brief: Brief) -> None:
    viewer = client_of(people.viewer)
    body = {"name": "Launch", "brief_id": brief.pk}
    assert viewer.post(TEMPLATES, body, format="json").status_code == 403
    kept = BriefTemplate.objects.create(advertiser=brief.advertiser, name="A", brief=brief)
    assert viewer.delete(f"{TEMPLATES}{kept.pk}/").status_code == 403
    assert BriefTemplate.objects.get() == kept
