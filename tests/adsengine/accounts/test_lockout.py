"""Guessing a password is slowed, by name and address together, and for a while only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client

from core.common import clock
from core.models import Advertiser
from tests.adsengine.test_signed_out import hidden
from tests.fixtures.admin import superuser
from tests.fixtures.clients import signed_in, text
from tests.fixtures.people import People

LOGIN, ADMIN_LOGIN = "/accounts/login/", "/admin/login/"
RIGHT, ELSEWHERE = "a-long-password-9", "198.51.100.7"


def sign_in(
    password: str, name: str = "viewer", address: str = "192.0.2.1", path: str = LOGIN, **more: Any
) -> Any:
    """A try in a browser of its own, with another name of its program each time."""
    sent = {"username": name, "password": password, **more.pop("sent", {})}
    agent = f"Browser/{clock.real_now().timestamp()}"
    return Client().post(path, sent, REMOTE_ADDR=address, HTTP_USER_AGENT=agent, **more)


def guess(times: int, **how: Any) -> list[int]:
    return [sign_in(f"wrong-{n}", **how).status_code for n in range(times)]


def test_the_fifth_wrong_password_locks_the_name_at_that_address(people: People) -> None:
    assert guess(6) == [200, 200, 200, 200, 429, 429]
    refused = sign_in(RIGHT)
    assert refused.status_code == 429
    assert 14 * 60 < int(refused["Retry-After"]) <= 15 * 60
    assert "There were too many wrong passwords for this name from your network." in text(refused)
    assert "Try again in 15 minutes" in text(refused)


def test_other_names_there_and_the_same_name_elsewhere_go_on(people: People) -> None:
    guess(5)
    assert sign_in(RIGHT, name="editor").status_code == 302
    assert sign_in(RIGHT, address=ELSEWHERE).status_code == 302
    assert sign_in(RIGHT).status_code == 429


def test_after_the_cool_off_the_right_password_works_though_guessing_went_on(
    people: People,
) -> None:
    guess(8)
    before = clock.real_now() - settings.AXES_COOLOFF_TIME - timedelta(seconds=1)
    AccessAttempt.objects.update(attempt_time=before)
    assert sign_in(RIGHT).status_code == 302
    assert guess(1) == [200]


def test_what_is_tried_while_locked_does_not_prolong_it(people: People) -> None:
    guess(5)
    began = clock.real_now() - timedelta(minutes=10)
    AccessAttempt.objects.update(attempt_time=began)
    guess(3)
    assert set(AccessAttempt.objects.values_list("attempt_time", flat=True)) == {began}
    assert 4 * 60 < int(sign_in(RIGHT)["Retry-After"]) <= 5 * 60


def test_a_right_password_starts_the_count_anew(people: People) -> None:
    for _ in range(3):
        assert guess(4) == [200] * 4
        assert sign_in(RIGHT).status_code == 302


def test_a_name_that_nobody_has_is_locked_in_the_same_way(people: People) -> None:
    assert guess(6, name="nobody") == guess(6) == [200, 200, 200, 200, 429, 429]


def test_the_admins_sign_in_counts_with_the_other_one(people: People) -> None:
    superuser()
    assert guess(3, name="root") == [200] * 3
    assert guess(2, name="root", path=ADMIN_LOGIN) == [200, 429]
    refused = sign_in(RIGHT, name="root", path=ADMIN_LOGIN)
    assert (refused.status_code, "Retry-After" in refused) == (429, True)
    assert "Try again in 15 minutes" in text(refused)


def test_one_client_of_ipv6_is_its_network(people: People) -> None:
    for number in range(4):
        guess(1, address=f"2001:db8:1:2::{number}")
    assert guess(1, address="2001:db8:1:2:ffff::1") == [429]
    assert guess(1, address="2001:db8:1:3::1") == [200]


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_wrote(
    people: People, settings: Any
) -> None:
    def tried(claimed: str, seen: str) -> list[int]:
        return guess(1, address="10.0.0.1", HTTP_X_FORWARDED_FOR=f"{claimed}, {seen}")

    assert [tried(f"203.0.113.{n}", "192.0.2.9") for n in range(4)] == [[200]] * 4
    assert tried("203.0.113.99", "192.0.2.9") == [429]  # without a proxy: all from 10.0.0.1
    settings.BEHIND_PROXY = True
    assert [tried(f"203.0.113.{n}", "192.0.2.9") for n in range(5)] == [[200]] * 4 + [[429]]
    assert tried("203.0.113.1", "192.0.2.10") == [200]


def test_a_form_that_was_kept_survives_the_lock(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    page = client.post("/a/acme/stop/", {"reason": "Wrong prices"})
    kept = hidden(page)["kept"]
    guess(5)
    refused = sign_in(RIGHT, sent={"kept": kept[0], "next": "/a/acme/"})
    assert refused.status_code == 429
    assert hidden(refused) == {"kept": kept, "next": ["/a/acme/"]}
    assert "Wrong prices" not in str(AccessAttempt.objects.values_list("post_data"))


def test_no_password_or_form_is_stored_with_an_attempt(people: People) -> None:
    guess(1, sent={"kept": "k-secret", "next": "/n-secret/"})
    [row] = AccessAttempt.objects.values()
    assert "secret" not in str(row)
    assert "wrong-0" not in str(row)


def test_a_superuser_unlocks_and_nobody_else(people: People) -> None:
    guess(5)
    [row] = AccessAttempt.objects.filter(failures_since_start=1)[:1]
    people.admin.is_staff = True
    people.admin.save()
    path = "/admin/axes/accessattempt/"
    assert signed_in(people.admin).get(path).status_code == 403
    root = signed_in(superuser())
    assert "viewer" in text(root.get(path))
    assert root.get(f"{path}add/").status_code == 403
    chosen = {
        "action": "delete_selected",
        "_selected_action": list(AccessAttempt.objects.values_list("pk", flat=True)),
        "post": "yes",
    }
    assert root.get(f"{path}{row.pk}/change/").status_code == 200
    assert root.post(path, chosen).status_code == 302
    assert sign_in(RIGHT).status_code == 302


@pytest.mark.parametrize("name", ["\x00", "x" * 151, "🤷", "'; --"])
def test_odd_names_are_refused_like_others(people: People, name: str) -> None:
    assert guess(1, name=name) == [200]
