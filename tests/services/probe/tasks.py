from __future__ import annotations

import os
import time

from core.jobs import handles
from core.models import Job
from tests.services.probe import LEASE_SECONDS


@handles("probe", lease_seconds=LEASE_SECONDS)
def note(job: Job) -> dict[str, int]:
    """Write down that it ran; the first attempt may take long."""
    line = f"{job.key} {job.attempt}\n".encode()
    file = os.open(job.payload["file"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, line)
    os.close(file)
    if job.attempt == 1:
        time.sleep(job.payload.get("seconds", 0))
    return {"attempt": job.attempt}
