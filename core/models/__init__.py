"""Models that every app uses: users, tenants, tokens, jobs, audit, incidents, exchange rates."""

from core.models.audit import AUTOMATIC_KINDS, Actor, ActorKind, AuditEntry, record
from core.models.audit_actions import AuditAction
from core.models.heartbeats import Heartbeat
from core.models.incident_mails import IncidentMail
from core.models.incidents import Incident
from core.models.jobs import Job
from core.models.names import filter_by_name
from core.models.policy_changes import PolicyChange
from core.models.rates import ExchangeRate, convert, rate_on
from core.models.tenants import (
    ActionType,
    Advertiser,
    IncidentMails,
    IncrementalityDesign,
    Membership,
    Mode,
    Role,
)
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
    "Heartbeat",
    "Incident",
    "IncidentMail",
    "IncidentMails",
    "IncrementalityDesign",
    "Job",
    "Membership",
    "Mode",
    "PolicyChange",
    "Role",
    "User",
    "convert",
    "filter_by_name",
    "rate_on",
    "record",
]
