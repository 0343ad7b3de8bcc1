"""What keywords, audiences and extensions do that come or go in a parent that exists.

They are live at once. What limits (audiences that are included; keywords, but for Search) shows the
ads to everybody once the last one is gone, and to fewer people once the first is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from platforms.spec.campaign import CampaignSpec
from platforms.spec.changes.direction import Direction
from platforms.spec.changes.nodes import NodeKey, Placed

Nodes = Mapping[NodeKey, Placed]


class LiveParts:
    def __init__(self, before: Nodes, after: Nodes, wanted: CampaignSpec | None) -> None:
        self._before, self._after = before, after
        self._is_search = wanted is not None and wanted.kind == "search"
        self._had = self._limits(before)
        self._has = self._limits(after)
        self._stays = self._limits({key: one for key, one in before.items() if key in after})

    def on_create(self, key: NodeKey) -> Direction:
        """In a parent that stays."""
        use = self._use(key, self._after)
        if use == "excludes":
            return "lowers"
        if use == "limits":
            return "raises" if self._had[key.kind, key.within] else "lowers"
        return "raises" if use == "adds" else "neutral"

    def on_retire(self, key: NodeKey) -> Direction:
        use = self._use(key, self._before)
        if use == "excludes":
            return "raises"
        if use == "limits":
            return "lowers" if self._stays[key.kind, key.within] else "raises"
        return "lowers"

    def _limits(self, nodes: Nodes) -> Counter[tuple[str, str]]:
        return Counter((key.kind, key.within) for key in nodes if self._use(key, nodes) == "limits")

    def _use(self, key: NodeKey, nodes: Nodes) -> str:
        if key.kind == "negative_keyword":
            return "excludes"
        if key.kind == "keyword":
            return "adds" if self._is_search else "limits"
        if key.kind == "audience":
            uses = {"included": "limits", "excluded": "excludes", "observed": "watches"}
            return uses[nodes[key].value.use]
        return "adds" if key.kind == "extension" else "has a status"
