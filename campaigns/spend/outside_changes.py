"""Tells of a budget or status that somebody changed on the platform, and of a deleted campaign.

Reading such a change approves nothing. One incident per campaign, with the values before the first
change and those of now; it closes when they are the same again, when the campaign's budget or
status is decided here, or when a person approves what it may spend now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaigns.models import Campaign, RemoteState, SpendApproval, Wanted
from core.models import AuditAction, AuditEntry, Incident
from platforms.models import AdAccount

Values = dict[str, Any]
BUDGET, STATUS, THERE = "daily_budget_micros", "wanted", "remote"
_GONE = RemoteState.ABSENT.value
_DECIDED = (AuditAction.SET_DAILY_BUDGET, AuditAction.SET_STATUS)


def report(campaign: Campaign, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Open the incident of changes of `FIELDS`, or bring it up to date. Call it before the change
    is recorded in the audit, which is where the first values are read from later."""
    known = Incident.objects.filter(
        advertiser=campaign.account.advertiser, key=_key(campaign), resolved_at=None
    ).first()
    base = {**before, **(_base(campaign, known) if known else {})}
    changed = _changed(base, {**_values(campaign), **after})
    if changed:
        _open(campaign, base, changed)
    elif known:
        _resolve(campaign)


def check(account: AdAccount) -> None:
    """Close the incidents of this account whose cause is gone."""
    told = _told(account)
    for campaign in account.campaigns.filter(pk__in=told).select_related("account__advertiser"):
        incident = told[campaign.pk]
        is_same = not _changed(_base(campaign, incident), _values(campaign))
        is_over = campaign.wanted == Wanted.ARCHIVED or campaign.remote == RemoteState.ENDED
        if is_same or is_over or _is_decided(campaign, incident):
            _resolve(campaign)


def told_of(account: AdAccount) -> frozenset[int]:
    """Ids of the campaigns with an open incident."""
    return frozenset(_told(account))


def _told(account: AdAccount) -> dict[int, Incident]:
    prefix = f"outside:{account.pk}:"
    found = Incident.objects.filter(
        advertiser=account.advertiser_id, key__startswith=prefix, resolved_at=None
    )
    return {int(incident.key.removeprefix(prefix)): incident for incident in found}


def _base(campaign: Campaign, incident: Incident) -> Values:
    """The values before the first of the changes that the incident is about."""
    base: Values = {}
    for before in _entries(campaign, incident, AuditAction.CHANGED_ON_THE_PLATFORM).values_list(
        "before", flat=True
    ):
        base = {**{key: value for key, value in before.items() if key in FIELDS}, **base}
    return base


def _is_decided(campaign: Campaign, incident: Incident) -> bool:
    """Whether it was changed here, or approved by a person, after the change on the platform."""
    approved = SpendApproval.objects.filter(
        campaign=campaign, given_at__gt=incident.since, approver__isnull=False
    )
    return _entries(campaign, incident, *_DECIDED).exists() or approved.exists()


def _entries(campaign: Campaign, incident: Incident, *actions: AuditAction) -> Any:
    return AuditEntry.objects.filter(
        target_type="campaign", target_id=campaign.pk, action__in=actions, at__gte=incident.since
    ).order_by("id")


FIELDS = (BUDGET, STATUS, THERE)


def _values(campaign: Campaign) -> Values:
    return {name: getattr(campaign, name) for name in FIELDS}


def _changed(base: Values, now: Values) -> Values:
    """The values of now that differ; of the remote state only whether it is there at all."""
    changed = {
        name: now[name] for name in (BUDGET, STATUS) if base.get(name, now[name]) != now[name]
    }
    if now[THERE] == _GONE and base.get(THERE, _GONE) != _GONE:
        changed[THERE] = _GONE
    return changed


# ---- words -------------------------------------------------------------------------------


def _open(campaign: Campaign, base: Values, changed: Values) -> None:
    advertiser = campaign.account.advertiser
    platform = campaign.account.get_platform_display()
    verb = "deleted" if THERE in changed else "changed"
    Incident.open(
        advertiser,
        _key(campaign),
        title=f"{campaign.name[:120]}: {verb} on {platform}, outside of AdsEngine",
        detail="\n".join(_lines(campaign, base, changed)),
        at_stake=_at_stake(campaign, base, changed),
        next_step=_next_step(changed, platform),
        url=f"/a/{advertiser.slug}/campaigns/{campaign.pk}/",
    )


def _lines(campaign: Campaign, base: Values, changed: Values) -> list[str]:
    lines = []
    if BUDGET in changed:
        old, new = _amount(campaign, base[BUDGET]), _amount(campaign, changed[BUDGET])
        lines.append(f"Daily budget: {old} before, {new} now.")
    if STATUS in changed:
        lines.append(f"Status: {base[STATUS]} before, {changed[STATUS]} now.")
    if THERE in changed:
        lines.append("It was there before; now the platform lists it no more.")
    return lines


def _amount(campaign: Campaign, micros: int | None) -> str:
    return "none" if micros is None else str(campaign.account.money(micros))


def _at_stake(campaign: Campaign, base: Values, changed: Values) -> str:
    old = base.get(BUDGET, campaign.daily_budget_micros) or 0
    new = changed.get(BUDGET, campaign.daily_budget_micros) or 0
    if THERE in changed or changed.get(STATUS) == Wanted.PAUSED:
        return f"It does not run: {campaign.account.money(old)} a day is not spent."
    if changed.get(STATUS) == Wanted.ACTIVE:
        return f"It runs, at {campaign.account.money(new)} a day."
    difference = campaign.account.money(abs(new - old))
    if new > old:
        return f"It may spend {difference} a day more than was decided here."
    return f"It may spend {difference} a day less than was decided here."


def _next_step(changed: Values, platform: str) -> str:
    if THERE in changed:
        return "Archive it here, or launch it again if it was deleted by mistake."
    return (
        "Set budget and status here as you want them, and an approver allows what is more; or "
        f"change it back on {platform}. Ask who changed it there."
    )


def _resolve(campaign: Campaign) -> None:
    Incident.resolve(campaign.account.advertiser, _key(campaign))


def _key(campaign: Campaign) -> str:
    return f"outside:{campaign.account_id}:{campaign.pk}"
