"""People, tenants, jobs, audit, incidents: what every app stands on."""

from adsengine.models.audit import Actor, AuditEntry, record
from adsengine.models.incidents import Incident
from adsengine.models.jobs import Job
from adsengine.models.tenants import Advertiser, Membership, Mode, Role
from adsengine.models.tokens import ApiToken
from adsengine.models.users import User

__all__ = [
    "Actor",
    "Advertiser",
    "ApiToken",
    "AuditEntry",
    "Incident",
    "Job",
    "Membership",
    "Mode",
    "Role",
    "User",
    "record",
]
