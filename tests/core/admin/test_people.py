"""People in the admin: who belongs to an advertiser, users, and the keys of their programs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core.common import clock
from core.models import Advertiser, ApiToken, AuditEntry, Membership, Role, User
from tests.fixtures.admin import errors, sent_form, signed_in, superuser, url
from tests.fixtures.people import People


@pytest.fixture
def owner(people: People) -> Client:
    """Staff with the admin's role at the advertiser."""
    return signed_in(people.admin)


@pytest.fixture
def root(db: None) -> Client:
    return signed_in(superuser())


def add_member(client: Client, advertiser: Advertiser, person: str, role: Role) -> Any:
    data = sent_form(client.get(url(advertiser)))
    count = int(data["memberships-TOTAL_FORMS"])
    new = {f"memberships-{count}-person": person, f"memberships-{count}-role": str(int(role))}
    return client.post(url(advertiser), {**data, **new, "memberships-TOTAL_FORMS": str(count + 1)})


def test_admin_adds_a_member_by_address(
    owner: Client, people: People, advertiser: Advertiser
) -> None:
    response = add_member(owner, advertiser, "STRANGER@example.com", Role.EDITOR)
    assert response.status_code == 302
    made = Membership.objects.get(user=people.stranger, advertiser=advertiser)
    assert made.role == Role.EDITOR
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_name, entry.after) == (
        "add member",
        "stranger",
        {"role": "editor"},
    )


@pytest.mark.parametrize(
    ("person", "sentence"),
    [("nobody", "Nobody has this user name"), ("viewer", "This person is a member already.")],
)
def test_unknown_or_present_person_is_refused_at_the_row(
    owner: Client, advertiser: Advertiser, person: str, sentence: str
) -> None:
    response = add_member(owner, advertiser, person, Role.EDITOR)
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert Membership.objects.filter(advertiser=advertiser).count() == 4


def test_role_change_and_removal_leave_entries(
    owner: Client, people: People, advertiser: Advertiser
) -> None:
    data = sent_form(owner.get(url(advertiser)))
    rows = {data[k]: k.rsplit("-", 1)[0] for k in data if k.endswith("-person")}
    sent = {f"{rows['viewer']}-role": "30", f"{rows['editor']}-DELETE": "on"}
    data.pop(f"{rows['viewer']}-DELETE"), data.pop(f"{rows['editor']}-DELETE")
    data = {k: v for k, v in data.items() if not k.endswith("-DELETE")}
    assert owner.post(url(advertiser), {**data, **sent}).status_code == 302
    assert Membership.objects.get(user=people.viewer).role == Role.APPROVER
    assert not Membership.objects.filter(user=people.editor).exists()
    entries = {e.action: (e.before, e.after) for e in AuditEntry.objects.all()}
    assert entries == {
        "change role": ({"role": "viewer"}, {"role": "approver"}),
        "remove member": ({"role": "editor"}, {"role": None}),
    }


def test_superuser_adds_and_deactivates_a_user(root: Client) -> None:
    sent = {
        "username": "kim",
        "email": "kim@example.com",
        "usable_password": "true",
        "password1": "a-long-password-9",
        "password2": "a-long-password-9",
    }
    data = sent_form(root.get(url(User, "add")))
    assert root.post(url(User, "add"), {**data, **sent}).status_code == 302
    kim = User.objects.get(username="kim")
    assert kim.check_password("a-long-password-9")
    data = sent_form(root.get(url(kim)))
    data.pop("is_active"), data.pop("is_staff"), data.pop("is_superuser")
    assert root.post(url(kim), data).status_code == 302
    kim.refresh_from_db()
    assert (kim.is_active, kim.email) == (False, "kim@example.com")
    assert root.post(url(kim, "delete"), {"post": "yes"}).status_code == 403


# ---- tokens --------------------------------------------------------------------------------


def issue(client: Client, **fields: str) -> Any:
    data = sent_form(client.get(url(ApiToken, "add")))
    sent = {"name": "ci", "max_role": "20", **fields}
    return client.post(url(ApiToken, "add"), {**data, **sent}, follow=True)


def test_issued_token_is_shown_once_and_only_its_hash_is_kept(
    people: People, owner: Client
) -> None:
    response = issue(owner)
    [secret] = set(re.findall(r"aet_[\w-]+", response.content.decode())) - {
        ApiToken.objects.get().hint
    }
    token = ApiToken.find(secret)
    assert token is not None
    assert (token.user, token.max_role, token.name) == (people.admin, Role.EDITOR, "ci")
    assert secret not in str(ApiToken.objects.values().get())
    assert secret not in str(list(AuditEntry.objects.values()))
    for page in (url(token), url(ApiToken, "changelist")):
        assert secret not in owner.get(page).content.decode()


def test_token_for_somebody_else_is_issued_by_superusers_only(
    people: People, owner: Client, root: Client
) -> None:
    issue(owner, user=str(people.approver.pk))
    assert ApiToken.objects.get().user == people.admin
    issue(root, user=str(people.approver.pk))
    assert ApiToken.objects.filter(user=people.approver).count() == 1


def test_tokens_are_their_owners_and_are_revoked_by_deleting(people: People, owner: Client) -> None:
    issue(owner)
    token = ApiToken.objects.get()
    colleague = signed_in(people.editor)
    assert colleague.get(url(token)).status_code == 404
    assert colleague.post(url(token, "delete"), {"post": "yes"}).status_code == 404
    assert ApiToken.objects.count() == 1
    assert owner.post(url(token, "delete"), {"post": "yes"}).status_code == 302
    assert ApiToken.objects.count() == 0
    assert AuditEntry.objects.filter(action="revoke API token").count() == 1


def test_token_that_would_have_expired_already_is_refused(owner: Client) -> None:
    past = clock.real_now() - timedelta(days=1)
    sent = {"expires_at_0": f"{past:%Y-%m-%d}", "expires_at_1": "12:00:00"}
    assert errors(issue(owner, **sent)) == {"expires_at": ["Give a time in the future."]}
    assert ApiToken.objects.count() == 0
