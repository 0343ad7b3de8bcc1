"""Walks every route there is: as anonymous, as another tenant's user, and per role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from agents.models import Strategy
from agents.services import plan_brief
from campaigns.models import (
    Ad,
    AdGroup,
    Asset,
    Campaign,
    Creative,
    PublishRequest,
    ReportImport,
    ReportSchedule,
    SavedView,
)
from campaigns.services import create_brief
from core.action_labels import UNDESCRIBED, form_action_of, match_of
from core.models import Actor, Advertiser, AuditEntry, Incident, Job, Role, User
from optimization import services
from optimization.models import ABTest, Decision, PacingPlan, Rebalance, Run
from platforms.models import AdAccount, Credential
from tests.fixtures.clients import signed_in
from tests.fixtures.people import People
from tests.fixtures.world import brief_wish

SECRET = "a-token-that-must-not-be-seen"
PUBLIC = {"/", "/healthz", "/readyz", "/favicon.ico"}


@dataclass(frozen=True)
class Route:
    path: str
    pattern: str
    view: Any


def _walk(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for entry in patterns:
        text = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, text)
        elif isinstance(entry, URLPattern):
            yield text, entry.callback


@pytest.fixture
def ids(advertiser: Advertiser, people: People) -> dict[str, Any]:
    """One of everything at the advertiser, by the names that routes use."""
    actor = Actor.person(people.admin)
    account = AdAccount.objects.create(
        advertiser=advertiser,
        platform="meta",
        external_id="1",
        name="Shop",
        currency="USD",
        time_zone="UTC",
    )
    Credential.objects.create(account=account, secrets={"access_token": SECRET})
    campaign = Campaign.objects.create(
        account=account, name="Boots", remote_id="9", wanted="active", daily_budget_micros=10**8
    )
    group = AdGroup.objects.create(campaign=campaign, name="All")
    creative = Creative.objects.create(advertiser=advertiser, name="A")
    ads = [
        Ad.objects.create(ad_group=group, name=n, remote_id=n, wanted="active", creative=creative)
        for n in "AB"
    ]
    test = services.create_test(actor=actor, campaign=campaign)
    services.analyse_test(test)
    decision = Decision.objects.create(
        campaign=campaign, ad=ads[0], test=test, action="pause_ad", state="proposed", reason="x"
    )
    rebalance = Rebalance.objects.create(
        advertiser=advertiser, currency="USD", total_micros=10**8, asked_by="x"
    )
    run = Run.objects.create(advertiser=advertiser, kind="optimize", slot="a")
    plan = PacingPlan.objects.create(
        advertiser=advertiser, name="Boots plan", currency="USD", total_micros=10**9, created_by="x"
    )
    brief = create_brief(
        actor=actor, advertiser=advertiser, content=brief_wish(advertiser, [account])
    )
    plan_brief(actor=actor, brief=brief)
    incident = Incident.open(advertiser, "x:1", title="Something", next_step="Do this")
    return {
        "slug": advertiser.slug,
        "account": account.pk,
        "ad": ads[0].pk,
        "asset": Asset.objects.first().pk,  # type: ignore[union-attr]
        "brief": brief.pk,
        "campaign": campaign.pk,
        "creative": creative.pk,
        "decision": decision.pk,
        "incident": incident.pk,
        "pacing": plan.pk,
        "pacing_plan": plan.pk,
        "rebalance": rebalance.pk,
        "run": run.pk,
        "strategy": Strategy.objects.get(brief=brief).pk,
        "report_import": ReportImport.objects.create(
            advertiser=advertiser, file_name="r.csv", sha256="0" * 64, source="x", actor_name="x"
        ).pk,
        "report": ReportSchedule.objects.create(
            advertiser=advertiser, name="Weekly", cadence="weekly", hour=8, created_by="x"
        ).pk,
        "view": SavedView.objects.create(
            advertiser=advertiser, owner=people.admin, name="Mine", level="ads", shared=True
        ).pk,
        "ad_group": group.pk,
        "ab_test": test.pk,
        "test": test.pk,
    }


def routes(ids: dict[str, Any]) -> list[Route]:
    """Every page and API route with our own ids in place. Admin has its own walk."""
    import re

    found = []
    for pattern, view in _walk(get_resolver().url_patterns):
        if pattern.startswith(("admin/", "^static", "accounts/")) or "format" in pattern:
            continue
        path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", pattern).replace("^", "").replace("$", "")
        path = re.sub(r"\\?/\?$", "/", path).replace("\\Z", "").replace("\\.", ".")
        found.append(Route("/" + _filled(path, ids), pattern, view))
    return found


def _filled(path: str, ids: dict[str, Any]) -> str:
    import re

    def value(match: re.Match[str]) -> str:
        name = match[1].partition(":")[2] or match[1]
        if name in ids:
            return str(ids[name])
        before = path[: match.start()].rstrip("/").rpartition("/")[2]
        singular = before.replace("-", "_").removesuffix("s")
        aliases = {"connection": "account", "import": "report_import", "performance": "campaign"}
        key = aliases.get(singular, singular)
        if key in ids:
            return str(ids[key])
        return {"platform": "meta", "task": "1"}.get(name, "1")

    return re.sub(r"<([^>]+)>", value, path)


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
