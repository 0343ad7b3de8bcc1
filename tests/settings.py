"""The real settings with test values: fast hasher, plain static files, live calls off."""

import os

from tests.workers import own_folder

_VAR = own_folder()
os.environ.setdefault("ADSENGINE_SECRET_KEY", "for-tests-only-" + "x" * 50)
os.environ.setdefault("ADSENGINE_FIELD_KEYS", "aXRzLWEta2V5LWZvci10ZXN0cy1vbmx5LTMyLWJ5dGU=")
os.environ.setdefault("ADSENGINE_ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("ADSENGINE_HTTPS", "false")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{_VAR / 'test.sqlite3'}")
os.environ.setdefault("ADSENGINE_EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")

from adsengine.settings import *  # noqa: E402, F403

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # On disk: the live server's threads and a test's own connect apart, as in production.
    DATABASES["default"]["TEST"] = {"NAME": str(_VAR / "tests.sqlite3")}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405 - WhiteNoise warns without it
CELERY_BROKER_URL = "memory://"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PUBLISH_SETTLE_SECONDS = 0
PUBLISH_SETTLE_SHORT_SECONDS = 0
TIKTOK_QUERIES_PER_SECOND = 1000  # the emulators of most tests do not count calls
