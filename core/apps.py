from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    """The ground that every app stands on.

    The label is older than the package: tables, migrations, content types and permissions bear it.
    """

    name = "core"
    label = "adsengine"
    verbose_name = "AdsEngine"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core import celery, checks  # noqa: F401 - loading registers them

        # A job's handler is found by name, in the web process as well as in a worker.
        autodiscover_modules("tasks")
