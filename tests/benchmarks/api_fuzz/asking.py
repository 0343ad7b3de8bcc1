"""Sends made-up requests to the API, each in a transaction that is taken back, and counts."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import transaction
from rest_framework.test import APIClient

from core.models import Advertiser, ApiToken, Membership, Role, User
from tests.benchmarks.api_fuzz.requests import Sent, made_up, targets
from tests.fixtures.routes import one_of_each


@dataclass
class Count:
    """What was asked, and what must not be there: `failures` and `ignored` say which request."""

    statuses: Counter[int] = field(default_factory=Counter)
    unknown: int = 0
    failures: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def add(self, status: int, what: str, unknown: bool) -> None:
        """`unknown`: it held a name that its route does not know. 502 is a platform's failure; a
        redirect to the path with its slash takes nothing."""
        self.statuses[status] += 1
        self.unknown += unknown
        if status >= 500 and status != 502:
            self.failures.append(f"{status} {what}"[:900])
        if unknown and status < 300:
            self.ignored.append(f"{status} {what}"[:900])

    @property
    def asked(self) -> int:
        return self.statuses.total()


@dataclass(frozen=True)
class Stage:
    """A person who is admin at two advertisers that each have one of everything."""

    ids: dict[str, Any]
    secret: str


def set_stage() -> Stage:
    user = User.objects.create_user("fuzz", "fuzz@example.com")
    found = {}
    for slug in ("acme", "rival", "other"):
        advertiser = Advertiser.objects.create(
            name=slug, slug=slug, currency="USD", time_zone="America/New_York"
        )
        if slug != "other":
            Membership.objects.create(user=user, advertiser=advertiser, role=Role.ADMIN)
            found[slug] = one_of_each(advertiser, user)
    _, secret = ApiToken.issue(user=user, name="fuzz", max_role=Role.ADMIN)
    return Stage(found["acme"], secret)


def client_at(stage: Stage) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {stage.secret}")
    return client


def ask_by_hand(stage: Stage, requests: int, seed: int) -> Count:
    client, found = client_at(stage), Count()
    known = targets(stage.ids)
    for sent in islice(made_up(random.Random(seed), known, stage.ids), requests):
        body = sent.content()[:300]
        what = f"{sent.method} {sent.address[:300]} {sent.content_type} {body!r}"
        found.add(_status(client, sent), what, sent.unknown)
    return found


def _status(client: Any, sent: Sent) -> int:
    with transaction.atomic():
        answer = client.generic(
            sent.method.upper(), sent.address, sent.content(), content_type=sent.content_type
        )
        transaction.set_rollback(True)
    status: int = answer.status_code
    return status
