"""What each process of a test run has of its own: a folder, ports and a Redis database.

The first process of a run makes the run's folder and removes it in the end. Workers of pytest-xdist
and what a test starts find it in the environment.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_RUN = "ADSENGINE_TEST_RUN"
_VAR = "ADSENGINE_VAR"
OWNS_THE_RUN = _RUN not in os.environ
RUN = Path(os.environ.setdefault(_RUN, tempfile.mkdtemp(prefix="adsengine-test-")))
_ALONE = RUN / "alone"  # the folder of the run's first process

NAME = os.environ.get("PYTEST_XDIST_WORKER", "")
NUMBER = int(NAME.removeprefix("gw") or 0)
PORTS_EACH = 20


def _remove_run(owner: int) -> None:
    if os.getpid() == owner:  # not in a fork of it
        shutil.rmtree(RUN, ignore_errors=True)


if OWNS_THE_RUN:
    atexit.register(_remove_run, os.getpid())


def own_folder() -> Path:
    """This process's ADSENGINE_VAR, put into the environment too.

    A folder that was named for this process is taken as it is; one inherited from the process
    that starts the workers is not.
    """
    named = os.environ.get(_VAR, "")
    if not named or named == str(_ALONE):
        os.environ[_VAR] = str(RUN / NAME if NAME else _ALONE)
    folder = Path(os.environ[_VAR])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def first_port() -> int:
    """The first of PORTS_EACH ports that no other process of the machine's runs looks at: below
    those that Linux gives to outgoing connections, 32,768 and up."""
    return 20_000 + os.getpid() % 600 * PORTS_EACH
