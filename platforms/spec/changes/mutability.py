"""Which fields of an existing node a platform lets change."""

from __future__ import annotations

from dataclasses import dataclass

from platforms.spec.changes.nodes import NodeKind


@dataclass(frozen=True)
class Mutability:
    """Fields that are set once, by kind of node; all below such a path are, too."""

    fixed: frozenset[tuple[NodeKind, str]] = frozenset()

    def allows(self, kind: NodeKind, path: str) -> bool:
        steps = path.split(".")
        return not any(
            (kind, ".".join(steps[:count])) in self.fixed for count in range(1, len(steps) + 1)
        )
