"""What requests of one kind for one object ask for: the newest wish wins, field by field."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from campaigns.models import PublishRequest

State = PublishRequest.State
_STANDING = (*PublishRequest.OPEN, State.DONE)


def same_kind(one: PublishRequest, other: PublishRequest) -> bool:
    """The same operation on the same object: the newer replaces the older."""
    keys = ("operation", "target_type", "target_id")
    return all(getattr(one, key) == getattr(other, key) for key in keys)


def of_same_kind(request: PublishRequest) -> QuerySet[PublishRequest]:
    return PublishRequest.objects.filter(
        operation=request.operation, target_type=request.target_type, target_id=request.target_id
    )


def newer(request: PublishRequest) -> QuerySet[PublishRequest]:
    """Later wishes of the kind that stand: open or done."""
    return of_same_kind(request).filter(pk__gt=request.pk, state__in=_STANDING).order_by("pk")


def remaining(request: PublishRequest) -> dict[str, Any] | None:
    """The payload without what a newer request asks for; None where nothing is left of it."""
    payload: dict[str, Any] = request.payload
    later = [r.payload for r in newer(request)]
    if not later:
        return payload
    if request.operation != PublishRequest.Operation.UPDATE_CAMPAIGN:
        return None
    covered = {key for each in later for key in each["to"]}
    to = {key: value for key, value in payload["to"].items() if key not in covered}
    before = payload.get("before") or {}
    left = {"to": to, "before": {key: before[key] for key in to if key in before}}
    return left if to else None


def merge(older: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """One payload for both: fields that only the older one changes are not lost."""
    if not isinstance(later.get("to"), dict) or not isinstance(older.get("to"), dict):
        return later
    before = {**(later.get("before") or {}), **(older.get("before") or {})}
    return {**later, "to": {**older["to"], **later["to"]}, "before": before}


def value_before(request: PublishRequest) -> Any:
    """What a refused change takes the row back to: the wish before the first of the unbroken line
    of changes that ended without being made."""
    value = request.payload.get("before")
    for older in of_same_kind(request).filter(pk__lt=request.pk).order_by("-pk")[:50]:
        fell_through = older.state in {State.REFUSED, State.CANCELLED}
        if not fell_through or older.payload.get("to") != value:
            break
        value = older.payload.get("before")
    return value
