"""Which fields of an existing node a platform lets change."""

from __future__ import annotations

from dataclasses import dataclass

from platforms.spec.changes.nodes import NodeKind


@dataclass(frozen=True)
class Mutability:
    """Fields that are set once, by kind of node; all below such a path are, too."""

    fixed: frozenset[tuple[NodeKind, str]] = frozenset()

    def allows(self, kind: NodeKind, path: str) -> bool:
        """A part that comes or goes as a whole changes all that is below it, too."""
        own = [fixed for fixed_kind, fixed in self.fixed if fixed_kind == kind]
        return not any(
            f"{path}.".startswith(f"{fixed}.") or fixed.startswith(f"{path}.") for fixed in own
        )
