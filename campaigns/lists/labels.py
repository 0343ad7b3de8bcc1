"""Labels: a team's own words on campaigns. Nothing of them is sent to a platform."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from campaigns.models import Campaign, Label
from core.common.errors import InvalidInput
from core.models import Actor, Advertiser, AuditAction, filter_by_name, record

MOST = 200


@transaction.atomic
def add_label(
    *, actor: Actor, advertiser: Advertiser, campaigns: Iterable[Campaign], name: str
) -> list[Campaign]:
    """Those that got it: the ones without it so far. A label of this name is made where there is
    none. Raises InvalidInput on `label`."""
    label = _label(advertiser, name)
    having = set(label.campaigns.values_list("pk", flat=True))
    return [c for c in campaigns if c.pk not in having and _add(actor, label, c)]


@transaction.atomic
def remove_label(
    *, actor: Actor, advertiser: Advertiser, campaigns: Iterable[Campaign], name: str
) -> list[Campaign]:
    """Those that lost it. A label that is on nothing any more is gone."""
    label = filter_by_name(Label.objects.filter(advertiser=advertiser), name.strip()).first()
    if label is None:
        raise InvalidInput(f"There is no label {name.strip()[:60]!r} here.", field="label")
    having = set(label.campaigns.values_list("pk", flat=True))
    lost = [campaign for campaign in campaigns if campaign.pk in having]
    label.campaigns.remove(*lost)
    for campaign in lost:
        _note(
            actor,
            AuditAction.REMOVE_LABEL,
            campaign,
            before={"label": label.name},
            after={"label": None},
        )
    if not label.campaigns.exists():
        label.delete()
    return lost


def _label(advertiser: Advertiser, name: str) -> Label:
    plain = " ".join(name.replace("\x00", "").split())
    if not 1 <= len(plain) <= 60:
        raise InvalidInput("A label has 1 to 60 characters.", field="label")
    found = filter_by_name(Label.objects.filter(advertiser=advertiser), plain).first()
    if found is not None:
        return found
    if Label.objects.filter(advertiser=advertiser).count() >= MOST:
        raise InvalidInput(f"There are {MOST} labels already.", field="label")
    return Label.objects.create(advertiser=advertiser, name=plain)


def _add(actor: Actor, label: Label, campaign: Campaign) -> bool:
    label.campaigns.add(campaign)
    _note(actor, AuditAction.ADD_LABEL, campaign, before={}, after={"label": label.name})
    return True


def _note(
    actor: Actor,
    action: AuditAction,
    campaign: Campaign,
    before: dict[str, str | None],
    after: dict[str, str | None],
) -> None:
    record(
        actor,
        action,
        campaign,
        advertiser=campaign.account.advertiser,
        before=before,
        after=after,
    )
