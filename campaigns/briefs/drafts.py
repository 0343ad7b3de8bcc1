"""Drafts of briefs: kept while somebody types, gone when they became a brief."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from campaigns.models import Brief, BriefDraft
from core.common.errors import InvalidInput, NotAllowed
from core.models import Actor, Advertiser, User

MOST, MOST_CHARACTERS = 50, 200_000
Typed = Mapping[str, list[str]]


@transaction.atomic
def save_draft(*, actor: Actor, advertiser: Advertiser, key: UUID, typed: Typed) -> BriefDraft:
    """Keep what was typed, under the form's key; a form that became a brief keeps nothing more.

    Raises InvalidInput on `draft` when it is too long or there are too many, NotAllowed for
    somebody else's.
    """
    author = _person(actor)
    if len(json.dumps(typed)) > MOST_CHARACTERS:
        raise InvalidInput("This draft is too long to keep. Shorten its texts.", field="draft")
    found = _lock_draft(author, advertiser, key)
    if found is not None and found.sent:
        return found
    name = " ".join((typed.get("name") or [""])[0].split())[:120]
    # PostgreSQL takes no NUL.
    fields = {field: [text.replace("\x00", "") for text in texts] for field, texts in typed.items()}
    name = name.replace("\x00", "")
    if found is None:
        return _new(author, advertiser, key, name, fields)
    found.name, found.fields = name, fields
    found.save(update_fields=["name", "fields", "changed_at"])
    return found


def _new(
    author: User, advertiser: Advertiser, key: UUID, name: str, fields: dict[str, list[str]]
) -> BriefDraft:
    mine = BriefDraft.objects.filter(author=author, advertiser=advertiser, sent=False)
    if mine.count() >= MOST:
        raise InvalidInput(f"You have {MOST} drafts already. Discard one first.", field="draft")
    typed = {"advertiser": advertiser, "author": author, "name": name, "fields": fields}
    BriefDraft.objects.get_or_create(key=key, defaults=typed)  # two requests may ask at once
    return _get_draft(author, advertiser, key)


@transaction.atomic
def claim_draft(*, actor: Actor, advertiser: Advertiser, key: UUID) -> BriefDraft:
    """The form's draft, held until the transaction ends, so that one form makes one brief. Its
    `brief` is set when it made one before."""
    author = _person(actor)
    defaults = {"advertiser": advertiser, "author": author}
    BriefDraft.objects.get_or_create(key=key, defaults=defaults)
    return _get_draft(author, advertiser, key)


def settle_draft(draft: BriefDraft, brief: Brief) -> None:
    """It became this brief: what was typed is kept there."""
    draft.brief, draft.sent, draft.fields = brief, True, {}
    draft.save(update_fields=["brief", "sent", "fields", "changed_at"])


def discard_draft(*, actor: Actor, draft: BriefDraft) -> None:
    """One's own only. Raises NotAllowed."""
    if draft.author_id != _person(actor).pk:
        raise NotAllowed("This draft is somebody else's.")
    draft.delete()


def _get_draft(author: User, advertiser: Advertiser, key: UUID) -> BriefDraft:
    found = _lock_draft(author, advertiser, key)
    if found is None:
        raise InvalidInput("This draft was discarded meanwhile.", field="draft")
    return found


def _lock_draft(author: User, advertiser: Advertiser, key: UUID) -> BriefDraft | None:
    found = BriefDraft.objects.select_for_update().filter(key=key).first()
    if found and (found.author_id, found.advertiser_id) != (author.pk, advertiser.pk):
        raise NotAllowed("This draft is somebody else's.")
    return found


def _person(actor: Actor) -> User:
    if actor.user is None:
        raise NotAllowed("Drafts belong to people.")
    return actor.user
