"""References of nodes that are made anew while an older one with theirs stays on the platform."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from platforms.spec.changes.nodes import REFERRED, NodeKey

_LONGEST = 43  # ae- and 40 characters


class NewReferences:
    """The next free number behind the old reference: the same for the same two specs."""

    def __init__(
        self, before: Collection[NodeKey], all_keys: Collection[NodeKey], taken: Collection[str]
    ) -> None:
        self._known = {key.name for key in before if key.kind in REFERRED} | set(taken)
        self._used = {key.name for key in all_keys if key.kind in REFERRED} | set(taken)

    def renamed(self, node: Any) -> Any:
        """The node as it is where it has no reference, or one that nothing else has."""
        reference = getattr(node, "reference", None)
        if reference is None or reference not in self._known:
            return node
        new = self._free(reference)
        self._used.add(new)
        return node.model_copy(update={"reference": new})

    def _free(self, reference: str) -> str:
        number = 2
        while True:
            tail = f"-{number}"
            found = reference[: _LONGEST - len(tail)] + tail
            if found not in self._used:
                return found
            number += 1
