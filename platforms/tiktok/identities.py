"""The kinds of TikTok identity in whose name an ad may run.

Source: TikTok API for Business v1.3, identities; the rule of January 2026.
"""

from __future__ import annotations

CUSTOM_IDENTITY = "CUSTOMIZED_USER"
CUSTOM_IDENTITY_SENTENCE = (
    "TikTok takes a custom identity for no new campaign. Choose a TikTok account (TT_USER or "
    "BC_AUTH_TT) under Connections."
)
