"""Briefs that the team starts others from."""

from __future__ import annotations

from django.db import transaction

from campaigns.models import Brief, BriefTemplate
from core.common.errors import InvalidInput
from core.models import Actor, Advertiser, AuditAction, filter_by_name, record

MOST = 200


@transaction.atomic
def save_template(*, actor: Actor, brief: Brief, name: str) -> BriefTemplate:
    """Keep a brief to start from; one of the same name is replaced. Raises InvalidInput."""
    name = " ".join(name.replace("\x00", "").split())
    if not 1 <= len(name) <= 80:
        raise InvalidInput("A template's name has 1 to 80 characters.", field="name")
    Advertiser.objects.select_for_update().get(pk=brief.advertiser_id)  # one of a name at a time
    mine = BriefTemplate.objects.filter(advertiser=brief.advertiser)
    before = filter_by_name(mine, name).first()
    if before is None and mine.count() >= MOST:
        raise InvalidInput(f"There are {MOST} templates already. Remove one first.", field="name")
    if before is not None:
        before.delete()
    row = BriefTemplate.objects.create(
        advertiser=brief.advertiser, name=name, brief=brief, author=actor.user
    )
    after = {"brief": brief.pk}
    record(actor, AuditAction.SAVE_TEMPLATE, row, advertiser=brief.advertiser, after=after)
    return row


@transaction.atomic
def remove_template(*, actor: Actor, template: BriefTemplate) -> None:
    """The brief itself stays."""
    record(actor, AuditAction.REMOVE_TEMPLATE, template, advertiser=template.advertiser)
    template.delete()
