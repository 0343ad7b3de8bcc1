"""Changes the name patterns of an advertiser."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction

from campaigns import naming
from campaigns.models import NamingPatterns
from campaigns.naming import Patterns
from core.models import Actor, Advertiser, AuditAction, record


@transaction.atomic
def set_patterns(*, actor: Actor, advertiser: Advertiser, patterns: Patterns) -> NamingPatterns:
    """From the next plan on. Raises InputErrors on campaign, ad_group, ad or url_tags, and then
    nothing is changed. What is planned or live keeps its names."""
    tidy = Patterns(**{key: value.strip() for key, value in asdict(patterns).items()})
    naming.check(tidy)
    before = NamingPatterns.objects.filter(advertiser=advertiser).first()
    row, _ = NamingPatterns.objects.update_or_create(advertiser=advertiser, defaults=asdict(tidy))
    was = asdict(before.patterns) if before else asdict(Patterns())
    record(actor, AuditAction.SET_NAMES, row, advertiser=advertiser, before=was, after=asdict(tidy))
    return row
