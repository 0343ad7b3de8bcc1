"""The admin's base, and the admin of what core holds. Loading registers it."""

from core.admin import advertisers, people

__all__ = ["advertisers", "people"]
