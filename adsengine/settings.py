"""The one settings module: every value from the environment, no secret has a default.

`.env.example` lists each setting with what it does.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import certifi
import dj_database_url
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from core.common import clock, env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("ADSENGINE_VAR", str(BASE_DIR / "var")))

DEBUG = env.flag("ADSENGINE_DEBUG", False)
SECRET_KEY = env.text(
    "ADSENGINE_SECRET_KEY",
    how="Set it to 50 or more random characters, e.g. from: openssl rand -base64 48",
)


def _field_keys(how: str) -> list[str]:
    keys = env.names("ADSENGINE_FIELD_KEYS", how=f"Set it to {how}")
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        raise ImproperlyConfigured(
            f"ADSENGINE_FIELD_KEYS holds a value that is not a Fernet key. It takes {how}"
        ) from None
    return keys


FIELD_KEYS = _field_keys(
    "one or more Fernet keys, newest first; make one with: openssl rand -base64 32 | tr +/ -_"
)
HTTPS = env.flag("ADSENGINE_HTTPS", True)
ALLOWED_HOSTS = env.names(
    "ADSENGINE_ALLOWED_HOSTS",
    how="Set it to the host names that people use, e.g. ads.example.com",
)
CSRF_TRUSTED_ORIGINS = env.names("ADSENGINE_TRUSTED_ORIGINS")

# ---- where platform calls go -------------------------------------------------------------
# Live calls spend money, so they are off unless switched on; both set is an error.
LIVE_CALLS = env.flag("ADSENGINE_LIVE_CALLS", False)
SANDBOX_INFO_FILE = env.text("ADSENGINE_SANDBOX_INFO", "")


def _sandbox_info(path: str) -> dict[str, Any]:
    if not path:
        return {}
    if LIVE_CALLS:
        raise ImproperlyConfigured(
            "ADSENGINE_LIVE_CALLS and ADSENGINE_SANDBOX_INFO exclude each other: unset one."
        )
    try:
        info: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        _ = info["clock"]["url"], info["google"]["ca_file"], info["meta"], info["tiktok"]
    except (OSError, ValueError, LookupError, TypeError) as err:
        raise ImproperlyConfigured(
            f"ADSENGINE_SANDBOX_INFO cannot be used ({type(err).__name__}: {err}). Save the line "
            "that `manage.py sandbox --json` prints into that file."
        ) from err
    return info


SANDBOX = _sandbox_info(SANDBOX_INFO_FILE)
if SANDBOX:
    clock.use_sandbox_clock(SANDBOX["clock"]["url"], VAR_DIR / "market_clock.json")
    # gRPC reads this once, before the first channel of the process: later is too late.
    os.environ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = SANDBOX["google"]["ca_file"]
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1"
else:
    os.environ.setdefault("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", certifi.where())

INSTALLED_APPS = [
    "adsengine",
    "core",
    "platforms",
    "campaigns",
    "optimization",
    "agents",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "adsengine.middleware.NoStoreMiddleware",
    "adsengine.middleware.SignedOutMiddleware",
    "adsengine.middleware.AdsEngineErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "adsengine.urls"
WSGI_APPLICATION = "adsengine.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.access.page_context",
            ],
            "builtins": ["campaigns.templatetags.formatting"],
        },
    }
]


def _database(url: str) -> dict[str, Any]:
    how = "Set it to e.g. postgres://user:password@localhost/adsengine"
    try:
        config: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=60))
    except ValueError:  # its message may quote the password
        raise ImproperlyConfigured(
            f"DATABASE_URL is not the address of a database. {how}, special characters as %XX."
        ) from None
    if config["ENGINE"].rpartition(".")[2] not in {"postgresql", "sqlite3"}:
        raise ImproperlyConfigured(f"DATABASE_URL is neither postgres:// nor sqlite:///. {how}")
    if config["NAME"] in {"", ":memory:"}:
        # Web and worker are separate processes: each would have its own empty database.
        raise ImproperlyConfigured(f"DATABASE_URL names no database. {how} or sqlite:////a/file")
    if config["ENGINE"].endswith("sqlite3"):
        # IMMEDIATE takes the write lock at the start, so that writers wait instead of failing
        # half-way with "database is locked"; WAL lets readers go on meanwhile.
        config["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
            "PRAGMA cache_size=-64000;PRAGMA temp_store=MEMORY;",
        }
    return config


DATABASES = {
    "default": _database(
        env.text(
            "DATABASE_URL",
            how="Set it to e.g. postgres://user:password@localhost/adsengine",
        )
    )
}

AUTH_USER_MODEL = "adsengine.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Guessing a password is slowed: five wrong ones for a name from an address (both together, so that
# nobody locks out somebody else from elsewhere), then none is looked at for a quarter of an hour.
# What is tried meanwhile does not prolong it.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "adsengine.accounts.lockout.locked_out"
AXES_CLIENT_IP_CALLABLE = "core.throttling.address.client_address"
AXES_DISABLE_ACCESS_LOG = True  # who signed in when is not kept beside `last_login`
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # core.admin.sign_ins shows them
# What is not stored of a sign-in that failed, besides the password.
AXES_SENSITIVE_PARAMETERS = ["username", "csrfmiddlewaretoken", "kept", "next"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("ADSENGINE_STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "adsengine.plotly_files.PlotlyFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR_DIR / "media"  # served by a view that checks who asks, never by the web server
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 40
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",  # up to 2.5 MB
    "core.uploads.BoundedFileUploadHandler",
]

# ---- security ----------------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "adsengine.sign_in.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
BEHIND_PROXY = env.flag("ADSENGINE_BEHIND_PROXY", False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        # Plotly writes style elements; without them its layout breaks.
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

EMAIL_BACKEND = env.text("ADSENGINE_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.text("ADSENGINE_EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("ADSENGINE_EMAIL_PORT", 25, low=1, high=65535)
EMAIL_HOST_USER = env.text("ADSENGINE_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("ADSENGINE_EMAIL_PASSWORD", "")
_EMAIL_TLS = env.choice("ADSENGINE_EMAIL_TLS", "none", "none starttls tls")
EMAIL_USE_TLS = _EMAIL_TLS == "starttls"  # begins in clear and changes over; usually port 587
EMAIL_USE_SSL = _EMAIL_TLS == "tls"  # encrypted from the first byte; usually port 465
EMAIL_TIMEOUT = 30  # seconds: a mail server that hangs must not hold a worker
# Where people reach the installation, for links in mails: https://ads.example.com
PUBLIC_URL = env.text("ADSENGINE_PUBLIC_URL", "").rstrip("/")
DEFAULT_FROM_EMAIL = env.text("ADSENGINE_EMAIL_FROM", "adsengine@localhost")
if bool(EMAIL_HOST_USER) != bool(EMAIL_HOST_PASSWORD):
    raise ImproperlyConfigured(
        "ADSENGINE_EMAIL_USER and ADSENGINE_EMAIL_PASSWORD belong together: set both, or neither."
    )
if EMAIL_HOST_PASSWORD and _EMAIL_TLS == "none" and EMAIL_HOST not in {"localhost", "127.0.0.1"}:
    raise ImproperlyConfigured(
        "ADSENGINE_EMAIL_PASSWORD would be sent in clear. Set ADSENGINE_EMAIL_TLS to starttls "
        "(usually port 587) or tls (usually port 465)."
    )

# ---- background work ---------------------------------------------------------------------
REDIS_URL = env.text("REDIS_URL", "")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://")):
    raise ImproperlyConfigured("REDIS_URL must begin with redis://, e.g. redis://localhost:6379/0.")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 30 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 25 * 60
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "core.liveness.beat:Timetable"
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A message that cannot be sent now is sent by the sweeper: nobody waits for the broker.
CELERY_TASK_PUBLISH_RETRY = False
# Seconds for one answer of Redis; a worker's blocking read takes 1 s of them.
_REDIS_TIME_OUTS: dict[str, Any] = {"socket_timeout": 2.0, "socket_connect_timeout": 1.0}
CELERY_BROKER_CONNECTION_TIMEOUT = 1.0
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        **_REDIS_TIME_OUTS,
        "retry_on_timeout": False,
    }
    CACHES = {
        "default": {
            "BACKEND": "core.cache.TolerantRedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": _REDIS_TIME_OUTS,
        }
    }
else:
    # One machine, no server: messages are files. They carry only a job's id.
    _BROKER_DIR = VAR_DIR / "broker"
    try:
        for _part in ("messages", "processed", "control"):
            (_BROKER_DIR / _part).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as _err:
        raise ImproperlyConfigured(
            f"ADSENGINE_VAR cannot be written to ({_err}). Set it to a folder that can."
        ) from _err
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT = "core.file_broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_BROKER_DIR / "messages"),
        "data_folder_out": str(_BROKER_DIR / "messages"),
        "processed_folder": str(_BROKER_DIR / "processed"),
        "control_folder": str(_BROKER_DIR / "control"),
        "polling_interval": 0.05,
    }
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(VAR_DIR / "cache"),
            # By default 300, and a full cache drops entries by chance: counters of attempts too.
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    }

# The longest silence of a platform within one call; a call as a whole may take twice as long.
CALL_TIMEOUT_SECONDS = env.integer("ADSENGINE_CALL_TIMEOUT_SECONDS", 30, low=1, high=120)
# The level of the developer app at TikTok: 10 (basic), 20, 30 or 50 calls a second. All workers of
# the installation share them.
TIKTOK_QUERIES_PER_SECOND = env.integer("ADSENGINE_TIKTOK_QUERIES_PER_SECOND", 10, low=1, high=1000)
# Counted from the moment that an answer was lost, before looking up on the platform what was done:
# six times our time-out, as a vendor may carry a request out long after we stopped waiting.
PUBLISH_SETTLE_SECONDS = env.integer("ADSENGINE_PUBLISH_SETTLE_SECONDS", 180, low=0, high=3600)
# Where sending twice is harmless: the vendor's own key or unique name, or a change that lowers.
PUBLISH_SETTLE_SHORT_SECONDS = env.integer(
    "ADSENGINE_PUBLISH_SETTLE_SHORT_SECONDS", 10, low=0, high=600
)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.access.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "core.api.parsers.StrictJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "URL_FORMAT_OVERRIDE": None,  # the parameter `format` would be read without being declared
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "adsengine.api.errors.problem_json",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "AdsEngine API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {  # names for lists of choices that several fields have
        "MetricEnum": "optimization.models.METRICS",
        "PacingKindEnum": "optimization.models.PacingPlan.Kind",
        "RunKindEnum": "optimization.models.Run.Kind",
        "AssetKindEnum": "campaigns.models.Asset.Kind",
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["console"],
        "level": env.choice("ADSENGINE_LOG_LEVEL", "INFO", "DEBUG INFO WARNING ERROR CRITICAL"),
    },
    "loggers": {
        # The SDK logs whole requests and answers; our own ApiCall rows are redacted.
        "google.ads.googleads.client": {"level": "CRITICAL"},
        "httpx": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
    },
}
