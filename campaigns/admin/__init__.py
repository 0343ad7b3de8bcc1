"""Campaigns, briefs and ledgers in the admin. Loading registers them."""

from campaigns.admin import briefs, campaigns, ledgers, switches

__all__ = ["briefs", "campaigns", "ledgers", "switches"]
