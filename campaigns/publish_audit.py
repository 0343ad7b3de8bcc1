"""What the audit says of a change that was sent to a platform, and of everything else."""

from __future__ import annotations

from django.db.models import QuerySet

from campaigns.models import PublishRequest
from core.models import AuditAction, AuditEntry

Operation = PublishRequest.Operation
PUBLISHED: dict[str, AuditAction] = {
    Operation.CREATE_CAMPAIGN: AuditAction.PUBLISHED_CREATE_CAMPAIGN,
    Operation.CREATE_AD_GROUP: AuditAction.PUBLISHED_CREATE_AD_GROUP,
    Operation.CREATE_AD: AuditAction.PUBLISHED_CREATE_AD,
    Operation.SET_STATUS: AuditAction.PUBLISHED_SET_STATUS,
    Operation.SET_BUDGET: AuditAction.PUBLISHED_SET_BUDGET,
    Operation.UPDATE_CAMPAIGN: AuditAction.PUBLISHED_UPDATE_CAMPAIGN,
}
REFUSED: dict[str, AuditAction] = {
    Operation.CREATE_CAMPAIGN: AuditAction.REFUSED_CREATE_CAMPAIGN,
    Operation.CREATE_AD_GROUP: AuditAction.REFUSED_CREATE_AD_GROUP,
    Operation.CREATE_AD: AuditAction.REFUSED_CREATE_AD,
    Operation.SET_STATUS: AuditAction.REFUSED_SET_STATUS,
    Operation.SET_BUDGET: AuditAction.REFUSED_SET_BUDGET,
    Operation.UPDATE_CAMPAIGN: AuditAction.REFUSED_UPDATE_CAMPAIGN,
}


def without_sending(entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
    """Without the entries of sent requests: sending is no change of its own."""
    return entries.exclude(action__in=PUBLISHED.values())
