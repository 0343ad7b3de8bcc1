"""Reads of what stands around briefs: drafts, templates, name patterns."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from campaigns.models import BriefDraft, BriefTemplate, NamingPatterns
from campaigns.naming import Patterns
from core.models import Advertiser, User


def patterns_of(advertiser: Advertiser) -> Patterns:
    """The advertiser's own, or the standard ones."""
    row = NamingPatterns.objects.filter(advertiser=advertiser).first()
    return row.patterns if row else Patterns()


def drafts_of(author: User, advertiser: Advertiser) -> QuerySet[BriefDraft]:
    """One's own that are not briefs yet, the newest first."""
    return BriefDraft.objects.filter(author=author, advertiser=advertiser, sent=False)


def draft_by(author: User, advertiser: Advertiser, key: UUID) -> BriefDraft | None:
    """Sent or not."""
    mine = BriefDraft.objects.filter(author=author, advertiser=advertiser, key=key)
    return mine.select_related("brief").first()


def is_taken(key: UUID) -> bool:
    """Whether any draft has this key, whoever's it is."""
    return BriefDraft.objects.filter(key=key).exists()


def templates_of(advertiser: Advertiser) -> QuerySet[BriefTemplate]:
    rows = BriefTemplate.objects.filter(advertiser=advertiser)
    return rows.select_related("brief__advertiser", "author")
