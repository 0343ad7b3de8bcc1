"""People, tenants, jobs, audit, incidents: what every app stands on."""

from core.models.audit import AUTOMATIC_KINDS, Actor, ActorKind, AuditEntry, record
from core.models.audit_actions import AuditAction
from core.models.incidents import Incident
from core.models.jobs import Job
from core.models.names import of_name
from core.models.rates import ExchangeRate, converted, rate_on
from core.models.tenants import ActionType, Advertiser, Membership, Mode, Proof, Role
from core.models.tokens import ApiToken
from core.models.users import User

__all__ = [
    "AUTOMATIC_KINDS",
    "ActionType",
    "Actor",
    "ActorKind",
    "Advertiser",
    "ApiToken",
    "AuditAction",
    "AuditEntry",
    "ExchangeRate",
    "Incident",
    "Job",
    "Membership",
    "Mode",
    "Proof",
    "Role",
    "User",
    "converted",
    "of_name",
    "rate_on",
    "record",
]
