"""The real settings with every time-out, lease and settling time divided by one number."""

import os

from adsengine.settings import *  # noqa: F403

DIVISOR = int(os.environ["LAUNCH_FAULTS_DIVISOR"])
CALL_TIMEOUT_SECONDS = 30 / DIVISOR  # type: ignore[assignment]
PUBLISH_SETTLE_SECONDS = 180 / DIVISOR  # type: ignore[assignment]
PUBLISH_SETTLE_SHORT_SECONDS = 10 / DIVISOR  # type: ignore[assignment]
# Beat's own table keeps whole seconds; this one lives in memory.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
INSTALLED_APPS = [*INSTALLED_APPS, "tests.benchmarks.launch_faults"]  # noqa: F405
