"""Saved views and own columns of the campaigns list. They belong to people, or to the team."""

from __future__ import annotations

from django.db import transaction
from django.http import QueryDict

from campaigns.lists.columns import known_keys
from campaigns.lists.levels import LEVELS
from campaigns.models import ColumnChoice, SavedView
from core.access import role_of
from core.common.errors import InvalidInput, NotAllowed
from core.models import Actor, Advertiser, AuditAction, Role, User, record

MOST = 100
_LEFT_OUT = ("page", "from", "to", "csrfmiddlewaretoken")


@transaction.atomic
def save_view(
    *, actor: Actor, advertiser: Advertiser, name: str, level: str, query: str, shared: bool
) -> SavedView:
    """Keep the list as the query shows it; a view of the same name of the same person is replaced.

    Raises InvalidInput on `name`, `level` or `query`, and NotAllowed where a viewer would share.
    """
    owner = _person(actor)
    name = " ".join(name.replace("\x00", "").split())
    canonical = _canonical_query(query)
    _check(advertiser, owner, name, level, canonical)
    if shared:
        _may_share(owner, advertiser)
    view, _ = SavedView.objects.update_or_create(
        advertiser=advertiser,
        owner=owner,
        name=name,
        defaults={"level": level, "query": canonical, "shared": shared},
    )
    if shared:
        after = {"level": level, "query": canonical}
        record(actor, AuditAction.SHARE_VIEW, view, advertiser=advertiser, after=after)
    return view


@transaction.atomic
def remove_view(*, actor: Actor, view: SavedView) -> None:
    """One's own; a shared one also by an admin of the advertiser. Raises NotAllowed."""
    user = _person(actor)
    if view.owner_id != user.pk and role_of(user, view.advertiser) < Role.ADMIN:
        raise NotAllowed(f"“{view}” is {view.owner}'s: they or an admin can remove it.")
    if view.shared:
        record(actor, AuditAction.REMOVE_SHARED_VIEW, view, advertiser=view.advertiser)
    view.delete()


def save_columns(*, actor: Actor, advertiser: Advertiser, columns: list[str]) -> list[str]:
    """One's own columns from now on, in this order. Raises InvalidInput without any."""
    keys = known_keys(",".join(columns))
    if not keys:
        raise InvalidInput("Choose at least one column.", field="columns")
    ColumnChoice.objects.update_or_create(
        advertiser=advertiser, user=_person(actor), defaults={"columns": ",".join(keys)}
    )
    return keys


def reset_columns(*, actor: Actor, advertiser: Advertiser) -> None:
    """Back to the standard columns."""
    ColumnChoice.objects.filter(advertiser=advertiser, user=_person(actor)).delete()


def _person(actor: Actor) -> User:
    if actor.user is None:
        raise NotAllowed("Views belong to people.")
    return actor.user


def _may_share(owner: User, advertiser: Advertiser) -> None:
    if role_of(owner, advertiser) < Role.EDITOR:
        raise NotAllowed(f"Sharing a view with the team needs the role {Role.EDITOR.label}.")


def _check(advertiser: Advertiser, owner: User, name: str, level: str, query: str) -> None:
    if not 1 <= len(name) <= 80:
        raise InvalidInput("A view's name has 1 to 80 characters.", field="name")
    if level not in LEVELS:
        raise InvalidInput("A view is of campaigns, ad groups or ads.", field="level")
    if len(query) > 2000:
        raise InvalidInput("This view is too long to keep. Select fewer rows.", field="query")
    if SavedView.objects.filter(advertiser=advertiser, owner=owner).count() >= MOST:
        raise InvalidInput(f"You have {MOST} views already. Remove one first.", field="name")


def _canonical_query(query: str) -> str:
    values = QueryDict(query, mutable=True)
    for name in _LEFT_OUT:
        values.pop(name, None)
    return values.urlencode(safe=".,")
