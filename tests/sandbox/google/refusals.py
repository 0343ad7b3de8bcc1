"""What the emulator refuses, and the proof that nothing came of it."""

from __future__ import annotations

from collections.abc import Sized
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.google.client import ERRORS, found

if TYPE_CHECKING:
    from tests.sandbox.google.client import GoogleSandbox

CAMPAIGN = "mutate_operations[1]/campaign_operation/create/"
FIRST = "mutate_operations[0]/"


def refused(google: GoogleSandbox, operations: list[Any]) -> dict[str, str]:
    """Errors by code, and the proof that nothing was stored."""
    world = google.world
    tables: list[Sized] = [world.campaigns, world.ad_groups, world.ads, *world.objects.values()]
    before = [len(table) for table in tables]
    with pytest.raises(ERRORS) as caught:
        google.mutate(operations)
    assert before == [len(table) for table in tables]
    assert caught.value.error.code().name == "INVALID_ARGUMENT"
    return found(caught.value.failure)
