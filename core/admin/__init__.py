"""The base classes of every app's admin, and the admin of core's models, which importing
registers."""

from core.admin import advertisers, people, policy, sign_ins

__all__ = ["advertisers", "people", "policy", "sign_ins"]
