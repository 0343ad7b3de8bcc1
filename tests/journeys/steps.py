"""What every journey does: signing in, and letting the background work be done."""

from __future__ import annotations

from typing import Any

from adsengine import jobs

PASSWORD = "a-long-password-9"


def sign_in(page: Any, address: str, name: str) -> None:
    page.goto(address)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview", level=1).wait_for()


def work_between_polls(page: Any, address: str) -> None:
    """Do what workers would do, while no request is under way: the live server and this test
    share one connection to the database. A poll sent meanwhile is held by the route, whose
    handler runs only once this thread waits for the page again."""
    page.route(address, lambda route: route.continue_())
    with page.expect_response(address):
        pass
    jobs.run_due()
