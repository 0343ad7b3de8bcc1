"""App configuration of core."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    """The base app, which all others use.

    The label differs from the package name because tables, migrations, content types and
    permissions contain it.
    """

    name = "core"
    label = "adsengine"
    verbose_name = "AdsEngine"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core import celery, checks  # noqa: F401 - importing registers them
        from core.liveness import workers  # noqa: F401

        # Job handlers are looked up by kind, in the web process as well as in a worker.
        autodiscover_modules("tasks")
