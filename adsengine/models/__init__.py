"""People, tenants, jobs, audit, incidents: what every app stands on."""

from adsengine.models.audit import Actor, AuditEntry, record
from adsengine.models.incidents import Incident
from adsengine.models.jobs import Job
from adsengine.models.names import of_name
from adsengine.models.rates import ExchangeRate, converted, rate_on
from adsengine.models.tenants import ActionType, Advertiser, Membership, Mode, Proof, Role
from adsengine.models.tokens import ApiToken
from adsengine.models.users import User

__all__ = [
    "ActionType",
    "Actor",
    "Advertiser",
    "ApiToken",
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
