"""What every journey does: signing in, and letting the background work be done."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin

from django.conf import settings

from campaigns.tasks import sync_due_accounts
from core import jobs
from core.models import User
from tests.fixtures.clients import signed_in
from tests.fixtures.world import Sandbox

PASSWORD = "a-long-password-9"


def sign_in(page: Any, address: str, name: str) -> None:
    """Open the address as that person, whose session is there already: the form is for the
    journeys that are about it."""
    cookie = signed_in(User.objects.get(username=name)).cookies[settings.SESSION_COOKIE_NAME]
    whole_site = urljoin(address, "/")
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": whole_site}])
    page.goto(address)


def give_password(page: Any, name: str) -> None:
    """Into the form that the page shows."""
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def work_between_polls(page: Any, address: re.Pattern[str]) -> None:
    """Do what workers would do, while no request is under way: the live server and this test
    share one connection to the database. Each polling part asks again only after its answer, so
    once every one of them is held here, the server has nothing left to do."""
    polling = page.locator("[hx-get]").count()
    held: list[Any] = []
    page.route(address, lambda route: held.append(route))
    while len(held) < polling:
        page.wait_for_timeout(50)
    jobs.run_due()
    for route in held:
        route.continue_()
    page.unroute(address)


def play_market(sandbox: Sandbox, days: int) -> None:
    """Days of market, read by the sync as workers would, but once."""
    sandbox.advance(days=days)
    sync_due_accounts()
    jobs.run_due()


def work_alone(page: Any) -> None:
    """Do what workers would do, with no page open that could ask meanwhile."""
    page.goto("about:blank")
    jobs.run_due()
