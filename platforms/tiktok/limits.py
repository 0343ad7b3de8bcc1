"""How many calls TikTok takes of one developer app, whichever account they are for.

Source: TikTok API for Business v1.3, rate limits.
"""

from __future__ import annotations

from platforms.common.call_limits.pace import Rule, Window

# Per second at the basic level, which every new app has; sixty times that per minute, and the same
# for every second of a day.
QUERIES_PER_SECOND = 10
APP = "tiktok"
_DAY_SECONDS = 86_400
_KEPT_SHARE = 5  # every fifth call is kept for what lowers
# Single calls with limits of their own: per second, minute and day, at the basic level.
_OWN = {"POST ad/create": (5, 150, 86_400)}


def rules_of(operation: str, per_second: int = QUERIES_PER_SECOND) -> list[Rule]:
    """The app's rule, and then the call's own. Calls are spread over the second, as those of a
    burst may reach TikTok closer together than they left."""
    kept = per_second // _KEPT_SHARE
    spread = Window(1 + kept, 1 / per_second, kept)
    day = per_second * _DAY_SECONDS
    rules = [
        Rule(APP, (Window(per_second, 1.0, kept), spread), day, day // (10 * _KEPT_SHARE)),
    ]
    own = _OWN.get(operation)
    if own is not None:
        factor = max(per_second // QUERIES_PER_SECOND, 1)
        second, minute, of_day = (limit * factor for limit in own)
        windows = (Window(second - 1, 1.0), Window(minute - 5, 60.0))
        rules.append(Rule(operation, windows, of_day - 5))
    return rules
