"""The test settings with a SQLite file in place of memory, so that threads connect apart."""

from tests.settings import *  # noqa: F403
from tests.settings import _VAR, DATABASES

DATABASES["default"]["TEST"] = {"NAME": str(_VAR / "races.sqlite3")}
