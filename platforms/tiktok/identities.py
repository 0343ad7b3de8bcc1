"""The kinds of TikTok identity in whose name an ad may run.

Source: TikTok API for Business v1.3, identities; the rule of January 2026.
"""

from __future__ import annotations

from collections.abc import Mapping

_CUSTOM, _BUSINESS = "CUSTOMIZED_USER", "BC_AUTH_TT"
_CUSTOM_SENTENCE = (
    "TikTok takes a custom identity for no new campaign. Choose a TikTok account (TT_USER or "
    "BC_AUTH_TT) under Connections."
)
_BUSINESS_SENTENCE = (
    "An identity of the type BC_AUTH_TT needs the id of its Business Center. Add it under "
    "Connections."
)


def identity_problem(options: Mapping[str, str]) -> str:
    """Why no ad can run in the name of the chosen identity; empty where one can."""
    kind = options.get("identity_type", "")
    if kind == _CUSTOM:
        return _CUSTOM_SENTENCE
    if kind == _BUSINESS and not options.get("identity_authorized_bc_id"):
        return _BUSINESS_SENTENCE
    return ""
