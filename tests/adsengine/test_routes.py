"""Walks every route there is: as anonymous, as another tenant's user, and per role."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from campaigns.models import (
    PublishRequest,
    ReportSchedule,
    SavedView,
)
from core.action_labels import UNDESCRIBED, form_action_of, match_of
from core.models import Advertiser, AuditEntry, Incident, Job, Role, User
from optimization.models import ABTest, Rebalance
from platforms.models import AdAccount
from tests.fixtures.clients import signed_in
from tests.fixtures.people import People
from tests.fixtures.routes import SECRET, one_of_each, routes

PUBLIC = {"/", "/healthz", "/readyz", "/favicon.ico"}


@pytest.fixture
def ids(advertiser: Advertiser, people: People) -> dict[str, Any]:
    return one_of_each(advertiser, people.admin)


def answers_of(user: User) -> Client:
    """Signed in; a failure is an answer with status 500."""
    return signed_in(user, raise_request_exception=False)


def read(answer: Any) -> bytes:
    """The whole body. A streamed file is closed by the client at its end."""
    body: bytes = answer.getvalue() if answer.streaming else answer.content
    return body


def test_each_form_says_in_words_what_it_does(ids: dict[str, Any], people: People) -> None:
    """What was typed before a sign-in is sent again only after these words were read."""
    client, mute = answers_of(people.admin), set()
    for route in routes(ids):
        if not route.path.startswith("/a/"):
            continue
        answer = client.get(route.path)
        page = read(answer).decode(errors="replace")
        posts = [tag for tag in re.findall(r"<form\b[^>]*>", page) if 'method="post"' in tag]
        sent_to = [re.search(r'\baction="([^"]*)"', tag) for tag in posts]
        targets = [found[1] if found else route.path for found in sent_to]
        for path in [*targets, *([route.path] if answer.status_code == 405 else [])]:
            match = match_of(path or route.path)
            assert match is not None, path
            if form_action_of(match) == UNDESCRIBED:
                mute.add(match.url_name)
    assert mute == set()


def test_each_route_that_takes_a_form_says_what_it_does_or_counts_as_spending(
    ids: dict[str, Any], people: People
) -> None:
    client, takes = answers_of(people.admin), 0
    for route in routes(ids):
        if not route.path.startswith("/a/") or client.post(route.path).status_code == 405:
            continue
        takes += 1
        match = match_of(route.path)
        assert match is not None, route.path
        described = hasattr(route.view, "form_action")
        assert described or form_action_of(match).can_spend, route.path
    assert takes > 60


def test_anonymous_sees_nothing(ids: dict[str, Any]) -> None:
    for route in routes(ids):
        if route.path in PUBLIC:
            continue
        for method in ("get", "post"):
            answer = getattr(Client(raise_request_exception=False), method)(route.path)
            allowed = {302, 401, 403, 405}
            assert answer.status_code in allowed, (method, route.path, answer.status_code)
            if answer.status_code == 302:
                assert "/accounts/login/" in answer["Location"], route.path


def test_another_tenants_user_finds_nothing(ids: dict[str, Any], people: People) -> None:
    client = answers_of(people.stranger)
    for route in routes(ids):
        if route.path in PUBLIC or "<" not in route.pattern:
            continue
        for method in ("get", "post"):
            answer = getattr(client, method)(route.path)
            hidden = {404, 405, 403} if route.path.startswith("/api/") else {404, 405}
            assert answer.status_code in hidden, (method, route.path, answer.status_code)
            assert b"Boots" not in answer.content, route.path


def test_each_page_answers_a_viewer_or_names_the_role_it_needs(
    ids: dict[str, Any], people: People
) -> None:
    client = answers_of(people.viewer)
    for route in routes(ids):
        if not route.path.startswith("/a/"):
            continue
        answer = client.get(route.path)
        needs = getattr(route.view, "needs_role", None)
        assert needs is not None, f"{route.pattern} does not say which role it needs"
        allowed = {200, 302, 405} if needs <= 10 else {403, 405}
        assert answer.status_code in allowed, (route.path, needs, answer.status_code)


def test_viewer_changes_nothing_by_post(ids: dict[str, Any], people: People) -> None:
    client, before = answers_of(people.viewer), _state()
    for route in routes(ids):
        if route.path.startswith("/a/"):
            answer = client.post(route.path)
            reads = getattr(route.view, "needs_role", 0) <= Role.VIEWER
            allowed = {200, 302, 405} if reads else {403, 405}
            assert answer.status_code in allowed, (route.path, answer.status_code)
            assert _state() == before, route.path


def _state() -> list[int]:
    """Every write leaves one of these."""
    models = (
        AuditEntry,
        PublishRequest,
        Job,
        ABTest,
        Rebalance,
        Incident,
        AdAccount,
        ReportSchedule,
        SavedView,
    )
    open_incidents = Incident.objects.filter(resolved_at=None).count()
    return [open_incidents, *(model._default_manager.count() for model in models)]


def test_every_page_answers_an_admin_without_showing_a_token(
    ids: dict[str, Any], people: People
) -> None:
    client = answers_of(people.admin)
    for route in routes(ids):
        answer = client.get(route.path)
        assert answer.status_code < 500, (route.path, answer.status_code)
        assert SECRET.encode() not in read(answer), route.path


def test_every_page_has_the_strict_policy(ids: dict[str, Any], people: People) -> None:
    client = answers_of(people.admin)
    for route in routes(ids):
        answer = client.get(route.path)
        policy = answer.get("Content-Security-Policy", "")
        assert "script-src 'self'" in policy or policy == "default-src 'none'", route.path
        assert "unsafe-eval" not in policy
        page = read(answer).decode(errors="replace")
        if answer["Content-Type"].startswith("text/html"):
            assert " onclick=" not in page, route.path
            assert "<script>" not in page, route.path


def test_stop_switch_is_on_every_page_for_those_who_may_use_it(
    ids: dict[str, Any], people: People
) -> None:
    for user, shown in ((people.editor, True), (people.viewer, False)):
        client = answers_of(user)
        for route in routes(ids):
            answer = client.get(route.path)
            page = read(answer)
            if route.path.startswith("/a/") and answer.status_code == 200 and b"<html" in page:
                assert (f"/a/{ids['slug']}/stop/".encode() in page) == shown, route.path
