"""Freezes a worker's process between the last check of a creation and its send: the one place that
no check can fence."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

from django.conf import settings

from campaigns.models import PublishRequest
from campaigns.publishing.leases import Fence

SHARE = "LAUNCH_FAULTS_FREEZE_SHARE"
"""Set for workers only: the share of creations whose process freezes after their check."""


def faults_go_on() -> Path:
    """The file that exists as long as workers may freeze."""
    return Path(settings.VAR_DIR) / "faults-go-on"


def freezes() -> Path:
    """A line for each process that froze after its check."""
    return Path(settings.VAR_DIR) / "frozen-after-the-check"


def install() -> None:
    share = float(os.environ.get(SHARE) or 0)
    if not share:
        return
    check = Fence.__call__

    def check_and_perhaps_freeze(fence: Fence) -> None:
        check(fence)
        request = fence._request
        creates = request is not None and request.operation in PublishRequest.CREATES
        if creates and random.random() < share and faults_go_on().exists():
            with freezes().open("a") as file:
                file.write(f"{os.getpid()}\n")
            os.kill(os.getpid(), signal.SIGSTOP)

    Fence.__call__ = check_and_perhaps_freeze  # type: ignore[method-assign,assignment]
