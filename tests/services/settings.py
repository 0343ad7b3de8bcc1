"""The test settings with the real broker and one more app: for processes that a test starts."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS, REDIS_URL

CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
INSTALLED_APPS = [*INSTALLED_APPS, "tests.services.probe"]
